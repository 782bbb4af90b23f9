import type { CarrierNews, CarrierNote, CarrierNotes } from '../../ports/carrier-notes.ts';
import { readRecord } from './peer-rows.ts';
import type { SqliteDatabase } from './sqlite-database.ts';

/** Notes on ways that carry messages, in the site's file. */
export class SqliteCarrierNotes implements CarrierNotes {
  readonly #database: SqliteDatabase;

  constructor(database: SqliteDatabase) {
    this.#database = database;
  }

  async notes(): Promise<ReadonlyMap<string, CarrierNote>> {
    const rows = this.#database.all<{ about: string; record: string }>('SELECT about, record FROM carrier_note');
    return new Map(rows.map(({ about, record }) => [about, readRecord<CarrierNote>(record)]));
  }

  // In one statement, because several processes send and receive at a time. A null takes the key out (RFC 7396).
  async note(about: string, news: CarrierNews): Promise<void> {
    const record = JSON.stringify(news);
    this.#database.run(
      `INSERT INTO carrier_note (about, record) VALUES (?, json_patch('{}', ?))
       ON CONFLICT (about) DO UPDATE SET record = json_patch(record, ?)`,
      ...[about, record, record],
    );
  }

  async forget(about: string): Promise<void> {
    this.#database.run('DELETE FROM carrier_note WHERE about = ?', about);
  }
}
