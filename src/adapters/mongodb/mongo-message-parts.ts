import type { MessagePart, MessageParts } from '../../ports/message-parts.ts';
import { Blobs } from './blobs.ts';
import type { MongoRows, Row } from './mongo-rows.ts';
import { numberKey, type SiteTables } from './site-tables.ts';

interface PartRow extends Row {
  readonly message: string;
  readonly part: number;
  readonly at: number;
  readonly size: number;
  readonly blob: string;
}

/** Parts of messages that are not complete yet, in MongoDB. */
export class MongoMessageParts implements MessageParts {
  readonly #tables: SiteTables;
  readonly #blobs: Blobs;
  readonly #random: () => string;

  constructor(tables: SiteTables, random: () => string) {
    this.#tables = tables;
    this.#blobs = new Blobs(tables);
    this.#random = random;
  }

  async addPart(message: string, { part, octets }: MessagePart, at: number): Promise<void> {
    const _id = `${message}/${numberKey(part)}`;
    const before = await this.#rows.get(_id);
    const blob = await this.#blobs.keepOctets(octets, this.#random(), at);
    await this.#rows.put({ _id, message, part, at, size: octets.length, blob });
    if (before !== undefined) await this.#blobs.drop([before.blob]);
  }

  async parts(message: string): Promise<readonly MessagePart[]> {
    const rows = await this.#rows.find({ message }, { sort: { part: 1 } });
    return Promise.all(rows.map(async ({ part, blob }) => ({ part, octets: await this.#blobs.octets(blob) })));
  }

  async dropParts(message: string): Promise<void> {
    await this.#drop(await this.#rows.find({ message }));
  }

  async dropOlderParts(before: number): Promise<number> {
    await this.#drop(await this.#rows.find({ at: { $lt: before } }));
    return (await this.#rows.find({})).reduce((sum, { size }) => sum + size, 0);
  }

  async #drop(rows: readonly PartRow[]): Promise<void> {
    if (rows.length === 0) return;
    await this.#rows.remove({ _id: { $in: rows.map(({ _id }) => _id) } });
    await this.#blobs.drop(rows.map(({ blob }) => blob));
  }

  get #rows(): MongoRows<PartRow> {
    return this.#tables.rows<PartRow>('messagePart');
  }
}
