import type { OutgoingMessage } from '../../src/ports/transport.ts';
import type { TestSite } from './synced-sites.ts';
import { Wire } from './synced-sites.ts';

/** A wire to publishers that say something else than this version does: `rewrite` gets each answer. */
export class RewritingWire extends Wire {
  readonly #rewrite: (answer: string) => string;

  constructor(sites: readonly TestSite[], rewrite: (answer: string) => string) {
    super(...sites);
    this.#rewrite = rewrite;
  }

  override async deliver(message: OutgoingMessage): ReturnType<Wire['deliver']> {
    const { outcome, body } = await super.deliver(message);
    return { outcome, body: new TextEncoder().encode(this.#rewrite(new TextDecoder().decode(body))) };
  }
}

/** As from publishers that are older than ADR 0045: they do not say which gid an object has that has given its own one up. */
export function withoutNewGids(answer: string): string {
  return answer.replace(/<EMI[^>]*>x=[^<]*<\/EMI>/gu, '');
}
