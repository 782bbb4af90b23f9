import type { Keyring, StoredKey } from '../../ports/keyring.ts';
import { readRecord } from './peer-records.ts';
import type { MongoRows, Row } from './mongo-rows.ts';

/** An OpenPGP key; the key of the row is its fingerprint. */
export interface KeyRow extends Row {
  readonly createdAt: number;
  readonly record: string;
}

/** The OpenPGP keys of a site, in MongoDB. */
export class MongoKeyring implements Keyring {
  readonly #rows: MongoRows<KeyRow>;

  constructor(rows: MongoRows<KeyRow>) {
    this.#rows = rows;
  }

  async keys(): Promise<readonly StoredKey[]> {
    const rows = await this.#rows.find({}, { sort: { createdAt: 1, _id: 1 } });
    return rows.map(({ record }) => readRecord<StoredKey>(record));
  }

  async saveKey(key: StoredKey): Promise<void> {
    await this.#rows.put({ _id: key.fingerprint, createdAt: key.createdAt, record: JSON.stringify(key) });
  }
}
