import { SqliteActivityQueue } from '../../../src/adapters/sqlite/sqlite-activity-queue.ts';
import { openSiteDatabase } from '../../../src/adapters/sqlite/sqlite-site-store.ts';
import { MongoConnection } from '../../../src/adapters/mongodb/mongo-connection.ts';
import { MongoSiteStore, type SiteParts } from '../../../src/adapters/mongodb/mongo-site-store.ts';
import type { Clock } from '../../../src/ports/clock.ts';
import { countingIdentifiers } from '../../contract/site-data.ts';
import type { StoreFixture } from '../../contract/store-rule.ts';

/** A clock that stands still. */
export const stillClock: Clock = { now: () => 1_800_000_000_000, sleep: async () => undefined };

/** Waits no longer for a writer that is gone: there is none that is only slow. */
const patienceMs = 200;

/** A site in a database of its own. Its queue is the embedded one, in memory. */
export async function openMongoFixture(url: string): Promise<StoreFixture> {
  const connections = [await MongoConnection.open({ url })];
  const prefix = 'site';
  await connections[0]?.prepareSite(prefix);
  const database = openSiteDatabase(':memory:');
  const queue = new SqliteActivityQueue(database, stillClock);
  let processes = 0;
  const partsOf = (connection: MongoConnection): SiteParts => ({
    tables: connection.siteTables(prefix),
    queue,
    patienceMs,
    clock: stillClock,
    identifiers: countingIdentifiers(`p${String(processes++)}`),
  });
  const [first] = connections;
  if (first === undefined) throw new TypeError('no connection');
  const store = await MongoSiteStore.open('cps', partsOf(first));
  return {
    store,
    queue,
    openAnother: async () => {
      const connection = await MongoConnection.open({ url });
      connections.push(connection);
      return MongoSiteStore.open('cps', partsOf(connection));
    },
    close: async () => {
      await first.drop('');
      for (const connection of connections) await connection[Symbol.asyncDispose]();
      database.close();
    },
  };
}
