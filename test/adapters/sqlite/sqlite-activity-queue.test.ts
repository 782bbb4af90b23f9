import { SqliteActivityQueue } from '../../../src/adapters/sqlite/sqlite-activity-queue.ts';
import { openSiteDatabase } from '../../../src/adapters/sqlite/sqlite-site-store.ts';
import { activityQueueContract } from '../../contract/activity-queue.contract.ts';
import { stillClock } from './sqlite-fixture.ts';

activityQueueContract('SQLite', async () => {
  const database = openSiteDatabase(':memory:');
  const queue = new SqliteActivityQueue(database, stillClock);
  return { queue, now: stillClock.now(), close: async () => database.close() };
});
