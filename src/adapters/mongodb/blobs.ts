import type { Binary } from 'mongodb';
import { StoreError } from '../../errors/concord-error.ts';
import type { MongoRows } from './mongo-rows.ts';
import type { BlobRow, SiteTables } from './site-tables.ts';

/** What a row of a server can hold is 16 MB, and a row has more than one thing in it. */
const pieceUnits = 1 << 20;
const pieceOctets = 4 << 20;

/** The longest text that stands in a row itself. */
export const longestInRow = 1 << 18;

/** Names pieces: a random key, and how many there are. */
function named(key: string, count: number): string {
  return `${key}#${String(count)}`;
}

function keysOf(blob: string): readonly string[] {
  const [key = '', count = '0'] = blob.split('#');
  return Array.from({ length: Number(count) }, (_, at) => `${key}/${String(at)}`);
}

/** What is too long for a row, in pieces under a key that is new and never comes again: written before the row that names it, removed after. */
export class Blobs {
  readonly #tables: SiteTables;

  constructor(tables: SiteTables) {
    this.#tables = tables;
  }

  /** Keeps a text, and returns its name. */
  async keepText(text: string, key: string, at: number): Promise<string> {
    const rows: BlobRow[] = [];
    for (let from = 0; from < text.length;) {
      // Half of a pair would not come back.
      const to =
        from + pieceUnits < text.length && isHighHalf(text, from + pieceUnits - 1) ? pieceUnits - 1 : pieceUnits;
      rows.push({ _id: `${key}/${String(rows.length)}`, at, text: text.slice(from, from + to) });
      from += to;
    }
    for (const row of rows) await this.#rows.add([row]);
    return named(key, rows.length);
  }

  /** Keeps octets, and returns their name. */
  async keepOctets(octets: Uint8Array, key: string, at: number): Promise<string> {
    let count = 0;
    for (let from = 0; from < octets.length || count === 0; from += pieceOctets) {
      const piece = Buffer.from(octets.buffer, octets.byteOffset + from, Math.min(pieceOctets, octets.length - from));
      await this.#rows.add([{ _id: `${key}/${String(count++)}`, at, octets: piece }]);
    }
    return named(key, count);
  }

  async text(blob: string): Promise<string> {
    const pieces: string[] = [];
    for (const key of keysOf(blob)) pieces.push((await this.#piece(key)).text ?? '');
    return pieces.join('');
  }

  async octets(blob: string): Promise<Uint8Array> {
    const pieces: Uint8Array[] = [];
    for (const key of keysOf(blob)) {
      // Holds: the driver gives what was written as a Buffer back as a Binary.
      pieces.push(((await this.#piece(key)).octets as Binary).buffer);
    }
    return pieces.length === 1 && pieces[0] !== undefined ? pieces[0] : Buffer.concat(pieces);
  }

  async drop(blobs: readonly string[]): Promise<void> {
    const keys = blobs.flatMap(keysOf);
    if (keys.length > 0) await this.#rows.remove({ _id: { $in: keys } });
  }

  get #rows(): MongoRows<BlobRow> {
    return this.#tables.rows<BlobRow>('blob');
  }

  async #piece(key: string): Promise<BlobRow> {
    const row = await this.#rows.get(key);
    if (row === undefined)
      throw new StoreError('CON-D004', 'A piece of a long document or message is missing', { key });
    return row;
  }
}

function isHighHalf(text: string, at: number): boolean {
  const unit = text.charCodeAt(at);
  return unit >= 0xd800 && unit < 0xdc00;
}
