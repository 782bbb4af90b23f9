import { randomBytes } from 'node:crypto';
import { constants, gunzipSync, gzipSync } from 'node:zlib';
import { Pool } from 'undici';
import type { Replay } from './recorded-sync.ts';

/** A subscriber of which there is only what it says: its row at the publisher is that of a real one. */
export interface Simulated {
  readonly url: string;
  last: string;
  number: number;
}

/** How many subscribers, and where the real one stood whose rows they have. */
export interface Likeness {
  readonly count: number;
  readonly last: string;
  readonly number: number;
}

/** The address of the n-th. The publisher's process makes rows for the same ones. */
export function simulatedUrl(index: number): string {
  return `http://localhost:9673/simulated-${index}/Records`;
}

export function simulatedSubscribers({ count, last, number }: Likeness): readonly Simulated[] {
  return Array.from({ length: count }, (_, index) => ({ url: simulatedUrl(index), last, number }));
}

/** Which site of which publishers is spoken to; of several, each in turn: that is all that a balancer does. */
export interface HubAddress {
  readonly origins: readonly string[];
  readonly site: string;
  readonly token: string;
}

/** Says to a hub what simulated subscribers say. */
export class HubClient implements AsyncDisposable {
  readonly #pools: readonly Pool[];
  readonly #address: HubAddress;
  #turn = 0;

  constructor(address: HubAddress, connections: number) {
    this.#address = address;
    this.#pools = address.origins.map((origin) => new Pool(origin, { connections }));
  }

  /** One whole sync, by the messages of one that was recorded. @throws Error when the hub refuses one */
  async sync(who: Simulated, messages: readonly Replay[]): Promise<void> {
    const next = randomBytes(16).toString('base64url');
    const session = randomBytes(16).toString('base64url');
    who.number += 1;
    const { last, number, url } = who;
    for (const message of messages)
      await this.#post(message({ session, url, token: this.#address.token, last, next, number }));
    who.last = next;
  }

  async [Symbol.asyncDispose](): Promise<void> {
    await Promise.all(this.#pools.map((pool) => pool.close()));
  }

  async #post(text: string): Promise<void> {
    this.#turn = (this.#turn + 1) % this.#pools.length;
    const answer = await this.#pools[this.#turn]?.request({
      path: `/${this.#address.site}`,
      method: 'POST',
      headers: {
        'content-type': 'application/vnd.syncml+xml',
        'accept-encoding': 'gzip',
        'content-encoding': 'gzip',
      },
      body: gzipSync(text, { level: constants.Z_BEST_SPEED }),
    });
    const octets = Buffer.from((await answer?.body.arrayBuffer()) ?? new ArrayBuffer(0));
    const body = answer?.headers['content-encoding'] === 'gzip' ? gunzipSync(octets) : octets;
    if (!body.includes('<Data>212</Data>')) throw new Error(`the hub refused: ${body.toString('utf8')}`);
  }
}
