import { SqliteActivityQueue } from '../../src/adapters/sqlite/sqlite-activity-queue.ts';
import type { SqliteDatabase } from '../../src/adapters/sqlite/sqlite-database.ts';
import { openSiteDatabase } from '../../src/adapters/sqlite/sqlite-site-store.ts';
import { SqliteSiteNotes } from '../../src/adapters/sqlite/sqlite-site-notes.ts';
import { writeActivity } from '../../src/adapters/sqlite/write-activity.ts';
import { stillClock } from '../adapters/sqlite/sqlite-fixture.ts';
import { countingIdentifiers } from '../contract/site-data.ts';
import { siteStoreContract } from '../contract/site-store.contract.ts';
import { siteStoreProperty } from '../contract/site-store.property.ts';
import type { StoreFixture } from '../contract/store-rule.ts';
import { MemorySiteStore } from './memory-site-store.ts';

/** Counts what its queue reads, too. */
class StoreWithQueue extends MemorySiteStore {
  readonly #queue: SqliteDatabase;

  constructor(queue: SqliteDatabase, ...rest: ConstructorParameters<typeof MemorySiteStore>) {
    super(...rest);
    this.#queue = queue;
  }

  override get statistics(): MemorySiteStore['statistics'] {
    const { rowsRead, rowsWritten } = super.statistics;
    return { rowsRead: rowsRead + this.#queue.statistics.rowsRead, rowsWritten };
  }
}

/** The store has no queue and no notes of its own: the embedded ones take what it is given. */
async function openFixture(): Promise<StoreFixture> {
  const database = openSiteDatabase(':memory:');
  const store = new StoreWithQueue(database, 'cps', {
    identifiers: countingIdentifiers(),
    notes: new SqliteSiteNotes(database),
    queueUp: (activities) => {
      for (const activity of activities) writeActivity(database, activity, stillClock.now());
    },
  });
  return {
    store,
    queue: new SqliteActivityQueue(database, stillClock),
    close: async () => {
      await store[Symbol.asyncDispose]();
      database.close();
    },
  };
}

siteStoreContract('The store of the tests', openFixture, ['openAnother', 'fillDisk']);
siteStoreProperty('The store of the tests', openFixture);
