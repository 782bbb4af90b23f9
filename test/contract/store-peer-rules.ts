import { expect } from 'vitest';
import type { LogLine } from '../../src/ports/peer-reader.ts';
import type { Batch, SiteStore } from '../../src/ports/site-store.ts';
import type { Checkpoint } from '../../src/synchronization/checkpoint.ts';
import type { Exception } from '../../src/synchronization/exception.ts';
import type { PublisherSession, Subscriber, SubscriberState } from '../../src/synchronization/subscriber.ts';
import { newSubscriberState } from '../../src/synchronization/subscriber.ts';
import { emptyTally } from '../../src/synchronization/tally.ts';
import { conflict, gid, publication, subscriber, subscription } from './site-data.ts';
import type { StoreRule } from './store-rule.ts';

async function put(store: SiteStore, batch: Batch): Promise<void> {
  await store.update(async () => ({ batch, result: undefined }));
}

/** A subscriber with this much of the usual state. */
async function addAt(store: SiteStore, url: string, state: Partial<SubscriberState>): Promise<Subscriber> {
  return store.addSubscriber({ ...subscriber, url, state: { ...newSubscriberState, ...state } });
}

const publisherSession: PublisherSession = {
  id: 's',
  kind: 'changes',
  stage: 'sending',
  readAt: undefined,
  subscriberReadAt: { epoch: 'e', seq: 1, hash: 'h' },
  nextAnchor: 'n',
  cursor: { stage: 'start' },
  brakedDeletions: 0,
  sent: emptyTally,
  received: emptyTally,
  allowedDeletions: 0,
  maxMessageOctets: 1,
  partial: undefined,
  orphans: [],
  conflictsUpTo: 0,
  startedAt: 1,
};

const bytes = (text: string): Uint8Array => new TextEncoder().encode(text);

const wanted: Exception = { reason: 'wanted', holds: { kind: 'nothing' } };
const refused: Exception = { reason: 'refused', code: 415, holds: { kind: 'revision', seq: 3 } };

const line = (text: string, subject = 'people'): LogLine => ({
  at: 1_790_000_000_000,
  kind: 'sync',
  level: 'info',
  subject,
  text,
  details: { created: 3, nothing: null },
});

/** What a site knows about its peers. */
export const peerRules: readonly StoreRule[] = [
  {
    says: 'keeps publications by id',
    check: async ({ store }) => {
      await store.savePublication({ ...publication, id: 'zoo' });
      await store.savePublication(publication);
      await store.savePublication({ ...publication, generation: 2 });
      expect((await store.publications()).map(({ id }) => id)).toEqual(['people', 'zoo']);
      expect(await store.publication('people')).toEqual({ ...publication, generation: 2 });
      expect(await store.publication('none')).toBeUndefined();
    },
  },
  {
    says: 'numbers peers, and never gives a number again',
    check: async ({ store }) => {
      const [one, two] = [await store.addSubscription(subscription), await store.addSubscriber(subscriber)];
      expect(two.peer).not.toBe(one.peer);
      expect(await store.subscription('people')).toEqual(one);
      expect(await store.subscriber('people', subscriber.url)).toEqual(two);
      expect(await store.subscriptions()).toEqual([one]);
      expect(await store.subscribers('people')).toEqual([two]);
      expect(await store.subscribers('other')).toEqual([]);
      await store.removeSubscriber(two.peer);
      await store.removeSubscription('people');
      const again = await store.addSubscriber(subscriber);
      expect([one.peer, two.peer]).not.toContain(again.peer);
    },
  },
  {
    says: 'names the subscribers that know least of the log first, and counts them',
    check: async ({ store }) => {
      const at = (seq: number) => ({ epoch: 'e', seq, hash: 'h' });
      const checkpoint = (seq: number): Checkpoint => ({ publisher: at(seq), subscriber: at(1), takenUpTo: 0 });
      const offered = { anchor: 'a', checkpoint: checkpoint(9), conflictsUpTo: 0 };
      const [new1, late, ahead, again] = [
        await addAt(store, 'new', {}),
        await addAt(store, 'late', { checkpoints: [checkpoint(1), checkpoint(3)] }),
        await addAt(store, 'ahead', { checkpoints: [checkpoint(2)], offered }),
        await addAt(store, 'again', { checkpoints: [checkpoint(8)] }),
      ];
      const names = async (limit: number) => (await store.subscribersBehind('people', limit)).map(({ url }) => url);
      expect(await names(9)).toEqual(['new', 'late', 'again', 'ahead']);
      expect(await names(2)).toEqual(['new', 'late']);
      expect(await names(0)).toEqual([]);
      const after = async (one: Subscriber) => (await store.subscribersBehind('people', 2, one)).map(({ url }) => url);
      expect([await after(new1), await after(late), await after(ahead)]).toEqual([
        ['late', 'again'],
        ['again', 'ahead'],
        [],
      ]);
      expect(await store.subscribersBehind('other', 9)).toEqual([]);
      expect([new1, ahead].map(({ peer }) => peer)).not.toContain(late.peer);
      expect(await store.countSubscribers('people')).toBe(4);
      expect(await store.countSubscribers('people', { knowingLessThan: 8 })).toBe(2);
      expect(await store.countSubscribers('people', { knowingLessThan: 9 })).toBe(3);
      expect(await store.countSubscribers('other')).toBe(0);
      const { account } = subscriber;
      await store.addSubscriber({ ...again, url: 'somebody else', account: 'another', publication: 'other' });
      const before = store.statistics.rowsRead;
      expect(await store.countSubscribers('people', { account })).toBe(4);
      // Counted, not read.
      expect(store.statistics.rowsRead - before).toBeLessThan(2);
      expect(await store.countSubscribers('people', { account, knowingLessThan: 8 })).toBe(2);
      expect(await store.countSubscribers('people', { account: 'another' })).toBe(0);
      expect(await store.countSubscribers('other', { account: 'another' })).toBe(1);
      await put(store, { subscribers: [{ row: { ...late, state: { ...late.state, session: publisherSession } } }] });
      const ends = { ...again, state: { ...again.state, checkpoints: [checkpoint(20)] } };
      await put(store, { subscribers: [{ row: ends }] });
      expect(await names(9)).toEqual(['new', 'late', 'ahead', 'again']);
      expect(await store.countSubscribers('people', { isInSession: true })).toBe(1);
      expect(await store.countSubscribers('people', { isInSession: true, account })).toBe(1);
      expect(await store.countSubscribers('people', { isInSession: true, knowingLessThan: 3 })).toBe(0);
    },
  },
  {
    says: 'refuses a second peer with one name by CON-R006',
    check: async ({ store }) => {
      await store.addSubscription(subscription);
      await store.addSubscriber(subscriber);
      await expect(store.addSubscription(subscription)).rejects.toMatchObject({ code: 'CON-R006' });
      await expect(store.addSubscriber(subscriber)).rejects.toMatchObject({ code: 'CON-R006' });
      await store.addSubscriber({ ...subscriber, publication: 'other' });
      expect(await store.subscriptions()).toHaveLength(1);
    },
  },
  {
    says: 'refuses to write on a row that has moved on, or is gone',
    check: async ({ store }) => {
      const row = await store.addSubscription(subscription);
      await put(store, { subscriptions: [{ row: { ...row, schedule: 'first' } }] });
      const stale = put(store, { subscriptions: [{ row: { ...row, schedule: 'second' } }] });
      await expect(stale).rejects.toMatchObject({ code: 'CON-D005', retry: 'later' });
      const now = await store.subscription('people');
      expect(now).toMatchObject({ schedule: 'first' });
      expect(now?.version).toBeGreaterThan(row.version);
      if (now !== undefined) await put(store, { subscriptions: [{ row: { ...now, schedule: 'third' } }] });
      expect(await store.subscription('people')).toMatchObject({ schedule: 'third' });
      await store.removeSubscription('people');
      const late = put(store, { subscriptions: [{ row: { ...row, version: row.version + 2 } }] });
      await expect(late).rejects.toMatchObject({ code: 'CON-D005' });
    },
  },
  {
    says: 'keeps the pieces of a document beside a row, puts others behind them, and drops them with the peer',
    check: async ({ store }) => {
      const [{ peer }, other] = [await store.addSubscriber(subscriber), await store.addSubscription(subscription)];
      await put(store, { pieces: [{ peer, from: 0, texts: ['a', ''] }] });
      await put(store, { pieces: [{ peer: other.peer, from: 0, texts: ['x'] }] });
      await put(store, { pieces: [{ peer, from: 2, texts: ['ü\n'] }] });
      expect(await store.pieces(peer)).toEqual(['a', '', 'ü\n']);
      await put(store, { pieces: [{ peer, from: 1, texts: ['b'] }] });
      expect(await store.pieces(peer)).toEqual(['a', 'b']);
      await put(store, { pieces: [{ peer, from: 0, texts: [] }] });
      expect(await store.pieces(peer)).toEqual([]);
      await put(store, { pieces: [{ peer, from: 0, texts: ['c'] }] });
      await store.removeSubscriber(peer);
      expect(await store.pieces(peer)).toEqual([]);
      expect(await store.pieces(other.peer)).toEqual(['x']);
    },
  },
  {
    says: 'keeps, replaces and drops the message beside a row',
    check: async ({ store }) => {
      const { peer } = await store.addSubscriber(subscriber);
      const save = async (message?: Uint8Array | null): Promise<void> => {
        const row = await store.subscriber('people', subscriber.url);
        if (row === undefined) return;
        await put(store, { subscribers: [message === undefined ? { row } : { row, message }] });
      };
      expect(await store.message(peer)).toBeUndefined();
      await save(bytes('one'));
      await save();
      expect(Buffer.from((await store.message(peer)) ?? [])).toEqual(Buffer.from('one'));
      await save(bytes('two'));
      expect(Buffer.from((await store.message(peer)) ?? [])).toEqual(Buffer.from('two'));
      await save(null);
      expect(await store.message(peer)).toBeUndefined();
    },
  },
  {
    says: 'keeps one exception per peer and object, in pages and by reason',
    check: async ({ store }) => {
      const { peer } = await store.addSubscriber(subscriber);
      const { peer: other } = await store.addSubscription(subscription);
      const set = (one: string, exception: Exception | undefined) => ({ peer, gid: gid(one), exception });
      await put(store, { exceptions: [set('b', wanted), set('a', wanted), set('c', wanted)] });
      await put(store, { exceptions: [set('b', refused), { peer: other, gid: gid('a'), exception: wanted }] });
      const of = async (options?: Parameters<SiteStore['exceptions']>[1]): Promise<readonly string[]> => [
        ...(await store.exceptions(peer, options)).keys(),
      ];
      expect(await of()).toEqual(['a', 'b', 'c']);
      expect(await of({ after: 'a', limit: 1 })).toEqual(['b']);
      expect(await of({ gids: [gid('c'), gid('a'), gid('x')] })).toEqual(['a', 'c']);
      expect(await of({ gids: [] })).toEqual([]);
      expect(await of({ reason: 'wanted' })).toEqual(['a', 'c']);
      expect((await store.exceptions(peer)).get(gid('b'))).toEqual(refused);
      expect(await store.countExceptions(peer)).toBe(3);
      expect(await store.countExceptions(peer, ['refused', 'waits'])).toBe(1);
      expect(await store.countExceptions(peer, [])).toBe(0);
      await put(store, { exceptions: [set('a', undefined)] });
      expect(await of()).toEqual(['b', 'c']);
    },
  },
  {
    says: 'drops the exceptions of a peer by reason before it writes others',
    check: async ({ store }) => {
      const { peer } = await store.addSubscriber(subscriber);
      const set = (one: string, exception: Exception) => ({ peer, gid: gid(one), exception });
      await put(store, { exceptions: [set('a', wanted), set('b', refused)] });
      await put(store, { dropExceptions: [{ peer, reason: 'wanted' }], exceptions: [set('c', wanted)] });
      expect([...(await store.exceptions(peer)).keys()]).toEqual(['b', 'c']);
      await put(store, { dropExceptions: [{ peer, reason: undefined }] });
      expect(await store.countExceptions(peer)).toBe(0);
    },
  },
  {
    says: 'lists conflicts in the order in which they were last written, so that the list can be followed',
    check: async ({ store }) => {
      const { peer } = await store.addSubscriber(subscriber);
      await put(store, { conflicts: [conflict('one', peer), conflict('two', peer), conflict('three', peer)] });
      const before = await store.conflicts();
      await put(store, { conflicts: [conflict('one', peer, { state: 'settled', settledBy: 'person' })] });
      const ids = (await store.conflicts()).map(({ id }) => id);
      expect(ids).toEqual(['two', 'three', 'one']);
      const listedAfter = before.at(-1)?.listedAt ?? 0;
      expect((await store.conflicts({ listedAfter })).map(({ id }) => id)).toEqual(['one']);
      expect(await store.conflict('one')).toMatchObject({ state: 'settled', settledBy: 'person' });
      expect(await store.conflict('none')).toBeUndefined();
    },
  },
  {
    says: 'finds conflicts by state, role, peer and object',
    check: async ({ store }) => {
      const { peer } = await store.addSubscriber(subscriber);
      const { peer: upstream } = await store.addSubscription(subscription);
      await put(store, {
        conflicts: [
          conflict('one', peer),
          conflict('two', peer, { gid: gid('b'), state: 'settled' }),
          conflict('three', upstream, { role: 'subscriber', state: 'closing' }),
        ],
      });
      const ids = async (filter: Parameters<SiteStore['conflicts']>[0]): Promise<readonly string[]> =>
        (await store.conflicts(filter)).map(({ id }) => id);
      expect(await ids({ state: 'open' })).toEqual(['one']);
      expect(await ids({ role: 'subscriber' })).toEqual(['three']);
      expect(await ids({ peer })).toEqual(['one', 'two']);
      expect(await ids({ gid: gid('a') })).toEqual(['one', 'three']);
      expect(await ids({ gid: gid('a'), peer })).toEqual(['one']);
      expect(await ids({ limit: 2 })).toEqual(['one', 'two']);
      expect(await store.countConflicts({ peer })).toBe(2);
      expect(await store.countConflicts()).toBe(3);
    },
  },
  {
    says: 'removes with a peer its exceptions and conflicts, and with a publication its subscribers',
    check: async ({ store }) => {
      await store.savePublication(publication);
      const gone = await store.addSubscriber(subscriber);
      const stays = await store.addSubscriber({ ...subscriber, publication: 'other' });
      for (const { peer } of [gone, stays]) {
        const exceptions = [{ peer, gid: gid('a'), exception: wanted }];
        await put(store, { exceptions, conflicts: [conflict(`of ${peer}`, peer)] });
      }
      await store.removePublication('people');
      expect(await store.publications()).toEqual([]);
      expect(await store.subscribers('people')).toEqual([]);
      expect(await store.countExceptions(gone.peer)).toBe(0);
      expect(await store.countExceptions(stays.peer)).toBe(1);
      expect((await store.conflicts()).map(({ peer }) => peer)).toEqual([stays.peer]);
      await store.removeSubscriber(stays.peer);
      expect(await store.countConflicts()).toBe(0);
    },
  },
  {
    says: 'shows the newest lines of the log first, all or about one subject',
    check: async ({ store }) => {
      await put(store, { log: [line('one'), line('two', 'other')] });
      await store.record(line('three'));
      const texts = async (options?: Parameters<SiteStore['log']>[0]): Promise<readonly string[]> =>
        (await store.log(options)).map(({ text }) => text);
      expect(await texts()).toEqual(['three', 'two', 'one']);
      expect(await texts({ limit: 1 })).toEqual(['three']);
      expect(await texts({ subject: 'people' })).toEqual(['three', 'one']);
      expect(await store.log({ limit: 1 })).toMatchObject([line('three')]);
    },
  },
  {
    says: 'queues the activities of a batch in the same commit',
    check: async ({ store, queue }) => {
      const work = { name: 'synchronize', subscription: 'people', options: { slow: true } } as const;
      await put(store, { activities: [{ work, deduplicate: 'k' }, { work, deduplicate: 'k' }, { work }] });
      expect((await queue.list()).map((activity) => activity.work)).toEqual([work, work]);
    },
  },
];
