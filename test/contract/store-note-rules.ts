import { expect } from 'vitest';
import type { NewSyncEvent, SyncEventKind, Token } from '../../src/ports/site-notes.ts';
import type { SiteStore } from '../../src/ports/site-store.ts';
import { commit, conflict, gid, subscriber, write } from './site-data.ts';
import type { StoreRule } from './store-rule.ts';

const hourMs = 3_600_000;

function event(kind: SyncEventKind, run = 'one', subscription = 'people'): NewSyncEvent {
  return { kind, run, subscription, at: 1_790_000_000_000, data: { kind, list: [1, null] } };
}

function token(id: string, account = 'seb', rest: Partial<Token> = {}): Token {
  const times = { createdAt: 5, expiresAt: undefined, lastUsedAt: undefined };
  return { id, hash: `hash of ${id}`, account, accountOf: 'site', title: 'nightly', ...times, ...rest };
}

async function kindsOf(store: SiteStore, after = 0): Promise<readonly string[]> {
  return (await store.notes.syncEvents('people', { after })).map(({ kind, run }) => `${run} ${kind}`);
}

/** What a site keeps beside the engine's rows, and how lists of it are filtered. */
export const noteRules: readonly StoreRule[] = [
  {
    says: 'numbers the events of syncs in their order, and gives those after a number',
    check: async ({ store }) => {
      const { notes } = store;
      const first = await notes.addSyncEvent(event('started'));
      await notes.addSyncEvent(event('started', 'one', 'other'));
      const last = await notes.addSyncEvent(event('done'));
      expect(await notes.syncEvents('people')).toEqual([
        { ...event('started'), number: first },
        { ...event('done'), number: last },
      ]);
      expect(await kindsOf(store, first)).toEqual(['one done']);
      const newest = await notes.syncEvents('people', { newestFirst: true, limit: 1, kinds: ['started', 'failed'] });
      expect(newest.map(({ number }) => number)).toEqual([first]);
      await notes.dropSyncEvents('people', first);
      expect(await kindsOf(store)).toEqual(['one done']);
      expect(await notes.syncEvents('other')).toHaveLength(1);
    },
  },
  {
    says: 'keeps of the progress of a sync only the last',
    check: async ({ store }) => {
      for (const run of ['one', 'two'])
        for (const kind of ['started', 'progress', 'progress'] as const)
          await store.notes.addSyncEvent(event(kind, run));
      expect(await kindsOf(store)).toEqual(['one started', 'one progress', 'two started', 'two progress']);
    },
  },
  {
    says: 'keeps rules for conflicts, the oldest first, until they are removed',
    check: async ({ store: { notes } }) => {
      const rule = { field: 'id', keep: 'newer', by: 'seb', publication: 'people' } as const;
      await notes.addConflictRule({ ...rule, id: 'a', createdAt: 2 });
      await notes.addConflictRule({ ...rule, id: 'b', createdAt: 1 });
      expect(await notes.conflictRules()).toEqual([
        { ...rule, id: 'b', createdAt: 1 },
        { ...rule, id: 'a', createdAt: 2 },
      ]);
      expect(await notes.removeConflictRule('a')).toBe(true);
      expect(await notes.removeConflictRule('a')).toBe(false);
      expect((await notes.conflictRules()).map(({ id }) => id)).toEqual(['b']);
    },
  },
  {
    says: 'finds a token by its hash, and lists them by account',
    check: async ({ store: { notes } }) => {
      await notes.saveToken(token('b', 'zoe'));
      await notes.saveToken(token('a', 'seb', { expiresAt: 9 }));
      await notes.saveToken(token('a', 'seb', { expiresAt: 9, lastUsedAt: 7 }));
      expect(await notes.tokenWithHash('hash of a')).toEqual(token('a', 'seb', { expiresAt: 9, lastUsedAt: 7 }));
      expect(await notes.tokenWithHash('hash of none')).toBeUndefined();
      expect((await notes.tokens()).map(({ id }) => id)).toEqual(['a', 'b']);
      expect((await notes.tokens('zoe')).map(({ id }) => id)).toEqual(['b']);
      expect([await notes.removeToken('b'), await notes.removeToken('b')]).toEqual([true, false]);
      expect(await notes.tokens('zoe')).toEqual([]);
    },
  },
  {
    says: 'notes when a token was used, and makes none of one that was revoked',
    check: async ({ store: { notes } }) => {
      await notes.saveToken(token('a', 'seb', { expiresAt: 9 }));
      await notes.saveToken(token('b'));
      expect([await notes.touchToken('a', 7), await notes.touchToken('a', 8)]).toEqual([true, true]);
      expect(await notes.tokenWithHash('hash of a')).toEqual(token('a', 'seb', { expiresAt: 9, lastUsedAt: 8 }));
      expect(await notes.tokenWithHash('hash of b')).toEqual(token('b'));
      await notes.removeToken('a');
      expect(await notes.touchToken('a', 10)).toBe(false);
      expect((await notes.tokens()).map(({ id }) => id)).toEqual(['b']);
    },
  },
  {
    says: 'counts what became of activities by the hour, and forgets the old',
    check: async ({ store: { notes } }) => {
      const done = { hour: 10 * hourMs, work: 'synchronize', outcome: 'done' } as const;
      await notes.countActivity(done, 0);
      await notes.countActivity(done, 0);
      await notes.countActivity({ ...done, outcome: 'failed' }, 0);
      expect(await notes.activityCounts(done.hour)).toEqual([
        { ...done, count: 2 },
        { ...done, outcome: 'failed', count: 1 },
      ]);
      await notes.countActivity(done, 0, 40);
      await notes.countActivity({ ...done, outcome: 'retried' }, 0, 7);
      expect((await notes.activityCounts(done.hour)).map(({ count }) => count)).toEqual([42, 1, 7]);
      await notes.countActivity({ ...done, hour: 20 * hourMs }, 11 * hourMs);
      expect((await notes.activityCounts(0)).map(({ hour }) => hour)).toEqual([20 * hourMs]);
    },
  },
  {
    says: 'finds conflicts by peers, field, age, and what they stand below; and names the fields of those that are open',
    check: async ({ store }) => {
      const { peer } = await store.addSubscriber(subscriber);
      const other = (await store.addSubscriber({ ...subscriber, publication: 'other' })).peer;
      await commit(store, write('top'), write('a', { parent: 'top' }), write('b'));
      const conflicts = [
        conflict('one', peer, { openedAt: 10, field: 'type' }),
        conflict('two', other, { openedAt: 20, gid: gid('b') }),
        conflict('three', peer, { openedAt: 30, state: 'settled', field: 'parent' }),
      ];
      await store.update(async () => ({ batch: { conflicts }, result: undefined }));
      const ids = async (filter: Parameters<SiteStore['conflicts']>[0]): Promise<readonly string[]> =>
        (await store.conflicts(filter)).map(({ id }) => id);
      expect(await ids({ peers: [other] })).toEqual(['two']);
      expect(await ids({ peers: [] })).toEqual([]);
      expect(await ids({ field: 'type' })).toEqual(['one']);
      expect(await ids({ openedFrom: 20 })).toEqual(['two', 'three']);
      expect(await ids({ openedBefore: 20 })).toEqual(['one']);
      expect(await ids({ below: gid('top') })).toEqual(['one', 'three']);
      expect(await ids({ below: gid('a'), state: 'open' })).toEqual(['one']);
      expect(await store.countConflicts({ below: gid('b') })).toBe(1);
      expect(await store.conflictFields(10)).toEqual(['id', 'type']);
      expect(await store.conflictFields(1)).toEqual(['id']);
    },
  },
  {
    says: 'gives the log in pages, by kind, and single lines with what only they have',
    check: async ({ store }) => {
      const kinds = ['sync', 'access', 'sync', 'conflict'] as const;
      const rest = { at: 1, level: 'info', subject: 'people' } as const;
      for (const [at, kind] of kinds.entries())
        await store.record({ ...rest, kind, text: `line ${String(at)}`, details: { span: { from: 1 }, at } });
      const lines = await store.log();
      expect(lines.map(({ text }) => text)).toEqual(['line 3', 'line 2', 'line 1', 'line 0']);
      expect(lines[0]?.details).toEqual({ at: 3 });
      const before = lines[1]?.number ?? 0;
      expect((await store.log({ before, limit: 1 })).map(({ text }) => text)).toEqual(['line 1']);
      expect((await store.log({ kinds: ['sync'], before })).map(({ text }) => text)).toEqual(['line 0']);
      const audit = await store.log({ kinds: ['conflict', 'access'], subject: 'people', limit: 2 });
      expect(audit.map(({ text }) => text)).toEqual(['line 3', 'line 1']);
      expect(await store.logLine(before)).toMatchObject({ text: 'line 2', details: { span: { from: 1 }, at: 2 } });
      expect(await store.logLine(before + 100)).toBeUndefined();
    },
  },
  {
    says: 'reads one page of rows of many conflicts, log lines and activities',
    check: async ({ store, queue }) => {
      const { peer } = await store.addSubscriber(subscriber);
      const many = Array.from({ length: 2_000 }, (_, at) => at);
      const conflicts = many.map((at) => conflict(`c${String(at)}`, peer));
      const line = { at: 1, level: 'info', kind: 'sync', subject: 'people', text: '', details: {} } as const;
      await store.update(async () => ({ batch: { conflicts, log: many.map(() => line) }, result: undefined }));
      for (const at of many.slice(0, 200)) await queue.add({ work: { name: 'collect-garbage' }, notBefore: at });
      const [listed, lines] = [await store.conflicts(), await store.log()];
      const before = store.statistics.rowsRead;
      await store.conflicts({ state: 'open', listedAfter: listed[499]?.listedAt ?? 0, limit: 50 });
      await store.log({ kinds: ['sync'], before: lines[1_100]?.number ?? 0, limit: 50 });
      expect(store.statistics.rowsRead - before).toBe(100);
      const page = await queue.list({ after: 20, limit: 50 });
      expect(page[0]?.id).toBeGreaterThan(20);
      // A queue elsewhere is not counted.
      expect([100, 150]).toContain(store.statistics.rowsRead - before);
    },
  },
];
