import type { OutgoingMessage } from '../../src/ports/transport.ts';
import type { TestSite } from './synced-sites.ts';
import { Wire } from './synced-sites.ts';

/** A wire on which something is done when so many messages of one sync have been answered. */
export class BusyWire extends Wire {
  readonly #after: number;
  readonly #work: () => Promise<void>;

  constructor(sites: readonly TestSite[], after: number, work: () => Promise<void>) {
    super(...sites);
    this.#after = after;
    this.#work = work;
  }

  override async deliver(message: OutgoingMessage): ReturnType<Wire['deliver']> {
    const answer = await super.deliver(message);
    if (this.requests === this.#after) await this.#work();
    return answer;
  }
}
