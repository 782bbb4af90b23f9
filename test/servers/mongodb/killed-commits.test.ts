import { expect, it } from 'vitest';
import { MongoConnection } from '../../../src/adapters/mongodb/mongo-connection.ts';
import { MongoSiteStore } from '../../../src/adapters/mongodb/mongo-site-store.ts';
import { SqliteActivityQueue } from '../../../src/adapters/sqlite/sqlite-activity-queue.ts';
import { openSiteDatabase } from '../../../src/adapters/sqlite/sqlite-site-store.ts';
import type { ActivityQueue } from '../../../src/ports/activity-queue.ts';
import type { Batch, SiteStore } from '../../../src/ports/site-store.ts';
import type { Subscriber } from '../../../src/synchronization/subscriber.ts';
import {
  commit,
  conflict,
  countingIdentifiers,
  findBrokenLink,
  gid,
  publication,
  subscriber,
  write,
} from '../../contract/site-data.ts';
import { stillClock } from './mongodb-fixture.ts';
import { describeWithMongoDb } from './mongodb-server.ts';
import { Killed } from '../../simulation/mortal-store.ts';
import { type Moment, mortal, WriteCounter } from './mortal-tables.ts';

const long = `<object>${'x'.repeat(300_000)}</object>`;

interface Opened {
  readonly store: MongoSiteStore;
  readonly counter: WriteCounter;
  readonly queue: ActivityQueue;
  readonly close: () => Promise<void>;
}

let processes = 0;

async function openProcess(url: string): Promise<Opened> {
  const connection = await MongoConnection.open({ url });
  const database = openSiteDatabase(':memory:');
  // Of a process that was restarted, the clock has gone on.
  const clock = { ...stillClock, now: () => stillClock.now() + 60_000 * processes };
  const queue = new SqliteActivityQueue(database, clock);
  const counter = new WriteCounter();
  const store = await MongoSiteStore.open('cps', {
    ...{ tables: mortal(connection.siteTables('site'), counter), queue, clock, patienceMs: 20 },
    identifiers: countingIdentifiers(`p${String(processes++)}`),
  });
  const close = async (): Promise<void> => {
    await connection[Symbol.asyncDispose]();
    database.close();
  };
  return { store, counter, queue, close };
}

/** Everything that a batch can say, on a site that has something of each kind. */
async function prepared(store: SiteStore): Promise<{ readonly peer: Subscriber; readonly collection: number }> {
  const collection = await store.openCollection(gid('root'));
  await store.savePublication(publication);
  const added = await store.addSubscriber(subscriber);
  const holds = { kind: 'nothing' } as const;
  await store.update(async () => ({
    batch: {
      writes: [
        write('a', { parent: 'root' }, { [collection]: true }),
        write('b', { parent: 'root' }, { [collection]: true }),
      ],
      subscribers: [{ row: added, message: Buffer.from('before') }],
      exceptions: [{ peer: added.peer, gid: gid('a'), exception: { reason: 'wanted', holds } }],
      pieces: [{ peer: added.peer, from: 0, texts: ['old', 'older'] }],
      conflicts: [conflict('one', added.peer)],
      aliases: [{ given: gid('x'), kept: gid('a') }],
    },
    result: undefined,
  }));
  const peer = await store.subscriber('people', subscriber.url);
  if (peer === undefined) throw new TypeError('no subscriber');
  return { peer, collection };
}

function batchOf(peer: Subscriber, collection: number): Batch {
  const member = { [collection]: true };
  return {
    writes: [
      write('a', { parent: 'root', document: '<object>new</object>' }, member),
      write('c', { parent: 'root', document: long }, member),
      write('b', { parent: 'root', state: 'deleted' }, { [collection]: false }),
      write('a', { parent: 'root', id: 'renamed', document: '<object>new</object>' }, member),
    ],
    subscribers: [{ row: { ...peer, account: 'changed' }, message: Buffer.from('after') }],
    exceptions: [
      { peer: peer.peer, gid: gid('a'), exception: undefined },
      { peer: peer.peer, gid: gid('b'), exception: { reason: 'wanted', holds: { kind: 'nothing' } } },
    ],
    pieces: [{ peer: peer.peer, from: 1, texts: ['newer'] }],
    conflicts: [conflict('one', peer.peer, { state: 'settled' }), conflict('two', peer.peer)],
    aliases: [{ given: gid('x'), kept: gid('b') }],
    activities: [{ work: { name: 'collect-garbage' } }],
    log: [{ at: 1, kind: 'sync', level: 'info', subject: 's', text: 't', details: { span: 1 } }],
  };
}

/** All that can be read of the site. */
async function stateOf(store: SiteStore, collection: number): Promise<unknown> {
  const peer = await store.subscriber('people', subscriber.url);
  const number = peer?.peer ?? 0;
  const range = { collection, after: 0, upTo: 99 };
  const everything = [gid('a'), gid('b'), gid('c')];
  return {
    ...{ head: await store.head(), peer, broken: await findBrokenLink(store) },
    current: [...(await store.current(everything))].sort(),
    histories: await Promise.all(everything.map(async (one) => store.history(one))),
    children: await store.children(gid('root')),
    gone: await store.deletedBelow(gid('root'), 9),
    changes: await store.changes(range, 'all', 99),
    count: await store.countChanges(range, 'present'),
    message: Buffer.from((await store.message(number)) ?? []).toString(),
    pieces: await store.pieces(number),
    exceptions: [...(await store.exceptions(number))],
    conflicts: await store.conflicts(),
    aliases: [...(await store.aliases([gid('x')]))],
    log: (await store.log()).map(({ text }) => text),
  };
}

/** Epochs, and with them hashes, are random. */
function withoutHashes(state: unknown): unknown {
  return JSON.parse(
    JSON.stringify(state, (name, value: unknown) => (name === 'epoch' || name === 'hash' ? '' : value)),
  );
}

describeWithMongoDb('a commit to MongoDB whose writer is killed', (freshUrl) => {
  it.each<Moment>(['before', 'half', 'after'])(
    'is there whole or not at all, whichever of its writes the kill comes %s',
    async (moment) => {
      const found = { nothing: 0, all: 0 };
      let whole: unknown;
      for (let at = 1; ; at++) {
        const url = freshUrl();
        const setUp = await MongoConnection.open({ url });
        await setUp.prepareSite('site');
        await setUp[Symbol.asyncDispose]();
        const victim = await openProcess(url);
        const { peer, collection } = await prepared(victim.store);
        const before = await stateOf(victim.store, collection);
        victim.counter.killAt(at, moment);
        const outcome = await victim.store
          .update(async () => ({ batch: batchOf(peer, collection), result: 'committed' }))
          .catch((error: unknown) => {
            if (error instanceof Killed) return 'killed';
            throw error;
          });
        const survivor = await openProcess(url);
        const after = await stateOf(survivor.store, collection);
        expect(after).toMatchObject({ broken: undefined });
        const isAll = (await survivor.store.head()).seq > 2;
        if (isAll)
          expect(after).toMatchObject({
            head: { seq: 6 },
            log: ['t'],
            count: 2,
            message: 'after',
            pieces: ['old', 'newer'],
          });
        else expect(after).toEqual(before);
        if (isAll) expect(withoutHashes(after)).toEqual((whole ??= withoutHashes(after)));
        found[isAll ? 'all' : 'nothing'] += 1;
        // What was committed to be queued is queued, by whoever comes next.
        await survivor.store.handOverActivities();
        const queued = (await victim.queue.list()).length + (await survivor.queue.list()).length;
        expect(queued > 0).toBe(isAll);
        // Life goes on.
        const { seq } = await survivor.store.head();
        await commit(survivor.store, write('d', { parent: 'root' }, { [collection]: true }));
        expect(await survivor.store.head()).toMatchObject({ seq: seq + 1 });
        expect(await findBrokenLink(survivor.store)).toBeUndefined();
        await victim.close();
        await survivor.close();
        if (outcome === 'committed') break;
      }
      expect(found.nothing).toBeGreaterThan(1);
      expect(found.all).toBeGreaterThan(10);
    },
    120_000,
  );
});
