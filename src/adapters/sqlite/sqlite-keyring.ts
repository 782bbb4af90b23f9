import type { Keyring, StoredKey } from '../../ports/keyring.ts';
import { readRecord } from './peer-rows.ts';
import type { SqliteDatabase } from './sqlite-database.ts';

/** The OpenPGP keys of a site, in its file. */
export class SqliteKeyring implements Keyring {
  readonly #database: SqliteDatabase;

  constructor(database: SqliteDatabase) {
    this.#database = database;
  }

  async keys(): Promise<readonly StoredKey[]> {
    const rows = this.#database.all<{ record: string }>(
      'SELECT record FROM openpgp_key ORDER BY created_at, fingerprint',
    );
    return rows.map(({ record }) => readRecord<StoredKey>(record));
  }

  async saveKey(key: StoredKey): Promise<void> {
    this.#database.run(
      'INSERT OR REPLACE INTO openpgp_key (fingerprint, created_at, record) VALUES (?, ?, ?)',
      ...[key.fingerprint, key.createdAt, JSON.stringify(key)],
    );
  }
}
