import { expect } from 'vitest';
import { topGid } from '../../src/objects/gid.ts';
import type { WantedChanges } from '../../src/ports/object-reader.ts';
import type { SiteStore } from '../../src/ports/site-store.ts';
import type { Sketch } from './site-data.ts';
import { commit, draft, gid, write } from './site-data.ts';
import type { StoreRule } from './store-rule.ts';

const peer = 5;
const fromPeer = { peer, epoch: 'theirs', number: 1, isExact: true };
const all = { after: 0, upTo: 1000 };

async function gidsOf(
  store: SiteStore,
  range: WantedChanges,
  kind: 'present' | 'gone' | 'all' = 'all',
): Promise<readonly string[]> {
  return (await store.changes(range, kind, 100)).map((change) => change.gid);
}

async function idsBelow(store: SiteStore, parent: string): Promise<readonly string[]> {
  return (await store.children(gid(parent))).map(({ id }) => id);
}

/** What is read of the tree, the log and the collections. */
export const objectRules: readonly StoreRule[] = [
  {
    says: 'gives back a revision as it was written',
    check: async ({ store }) => {
      const main = { id: 'e:1', at: 1_790_000_000_123, by: 'jürgen' };
      const others = [{ id: 'e:2', at: 2, by: 'b', field: 'parent' as const }];
      const edits = { main, others, overruled: [{ id: 'e:3', at: 3, by: 'c', field: 'id' as const }] };
      const written = draft('a', { parent: 'p', document: '<ä>\u{1F600}\n</ä>', origin: fromPeer, edits });
      await commit(store, { draft: written, collections: [] });
      const head = await store.head();
      expect(await store.revision(1)).toStrictEqual({ ...head, ...written });
      expect((await store.current([gid('a'), gid('never')])).get(gid('a'))).toStrictEqual({ ...head, ...written });
      expect((await store.current([gid('never')])).size).toBe(0);
      expect(await store.revision(2)).toBeUndefined();
    },
  },
  {
    says: 'keeps the document of each revision, also where it is that of the one before',
    check: async ({ store }) => {
      const documents = ['<v1/>', '<v1/>', '<v2/>', '<v2/>', '<v1/>'];
      for (const [at, document] of documents.entries()) await commit(store, write('a', { document, id: `id${at}` }));
      await commit(store, write('a', { document: '<v1/>', state: 'deleted' }));
      const history = await store.history(gid('a'));
      expect(history.map(({ version }) => version.document)).toEqual(['<v1/>', ...documents.toReversed()]);
      expect(history.map(({ state }) => state).slice(0, 2)).toEqual(['deleted', 'present']);
    },
  },
  {
    says: 'pages through the history of an object, newest first',
    check: async ({ store }) => {
      for (const at of [1, 2, 3, 4]) await commit(store, write('a', { id: `id${at}` }), write('b'));
      const seqs = async (options: { before?: number; limit?: number }): Promise<readonly number[]> =>
        (await store.history(gid('a'), options)).map(({ seq }) => seq);
      expect(await seqs({})).toEqual([7, 5, 3, 1]);
      expect(await seqs({ limit: 2 })).toEqual([7, 5]);
      expect(await seqs({ before: 5, limit: 2 })).toEqual([3, 1]);
      expect((await store.revisionAt(gid('a'), 4))?.seq).toBe(3);
      expect(await store.revisionAt(gid('b'), 1)).toBeUndefined();
    },
  },
  {
    says: 'finds the newest revision that is exactly what a peer holds',
    check: async ({ store }) => {
      await commit(
        store,
        write('a', { origin: fromPeer }),
        write('a', { id: 'x', origin: { ...fromPeer, isExact: false } }),
        write('a', { id: 'y', origin: { ...fromPeer, peer: peer + 1 } }),
        write('a', { id: 'z' }),
      );
      expect((await store.lastFrom(peer, gid('a')))?.seq).toBe(1);
      expect((await store.lastFrom(peer + 1, gid('a')))?.seq).toBe(3);
      expect(await store.lastFrom(peer, gid('b'))).toBeUndefined();
      expect((await store.lastFrom(peer, gid('a'), 0))?.seq).toBe(1);
      expect(await store.lastFrom(peer, gid('a'), 1)).toBeUndefined();
    },
  },
  {
    says: 'lists what is below a parent now, in the order of code points, page by page',
    check: async ({ store }) => {
      const ids = ['a', 'Z', 'é', '\u{1F600}', '\u{FF5E}', '10', '9'];
      await commit(store, ...ids.map((id, at) => write(`g${at}`, { parent: 'p', id })), write('elsewhere'));
      expect(await idsBelow(store, 'p')).toEqual(['10', '9', 'Z', 'a', 'é', '\u{FF5E}', '\u{1F600}']);
      const page = await store.children(gid('p'), { after: '9', limit: 2 });
      expect(page.map(({ id }) => id)).toEqual(['Z', 'a']);
      expect(await store.countChildren(gid('p'))).toBe(7);
      expect(await store.countChildren(gid('g0'))).toBe(0);
    },
  },
  {
    says: 'follows moves, renamings and deletions in the tree',
    check: async ({ store }) => {
      await commit(store, write('a', { parent: 'p' }), write('b', { parent: 'p' }), write('c', { parent: 'p' }));
      await commit(store, write('a', { parent: 'q' }), write('b', { parent: 'p', id: 'new' }));
      await commit(store, write('c', { parent: 'p', state: 'deleted' }));
      expect(await idsBelow(store, 'p')).toEqual(['new']);
      expect(await idsBelow(store, 'q')).toEqual(['a']);
      expect(await store.named(gid('p'), 'b')).toEqual([]);
      expect((await store.named(gid('p'), 'new')).map((version) => version.gid)).toEqual(['b']);
    },
  },
  {
    says: 'finds all objects that have one name for a moment',
    check: async ({ store }) => {
      await commit(store, write('b', { parent: 'p', id: 'x' }), write('a', { parent: 'p', id: 'x' }));
      expect((await store.named(gid('p'), 'x')).map((version) => version.gid)).toEqual(['a', 'b']);
    },
  },
  {
    says: 'lists what is gone below its last parent, newest deletion first, until it is there again',
    check: async ({ store }) => {
      const gone = { parent: 'p', state: 'deleted' } as const;
      await commit(store, ...['a', 'b', 'c', 'd'].map((one) => write(one, { parent: 'p' })));
      await commit(store, write('b', gone), write('a', gone), write('d', { ...gone, state: 'left' }), write('c', gone));
      await commit(store, write('c', { parent: 'p' }));
      const seen = async (limit: number): Promise<readonly string[]> =>
        (await store.deletedBelow(gid('p'), limit)).map(({ version }) => version.gid);
      expect(await seen(9)).toEqual(['d', 'a', 'b']);
      expect(await seen(1)).toEqual(['d']);
    },
  },
  {
    says: 'knows the gid that took the place of another',
    check: async ({ store }) => {
      const save = async (kept: string): Promise<void> =>
        store.update(async () => ({ batch: { aliases: [{ given: gid('x'), kept: gid(kept) }] }, result: undefined }));
      await save('a');
      await save('b');
      expect([...(await store.aliases([gid('x'), gid('y')]))]).toEqual([['x', 'b']]);
    },
  },
  {
    says: 'opens one collection per root, with a change for each object below it',
    check: async ({ store }) => {
      await commit(store, write('root'), write('a', { parent: 'root' }), write('b', { parent: 'a' }), write('c'));
      await commit(store, write('a', { parent: 'root', document: '<new/>' }));
      await commit(store, write('d', { parent: 'root' }), write('d', { parent: 'root', state: 'deleted' }));
      const collection = await store.openCollection(gid('root'));
      expect(await store.openCollection(gid('root'))).toBe(collection);
      expect(await gidsOf(store, { collection, ...all })).toEqual(['b', 'a']);
      const whole = await store.openCollection(topGid);
      expect(await gidsOf(store, { collection: whole, ...all })).toEqual(['root', 'b', 'c', 'a']);
      expect(await store.collections()).toEqual([
        { number: collection, root: 'root' },
        { number: whole, root: '' },
      ]);
    },
  },
  {
    says: 'forgets a collection that is closed, and not the others',
    check: async ({ store }) => {
      await commit(store, write('root'), write('a', { parent: 'root' }));
      const [one, two] = [await store.openCollection(gid('root')), await store.openCollection(topGid)];
      await store.closeCollection(one);
      expect(await store.collections()).toEqual([{ number: two, root: '' }]);
      expect(await gidsOf(store, { collection: one, ...all })).toEqual([]);
      expect(await gidsOf(store, { collection: two, ...all })).toEqual(['root', 'a']);
      expect(await store.openCollection(gid('root'))).not.toBe(one);
    },
  },
  {
    says: 'gives of each object its newest change in the range',
    check: async ({ store }) => {
      const collection = await store.openCollection(topGid);
      const stays = { [collection]: true };
      await commit(store, write('a', {}, stays), write('b', {}, stays), write('a', { id: 'x' }, stays), write('c'));
      expect(await gidsOf(store, { collection, ...all })).toEqual(['b', 'a']);
      expect(await gidsOf(store, { collection, after: 0, upTo: 2 })).toEqual(['a', 'b']);
      expect(await gidsOf(store, { collection, after: 2, upTo: 9 })).toEqual(['a']);
      expect(await gidsOf(store, { collection, after: 3, upTo: 9 })).toEqual([]);
    },
  },
  {
    says: 'tells what is present from what left or was deleted, as of the end of the range',
    check: async ({ store }) => {
      const collection = await store.openCollection(topGid);
      const [stays, leaves] = [{ [collection]: true }, { [collection]: false }];
      await commit(store, write('a', {}, stays), write('b', {}, stays), write('c', {}, stays));
      await commit(store, write('a', { id: 'x' }, leaves), write('b', { state: 'deleted' }, leaves));
      await commit(store, write('a', { id: 'y' }, stays));
      const range = { collection, ...all };
      expect(await gidsOf(store, range, 'present')).toEqual(['c', 'a']);
      expect(await gidsOf(store, range, 'gone')).toEqual(['b']);
      expect(await gidsOf(store, { ...range, upTo: 5 }, 'gone')).toEqual(['a', 'b']);
      expect(await store.countChanges(range, 'present')).toBe(2);
      expect(await store.countChanges(range, 'gone')).toBe(1);
      expect(await store.countChanges(range, 'all')).toBe(3);
    },
  },
  {
    says: 'tells who has some ids below a parent, and nothing of ids that nobody has',
    check: async ({ store }) => {
      await commit(store, write('a', { parent: 'p', id: 'x' }), write('b', { parent: 'p', id: 'it\'s "ö"' }));
      await commit(store, write('c', { parent: 'p', id: 'x' }), write('d', { parent: 'q', id: 'y' }));
      await commit(
        store,
        write('e', { parent: 'p', id: 'gone' }),
        write('e', { parent: 'p', id: 'gone', state: 'deleted' }),
      );
      const holders = await store.holders(gid('p'), ['x', 'y', 'it\'s "ö"', 'gone', 'x']);
      expect(Object.fromEntries(holders)).toEqual({ x: ['a', 'c'], 'it\'s "ö"': ['b'] });
      expect((await store.holders(gid('p'), [])).size).toBe(0);
    },
  },
  {
    says: 'leaves out of the changes what came exactly so from a peer, out of one epoch of its log',
    check: async ({ store }) => {
      const collection = await store.openCollection(topGid);
      const member = { [collection]: true };
      const origins = {
        exact: fromPeer,
        merged: { ...fromPeer, isExact: false },
        earlier: { ...fromPeer, epoch: 'before' },
        other: { ...fromPeer, peer: peer + 1 },
        own: undefined,
        again: fromPeer,
      };
      await commit(store, ...Object.entries(origins).map(([name, origin]) => write(name, { origin }, member)));
      await commit(store, write('gone', { origin: fromPeer }, { [collection]: false }), write('again', {}, member));
      const range = { collection, ...all };
      const notFrom = { peer, epoch: fromPeer.epoch };
      expect(await gidsOf(store, { ...range, notFrom })).toEqual(['merged', 'earlier', 'other', 'own', 'again']);
      expect(await gidsOf(store, { ...range, notFrom }, 'gone')).toEqual([]);
      expect(await gidsOf(store, range)).toHaveLength(7);
      const page = await store.changes({ ...range, notFrom }, 'present', 2);
      expect(page.map((change) => change.gid)).toEqual(['merged', 'earlier']);
    },
  },
  {
    says: 'pages through changes by the position of the last one',
    check: async ({ store }) => {
      const collection = await store.openCollection(topGid);
      await commit(store, ...['a', 'b', 'c', 'd', 'e'].map((one) => write(one, {}, { [collection]: true })));
      const seen: string[] = [];
      let after = 0;
      for (;;) {
        const page = await store.changes({ collection, after, upTo: 4 }, 'present', 2);
        seen.push(...page.map((change) => change.gid));
        const last = page.at(-1);
        if (last === undefined) break;
        after = last.revision.seq;
      }
      expect(seen).toEqual(['a', 'b', 'c', 'd']);
    },
  },
  {
    says: 'pages through what was there at a position, whatever is written between two pages',
    check: async ({ store }) => {
      const collection = await store.openCollection(topGid);
      const member = { [collection]: true };
      const names = ['a', 'b', 'c', 'd', 'e', 'f', 'g'];
      await commit(store, ...names.map((one) => write(one, {}, member)));
      const walk = async (upTo: number): Promise<readonly string[]> => {
        const seen: string[] = [];
        for (let after = 0; ;) {
          const page = await store.changes({ collection, after, upTo }, 'present', 2);
          const last = page.at(-1);
          if (last === undefined) return seen;
          // What has not been read yet, and what has.
          await commit(
            store,
            write('f', { id: `later${String(after)}` }, member),
            write('a', {}, { [collection]: false }),
          );
          // Of the second page only one was made use of.
          seen.push(...page.slice(0, after === 2 ? 1 : 2).map((change) => change.gid));
          after = after === 2 ? 3 : last.revision.seq;
        }
      };
      expect(await walk(names.length)).toEqual(names);
      const { seq } = await store.head();
      expect(await walk(seq)).toEqual(['b', 'c', 'd', 'e', 'g', 'f']);
    },
  },
  {
    says: 'says what a collection held of an object at a position',
    check: async ({ store }) => {
      const collection = await store.openCollection(topGid);
      const [stays, leaves] = [{ [collection]: true }, { [collection]: false }];
      await commit(store, write('a', {}, stays), write('a', { id: 'x' }, leaves), write('a', { id: 'y' }));
      await commit(store, write('a', { id: 'z' }, stays), write('b', {}, stays));
      const at = async (seq: number): Promise<unknown> => {
        const gids = [gid('a'), gid('b'), gid('never')];
        const found = await store.changesAt(collection, gids, seq);
        expect(await store.changesOf(collection, await store.current(gids), seq)).toEqual(found);
        return [...found].map(([one, { revision, isMember }]) => [one, revision.seq, isMember]);
      };
      expect(await at(0)).toEqual([]);
      expect(await at(1)).toEqual([['a', 1, true]]);
      expect(await at(3)).toEqual([['a', 2, false]]);
      expect(await at(9)).toEqual([
        ['a', 4, true],
        ['b', 5, true],
      ]);
    },
  },
  {
    says: 'finds the first change that is not exactly a version of the peer',
    check: async ({ store }) => {
      const collection = await store.openCollection(topGid);
      const stays = { [collection]: true };
      const inexact = { ...fromPeer, isExact: false };
      await commit(store, write('a', { origin: fromPeer }, stays), write('b', {}, stays));
      await commit(store, write('b', { id: 'x', origin: fromPeer }, stays), write('c', { origin: inexact }, stays));
      const range = { collection, ...all };
      expect(await store.firstChangeNotFrom(peer, range)).toBe(4);
      expect(await store.firstChangeNotFrom(peer, { ...range, upTo: 3 })).toBeUndefined();
      expect(await store.firstChangeNotFrom(peer + 1, range)).toBe(1);
    },
  },
  {
    says: 'collects what nobody needs: of each object the newest up to the oldest position stays, and all later ones',
    check: async ({ store }) => {
      const collection = await store.openCollection(topGid);
      const stays = { [collection]: true };
      for (const id of ['1', '2', '3', '4']) {
        await commit(store, write('a', { id, document: '<same/>' }, stays), write('b', { id }, stays));
      }
      const [head, newest] = [await store.head(), await store.current([gid('a'), gid('b')])];
      expect(await store.collectGarbage(6, new Set([2]))).toBe(3);
      const kept = async (one: string): Promise<readonly number[]> =>
        (await store.history(gid(one))).map(({ seq }) => seq);
      expect(await kept('a')).toEqual([7, 5]);
      expect(await kept('b')).toEqual([8, 6, 2]);
      expect((await store.history(gid('a'))).map(({ version }) => version.document)).toEqual(['<same/>', '<same/>']);
      expect(await store.head()).toEqual(head);
      expect(await store.current([gid('a'), gid('b')])).toEqual(newest);
      expect(await store.positionAt(1)).toBeUndefined();
      expect(await store.positionAt(5)).toBeDefined();
      expect(await gidsOf(store, { collection, ...all })).toEqual(['a', 'b']);
      expect(await store.collectGarbage(6, new Set([2]))).toBe(0);
    },
  },
  {
    says: 'keeps, when it collects, which edits an object was made of, but not those by which it left',
    check: async ({ store }) => {
      const earlier = (one: string): object => ({ id: one, at: 5, by: 'x', stood: true });
      const by = (id: string): Sketch => ({ id, edits: { main: { id, at: 5, by: 'x' }, others: [] } });
      for (const id of ['1', '2', '3', '4']) await commit(store, write('a', by(id)), write('b', by(id)));
      await commit(store, write('c', by('5')), write('c', { ...by('6'), state: 'left' }), write('c', by('7')));
      expect(await store.collectGarbage(8, new Set([4]))).toBe(5);
      const kept = async (one: string): Promise<readonly unknown[]> =>
        (await store.history(gid(one))).map(({ edits }) => [edits.main.id, edits.earlier]);
      expect(await kept('a')).toEqual([['4', [earlier('3'), earlier('2'), earlier('1')]]]);
      expect(await kept('b')).toEqual([
        ['4', [earlier('3')]],
        ['2', [earlier('1')]],
      ]);
      expect(await store.collectGarbage(11, new Set([4]))).toBe(2);
      expect(await kept('c')).toEqual([['7', undefined]]);
      expect((await store.revision(8))?.edits.earlier).toHaveLength(1);
    },
  },
  {
    says: 'keeps, when it collects, that an object left a collection',
    check: async ({ store }) => {
      const collection = await store.openCollection(topGid);
      await commit(store, write('a', {}, { [collection]: true }), write('a', { id: 'x' }, { [collection]: false }));
      await commit(store, write('a', { id: 'y' }), write('a', { id: 'z' }));
      expect(await store.collectGarbage(9, new Set())).toBe(2);
      const found = await store.changesAt(collection, [gid('a')], 9);
      expect(found.get(gid('a'))).toMatchObject({ isMember: false, revision: { seq: 2 } });
    },
  },
  {
    says: 'keeps the peer’s document beside the one that was written of it, and says whether there is any',
    check: async ({ store }) => {
      const collection = await store.openCollection(topGid);
      const origin = { peer: 1, epoch: 'e', number: 7, isExact: true };
      await commit(store, write('a', { origin }, { [collection]: true }));
      expect(await store.hasShadows()).toBe(false);
      const shadow = '<object><more></more></object>';
      await commit(store, write('a', { origin, shadow }, { [collection]: true }));
      expect(await store.hasShadows()).toBe(true);
      const [newest, older] = await store.history(gid('a'));
      expect(newest).toMatchObject({ shadow, version: { document: older?.version.document } });
      expect(older?.shadow).toBeUndefined();
      expect((await store.lastFrom(1, gid('a')))?.shadow).toBe(shadow);
      expect((await store.changesAt(collection, [gid('a')], 9)).get(gid('a'))?.revision.shadow).toBe(shadow);
    },
  },
  {
    says: 'keeps up to where the maker of an edit from below had the log',
    check: async ({ store }) => {
      const origin = { peer: 1, epoch: 'e', number: 7, isExact: false };
      await commit(store, write('a', { origin, seen: 3 }), write('a', { origin, seen: 0 }), write('a', { origin }));
      expect((await store.history(gid('a'))).map(({ seen }) => seen)).toEqual([undefined, 0, 3]);
    },
  },
  {
    says: 'keeps, when it collects, the newest version of a peer that has a shadow',
    check: async ({ store }) => {
      const origin = { peer: 1, epoch: 'e', number: 7, isExact: true };
      const lossy = { origin, shadow: '<object><more></more></object>' };
      await commit(store, write('a', lossy), write('a', lossy), write('a', { id: 'x' }), write('a', { id: 'y' }));
      await commit(store, write('b', lossy), write('b', { origin }), write('b', { id: 'z' }));
      expect(await store.collectGarbage(9, new Set())).toBe(4);
      expect((await store.history(gid('a'))).map(({ seq }) => seq)).toEqual([4, 2]);
      expect((await store.history(gid('b'))).map(({ seq }) => seq)).toEqual([7]);
    },
  },
];
