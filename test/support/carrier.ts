import type { Delivery, OutgoingMessage, Transport } from '../../src/ports/transport.ts';
import type { Received } from '../../src/use-cases/exchange/receive-message.ts';
import { receiveMessage } from '../../src/use-cases/exchange/receive-message.ts';
import { looksSealed } from '../../src/use-cases/exchange/seals.ts';
import { expectValidSyncMl } from './syncml-grammar.ts';
import type { TestSite } from './synced-sites.ts';

/** The address of a site on a way that is carried. */
export function carriedUrl(site: TestSite): string {
  return `mailto:${site.context.site}@example.org`;
}

/** A way that keeps what is handed over until the test brings it. */
export class Carrier implements Transport {
  readonly schemes = ['mailto', 'file'];
  /** Handed over, and not brought yet. */
  readonly bag: OutgoingMessage[] = [];
  /** All that was ever handed over. */
  readonly sent: OutgoingMessage[] = [];
  readonly #sites: readonly TestSite[];
  /** Throws where the way is to fail. */
  fault: () => void = () => undefined;

  constructor(...sites: readonly TestSite[]) {
    this.#sites = sites;
  }

  async deliver(message: OutgoingMessage): Promise<Delivery> {
    this.fault();
    if (!looksSealed(message.body)) expectValidSyncMl(new TextDecoder().decode(message.body));
    this.bag.push(message);
    this.sent.push(message);
    return { outcome: 'handed-over' };
  }

  /** Brings one message to the site that it is addressed to. */
  async bring(message: OutgoingMessage): Promise<Received['outcome']> {
    const site = this.#sites.find((one) => carriedUrl(one) === message.url);
    if (site === undefined) throw new Error(`no site at ${message.url}`);
    site.clock.at += 1000;
    const received = await receiveMessage(
      site.context,
      { body: message.body },
      { services: site.services, transport: this, holder: `post/${site.context.site}` },
    );
    return received.outcome;
  }

  /** Brings all that lies there, and what follows from it, in order. Returns how many were brought. */
  async bringAll(): Promise<number> {
    let count = 0;
    for (let message = this.bag.shift(); message !== undefined; message = this.bag.shift()) {
      await this.bring(message);
      count += 1;
    }
    return count;
  }
}
