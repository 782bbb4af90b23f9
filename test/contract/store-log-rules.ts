import { expect } from 'vitest';
import type { Position } from '../../src/objects/position.ts';
import type { SiteStore } from '../../src/ports/site-store.ts';
import { commit, draft, findBrokenLink, gid, publication, subscriber, write } from './site-data.ts';
import type { StoreFixture, StoreRule } from './store-rule.ts';

async function another(fixture: StoreFixture): Promise<SiteStore> {
  const store = await fixture.openAnother?.();
  return store ?? fixture.store;
}

/** How the log grows: whole batches, in order, without a gap. */
export const logRules: readonly StoreRule[] = [
  {
    says: 'begins with an empty log in an epoch of its own',
    check: async ({ store }) => {
      const head = await store.head();
      expect(head).toMatchObject({ seq: 0, hash: '' });
      expect(head.epoch).not.toBe('');
      expect(await store.positionAt(0)).toEqual(head);
      expect(await store.positionAt(1)).toBeUndefined();
    },
  },
  {
    says: 'numbers revisions without a gap, and chains their hashes',
    check: async ({ store }) => {
      await commit(store, write('a'), write('b'));
      await commit(store, write('a', { document: '<new/>' }));
      expect(await store.head()).toEqual(await store.positionAt(3));
      expect(await findBrokenLink(store)).toBeUndefined();
    },
  },
  {
    says: 'never shows a head whose entries cannot be read yet',
    check: async ({ store }) => {
      const progress = { isDone: false };
      const writing = Promise.all(Array.from({ length: 10 }, async (_, at) => commit(store, write(`a${at}`)))).finally(
        () => {
          progress.isDone = true;
        },
      );
      const gaps: Position[] = [];
      while (!progress.isDone) {
        const head = await store.head();
        const entry = await store.positionAt(head.seq);
        if (entry?.hash !== head.hash) gaps.push(head);
      }
      await writing;
      expect(gaps).toEqual([]);
    },
  },
  {
    says: 'gives the result of the decision, and writes nothing for an empty one',
    check: async ({ store }) => {
      const before = await store.head();
      expect(await store.update(async (head) => ({ batch: {}, result: head.seq }))).toBe(0);
      expect(await store.update(async () => ({ batch: { writes: [], log: [] }, result: 'x' }))).toBe('x');
      expect(await store.head()).toEqual(before);
    },
  },
  {
    says: 'lets one decision after the other, each on the end that the one before left',
    check: async ({ store }) => {
      const heads = await Promise.all(
        Array.from({ length: 10 }, async (_, at) =>
          store.update(async (head) => {
            await Promise.resolve();
            return { batch: { writes: [write(`a${at}`)] }, result: head.seq };
          }),
        ),
      );
      expect(heads).toEqual([0, 1, 2, 3, 4, 5, 6, 7, 8, 9]);
    },
  },
  {
    says: 'goes on after a decision that failed, of which nothing is left',
    check: async ({ store }) => {
      const failing = store.update(async () => Promise.reject(new RangeError('no')));
      await expect(failing).rejects.toThrow('no');
      await commit(store, write('a'));
      expect((await store.head()).seq).toBe(1);
    },
  },
  {
    says: 'writes all of a batch or nothing of it',
    check: async ({ store, queue }) => {
      const peer = await store.addSubscriber(subscriber);
      const collection = await store.openCollection(gid('root'));
      const before = await store.head();
      const refused = store.update(async () => ({
        batch: {
          writes: [write('a', { parent: 'root' }, { [collection]: true })],
          exceptions: [{ peer: peer.peer, gid: gid('a'), exception: { reason: 'wanted', holds: { kind: 'nothing' } } }],
          aliases: [{ given: gid('x'), kept: gid('a') }],
          activities: [{ work: { name: 'collect-garbage' } }],
          log: [{ at: 1, kind: 'sync', level: 'info', subject: 's', text: 't', details: {} }],
          subscribers: [{ row: { ...peer, version: peer.version + 7 } }],
        },
        result: undefined,
      }));
      await expect(refused).rejects.toMatchObject({ code: 'CON-D005', retry: 'later' });
      expect(await store.head()).toEqual(before);
      expect((await store.current([gid('a')])).size).toBe(0);
      expect(await store.children(gid('root'))).toEqual([]);
      expect(await store.countExceptions(peer.peer)).toBe(0);
      expect((await store.aliases([gid('x')])).size).toBe(0);
      expect(await store.countChanges({ collection, after: 0, upTo: 99 }, 'all')).toBe(0);
      expect(await store.log()).toEqual([]);
      expect(await queue.list()).toEqual([]);
    },
  },
  {
    says: 'decides again on the new end when another process wrote meanwhile',
    needs: 'openAnother',
    check: async (fixture) => {
      const { store } = fixture;
      const other = await another(fixture);
      const heads: number[] = [];
      await store.update(async (head) => {
        heads.push(head.seq);
        if (heads.length < 3) await commit(other, write(`other${heads.length}`));
        return { batch: { writes: [write(`own-after-${head.seq}`)] }, result: undefined };
      });
      expect(heads).toEqual([0, 1, 2]);
      expect((await store.current([gid('own-after-0'), gid('own-after-1')])).size).toBe(0);
      expect((await other.current([gid('own-after-2')])).size).toBe(1);
      expect(await findBrokenLink(other)).toBeUndefined();
    },
  },
  {
    says: 'decides again when another process opened a collection, which the decision did not know',
    needs: 'openAnother',
    check: async (fixture) => {
      const { store } = fixture;
      const other = await another(fixture);
      let tries = 0;
      await store.update(async () => {
        const known = await store.collections();
        if (tries++ === 0) await other.openCollection(gid('root'));
        const membership = Object.fromEntries(known.map(({ number }) => [number, true]));
        return { batch: { writes: [write('a', { parent: 'root' }, membership)] }, result: undefined };
      });
      const [opened] = await store.collections();
      const range = { collection: opened?.number ?? 0, after: 0, upTo: 9 };
      expect(await store.countChanges(range, 'present')).toBe(1);
    },
  },
  {
    says: 'gives up with CON-D005 when others are always faster',
    needs: 'openAnother',
    check: async (fixture) => {
      const other = await another(fixture);
      let count = 0;
      const losing = fixture.store.update(async () => {
        await commit(other, write(`other${count++}`));
        return { batch: { writes: [write('own')] }, result: undefined };
      });
      await expect(losing).rejects.toMatchObject({ code: 'CON-D005', retry: 'later' });
    },
  },
  {
    says: 'shows what another process has committed',
    needs: 'openAnother',
    check: async (fixture) => {
      const other = await another(fixture);
      await fixture.store.head();
      await commit(other, write('a'));
      await other.savePublication(publication);
      expect(await fixture.store.head()).toMatchObject({ seq: 1 });
      expect((await fixture.store.current([gid('a')])).size).toBe(1);
      expect(await fixture.store.publication('people')).toEqual(publication);
    },
  },
  {
    says: 'starts an epoch with an entry of its own, which has a position and is no revision',
    check: async ({ store }) => {
      await commit(store, write('a'));
      const before = await store.head();
      expect(await store.hasLaterEpoch()).toBe(false);
      const started = await store.startEpoch();
      expect(started).toMatchObject({ seq: 2 });
      expect(started.epoch).not.toBe(before.epoch);
      expect(await store.head()).toEqual(started);
      expect(await store.positionAt(1)).toEqual(before);
      expect(await store.positionAt(2)).toEqual(started);
      expect(await store.revision(2)).toBeUndefined();
      expect(await store.history(gid('a'))).toHaveLength(1);
      expect(await store.children(gid('a'))).toEqual([]);
      await commit(store, write('a', { document: '<b/>' }));
      expect(await store.revision(3)).toMatchObject({ seq: 3, epoch: started.epoch });
      expect(await store.hasLaterEpoch()).toBe(true);
    },
  },
  {
    says: 'writes nothing of a batch for which the disk has no room, and goes on when it has',
    needs: 'fillDisk',
    check: async ({ store, fillDisk }) => {
      await commit(store, write('a'));
      const before = await store.head();
      const makeRoom = await fillDisk?.();
      const large = Array.from({ length: 50 }, (_, at) =>
        write(`b${at}`, { document: `<x>${'y'.repeat(20_000)}</x>` }),
      );
      await expect(commit(store, ...large)).rejects.toMatchObject({ code: 'CON-D002' });
      expect(await store.head()).toEqual(before);
      expect((await store.current([gid('b0')])).size).toBe(0);
      await makeRoom?.();
      await commit(store, ...large);
      expect((await store.head()).seq).toBe(51);
      expect(await findBrokenLink(store)).toBeUndefined();
    },
  },
  {
    says: 'counts the rows it reads and writes',
    check: async ({ store }) => {
      const before = store.statistics;
      await commit(store, { draft: draft('a'), collections: [] });
      await store.current([gid('a')]);
      expect(store.statistics.rowsWritten).toBeGreaterThan(before.rowsWritten);
      expect(store.statistics.rowsRead).toBeGreaterThan(before.rowsRead);
    },
  },
];
