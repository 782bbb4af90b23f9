import { setTimeout as pause } from 'node:timers/promises';
import { MongoClient } from 'mongodb';
import { describe, expect, it } from 'vitest';
import { MongoConnection } from '../../../src/adapters/mongodb/mongo-connection.ts';
import type { MongoRows, Row } from '../../../src/adapters/mongodb/mongo-rows.ts';
import { MongoInstallation } from '../../../src/adapters/mongodb/mongo-installation.ts';
import { SqliteActivityQueue } from '../../../src/adapters/sqlite/sqlite-activity-queue.ts';
import { openSiteDatabase } from '../../../src/adapters/sqlite/sqlite-site-store.ts';
import { MongoSiteStore } from '../../../src/adapters/mongodb/mongo-site-store.ts';
import type { OutboxRow } from '../../../src/adapters/mongodb/site-tables.ts';
import { commit, countingIdentifiers, findBrokenLink, write } from '../../contract/site-data.ts';
import { cuttableLine } from '../cuttable-line.ts';
import { feignMongoDb } from './feigned-mongodb.ts';
import { stillClock } from './mongodb-fixture.ts';
import { describeWithMongoDb } from './mongodb-server.ts';

const surroundings = { identifiers: countingIdentifiers('unfit'), clock: stillClock };
const modern = { wireVersion: 21, buildInfo: { ok: 1, version: '7.0.1' } };

const openAt = async (url: string): Promise<MongoInstallation> =>
  MongoInstallation.open(await MongoConnection.open({ url, timeoutMs: 2_000 }), surroundings);

describe('a MongoDB server that cannot hold a store', () => {
  it('is refused when it is too old, with what is needed', async () => {
    await using old = await feignMongoDb(modern.wireVersion, { buildInfo: { ok: 1, version: '4.2.24' } });
    await expect(MongoConnection.open({ url: old.url })).rejects.toMatchObject({
      code: 'CON-D009',
      message: expect.stringMatching(/4\.2.*4\.4/) as string,
    });
  });

  it('is refused when it is so old that the driver does not speak with it', async () => {
    await using older = await feignMongoDb(5, { buildInfo: { ok: 1, version: '3.2.22' } });
    await expect(MongoConnection.open({ url: older.url, timeoutMs: 500 })).rejects.toMatchObject({ code: 'CON-D009' });
  });

  it('is refused when it refuses the user', async () => {
    const refusal = { ok: 0, code: 13, codeName: 'Unauthorized', errmsg: 'command requires authentication' };
    await using closed = await feignMongoDb(modern.wireVersion, { buildInfo: refusal });
    await expect(MongoConnection.open({ url: closed.url })).rejects.toMatchObject({ code: 'CON-D009', retry: 'never' });
  });

  it.each([
    { code: 14_031, codeName: 'OutOfDiskSpace', concord: 'CON-D002' },
    { code: 12_501, codeName: 'QuotaExceeded', concord: 'CON-D002' },
    { code: 146, codeName: 'ExceededMemoryLimit', concord: 'CON-D001' },
    { code: 43, codeName: 'CursorNotFound', concord: 'CON-D001' },
  ])('says by $concord that it answered $codeName', async ({ code, codeName, concord }) => {
    const failure = { ok: 0, code, codeName, errmsg: 'no' };
    const { wireVersion, buildInfo } = modern;
    await using full = await feignMongoDb(wireVersion, { buildInfo, insert: failure });
    await using connection = await MongoConnection.open({ url: full.url });
    await expect(connection.rows('setting').claim({ _id: 'one' })).rejects.toMatchObject({ code: concord });
  });

  describe.each(['as something is said', 'before the answer'] as const)('whose line breaks %s', (moment) => {
    it.each([
      { does: 'adds one row', ask: async (rows: MongoRows<Row>): Promise<unknown> => rows.claim({ _id: 'one' }) },
      { does: 'adds rows', ask: async (rows: MongoRows<Row>): Promise<unknown> => rows.add([{ _id: 'one' }]) },
      {
        does: 'sets fields',
        ask: async (rows: MongoRows<Row>): Promise<unknown> => rows.set([{ _id: 'one', fields: { at: 1 } }]),
      },
      { does: 'looks for rows', ask: async (rows: MongoRows<Row>): Promise<unknown> => rows.find({}) },
    ])('cannot be reached, and this can pass, for who $does', async ({ ask }) => {
      await using server = await feignMongoDb(modern.wireVersion, { buildInfo: modern.buildInfo });
      const url = new URL(server.url);
      await using line = await cuttableLine(Number(url.port));
      url.port = `${line.port}`;
      await using connection = await MongoConnection.open({ url: url.href });
      if (moment === 'before the answer') line.hold();
      else line.cut();
      const answered = expect(ask(connection.rows('setting'))).rejects.toMatchObject({
        ...{ code: 'CON-D008', retry: 'later' },
      });
      await pause(50);
      line.cut();
      await answered;
    });
  });
});

describeWithMongoDb('a database in MongoDB', (freshUrl) => {
  it('gets indexes back that somebody has dropped', async () => {
    const url = freshUrl();
    const client = await MongoClient.connect(url);
    const indexed = async (): Promise<readonly string[]> => {
      const names = (await client.db().listCollections({}, { nameOnly: true }).toArray()).map(({ name }) => name);
      const revisions = names.find((name) => name.endsWith('.revision')) ?? '';
      return (await client.db().collection(revisions).listIndexes().toArray()).map(({ key }) => JSON.stringify(key));
    };
    try {
      {
        await using installation = await openAt(url);
        await installation.addSite('cps', '');
      }
      const before = await indexed();
      expect(before.length).toBeGreaterThan(2);
      const [name = ''] = (await client.db().listCollections({}, { nameOnly: true }).toArray())
        .map((one) => one.name)
        .filter((one) => one.endsWith('.revision'));
      for (const { name: index } of await client.db().collection(name).listIndexes().toArray())
        if (index !== '_id_') await client.db().collection(name).dropIndex(String(index));
      expect(await indexed()).toHaveLength(1);
      await using installation = await openAt(url);
      await installation.site('cps');
      expect((await indexed()).toSorted()).toEqual(before.toSorted());
    } finally {
      await client.close();
    }
  });

  it('is refused when a newer version wrote it', async () => {
    const url = freshUrl();
    {
      await using connection = await MongoConnection.open({ url });
      await connection.rows<{ _id: string; value: string }>('setting').put({ _id: 'format', value: '99' });
    }
    await expect(openAt(url)).rejects.toMatchObject({ code: 'CON-D003' });
  });

  it('survives a clock that goes back by a day: the log goes on, and what was left to be queued is queued', async () => {
    await using connection = await MongoConnection.open({ url: freshUrl() });
    await connection.prepareSite('site');
    const tables = connection.siteTables('site');
    const database = openSiteDatabase(':memory:');
    let now = stillClock.now();
    const clock = { ...stillClock, now: () => now };
    const queue = new SqliteActivityQueue(database, clock);
    const parts = { tables, queue, clock, patienceMs: 20, identifiers: countingIdentifiers('clock') };
    await using store = await MongoSiteStore.open('cps', parts);
    const collection = await store.openCollection(write('root', {}).draft.version.gid);
    await commit(store, write('a', { parent: 'root' }, { [collection]: true }));
    // A process was killed after its commit, before it could queue what that asked for.
    const activity = JSON.stringify({ work: { name: 'collect-garbage' } });
    await tables.rows<OutboxRow>('outbox').add([{ _id: 'left', at: now, activity }]);
    now -= 24 * 60 * 60_000;
    await commit(store, write('b', { parent: 'root' }, { [collection]: true }));
    await store.collectGarbage(1, new Set());
    await store.handOverActivities();
    expect((await queue.list()).map(({ work }) => work.name)).toEqual(['collect-garbage']);
    expect(await store.head()).toMatchObject({ seq: 2 });
    expect(await findBrokenLink(store)).toBeUndefined();
    database.close();
  });
});
