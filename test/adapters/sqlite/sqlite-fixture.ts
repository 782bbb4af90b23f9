import { mkdtempSync, rmSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { SqliteActivityQueue } from '../../../src/adapters/sqlite/sqlite-activity-queue.ts';
import type { SqliteDatabase } from '../../../src/adapters/sqlite/sqlite-database.ts';
import { openSiteDatabase, SqliteSiteStore } from '../../../src/adapters/sqlite/sqlite-site-store.ts';
import type { Clock } from '../../../src/ports/clock.ts';
import { countingIdentifiers } from '../../contract/site-data.ts';
import type { StoreFixture } from '../../contract/store-rule.ts';

/** A clock that stands still. */
export const stillClock: Clock = { now: () => 1_800_000_000_000, sleep: async () => undefined };

export const surroundings = { identifiers: countingIdentifiers(), clock: stillClock };

/** A folder that is gone after the test. */
export function temporaryFolder(): { readonly path: string; remove: () => void } {
  const path = mkdtempSync(join(tmpdir(), 'concord-sqlite-'));
  return { path, remove: () => rmSync(path, { recursive: true, force: true }) };
}

/** A site in memory, or in a file of its own. */
export async function openFixture(place: 'memory' | 'file'): Promise<StoreFixture> {
  const folder = place === 'file' ? temporaryFolder() : undefined;
  const file = folder === undefined ? ':memory:' : join(folder.path, 'site.sqlite');
  const database = openSiteDatabase(file);
  const store = new SqliteSiteStore(database, 'cps', surroundings);
  const others: SqliteSiteStore[] = [];
  return {
    store,
    queue: new SqliteActivityQueue(database, stillClock),
    openAnother: async () => {
      const other = new SqliteSiteStore(openSiteDatabase(file), 'cps', surroundings);
      others.push(other);
      return other;
    },
    fillDisk: async () => fill(database),
    close: async () => {
      for (const one of [store, ...others]) await one[Symbol.asyncDispose]();
      folder?.remove();
    },
  };
}

function fill(database: SqliteDatabase): () => Promise<void> {
  database.execute('PRAGMA max_page_count = 1');
  return async () => database.execute('PRAGMA max_page_count = 4294967294');
}
