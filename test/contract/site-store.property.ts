import fc from 'fast-check';
import { expect, it } from 'vitest';
import { type Gid, topGid } from '../../src/objects/gid.ts';
import type { SiteStore, Write } from '../../src/ports/site-store.ts';
import { commit, draft, gid } from './site-data.ts';
import { SiteModel } from './site-model.ts';
import type { StoreFixture } from './store-rule.ts';

const peer = 3;
const names = ['a', 'b', 'c', 'd'] as const;
const gids: readonly Gid[] = names.map(gid);
const parents: readonly Gid[] = [topGid, ...gids];

interface Step {
  readonly of: (typeof names)[number];
  readonly parent: string;
  readonly id: string;
  readonly document: string;
  readonly state: 'present' | 'deleted' | 'left';
  readonly origin: 'own' | 'exact' | 'inexact';
  /** Whether the revision stands in the collections, by bits: in the first, a member of it, in the second, a member of it. */
  readonly membership: number;
}

type Action =
  | { readonly does: 'write'; readonly steps: readonly Step[] }
  | { readonly does: 'open'; readonly root: Gid }
  | { readonly does: 'collect'; readonly oldest: number; readonly keep: readonly number[] };

const step: fc.Arbitrary<Step> = fc.record({
  of: fc.constantFrom(...names),
  parent: fc.constantFrom<string>(...parents),
  id: fc.constantFrom('x', 'y', 'É'),
  document: fc.constantFrom('<one/>', '<two/>'),
  state: fc.constantFrom('present', 'present', 'present', 'deleted', 'left'),
  origin: fc.constantFrom('own', 'exact', 'inexact'),
  membership: fc.nat(15),
});

const action: fc.Arbitrary<Action> = fc.oneof(
  {
    weight: 6,
    arbitrary: fc.record({ does: fc.constant('write'), steps: fc.array(step, { minLength: 1, maxLength: 5 }) }),
  },
  { weight: 2, arbitrary: fc.record({ does: fc.constant('open'), root: fc.constantFrom(...parents) }) },
  {
    weight: 1,
    arbitrary: fc.record({
      does: fc.constant('collect'),
      oldest: fc.nat(12),
      keep: fc.array(fc.nat(12), { maxLength: 2 }),
    }),
  },
);

function writeOf(one: Step, collections: readonly number[], model: SiteModel): Write {
  const { of, parent, id, document, state, origin, membership } = one;
  const sketch = { parent, id, document, origin: { peer, epoch: 'e', number: 1, isExact: origin === 'exact' } };
  const own = origin === 'own' ? { ...sketch, origin: undefined } : sketch;
  const last = model.current(gid(of))?.version;
  const made = draft(of, { ...own, state });
  return {
    // What is gone is told with the last version that was there.
    draft: state === 'present' || last === undefined ? made : { ...made, version: last },
    collections: collections
      .slice(0, 2)
      .filter((_, at) => (membership >> (2 * at)) & 1)
      .map((collection, at) => ({
        collection,
        isMember: state === 'present' && ((membership >> (2 * at + 1)) & 1) === 1,
      })),
  };
}

async function perform(one: Action, store: SiteStore, model: SiteModel): Promise<void> {
  switch (one.does) {
    case 'write': {
      const known = (await store.collections()).map(({ number }) => number);
      // One object may be written several times in one batch.
      const writes = one.steps.map((each) => writeOf(each, known, model));
      await commit(store, ...writes);
      model.write(writes);
      return;
    }
    case 'open': {
      const isNew = !(await store.collections()).some(({ root }) => root === one.root);
      const number = await store.openCollection(one.root);
      if (isNew) model.open(number, one.root);
      return;
    }
    case 'collect': {
      const keep = new Set(one.keep);
      expect(await store.collectGarbage(one.oldest, keep)).toBe(model.collectGarbage(one.oldest, keep));
      return;
    }
    default:
      one satisfies never;
  }
}

const seqOf = (one: { readonly seq: number } | undefined): number | undefined => one?.seq;
const seqsOf = (many: readonly { readonly seq: number }[]): readonly number[] => many.map(({ seq }) => seq);

async function compareTree(store: SiteStore, model: SiteModel): Promise<void> {
  const current = await store.current(gids);
  for (const one of gids) {
    expect(seqOf(current.get(one))).toBe(seqOf(model.current(one)));
    const history = await store.history(one);
    expect(history.map(({ seq, state, version }) => ({ seq, state, version }))).toEqual(
      model.history(one).map(({ seq, state, version }) => ({ seq, state, version })),
    );
    for (let seq = 0; seq <= model.head; seq += 3) {
      expect(seqOf(await store.revisionAt(one, seq))).toBe(seqOf(model.at(one, seq)));
    }
  }
  for (const parent of parents) {
    expect(await store.children(parent)).toEqual(model.children(parent).map(({ version }) => version));
    expect(await store.countChildren(parent)).toBe(model.children(parent).length);
    expect(seqsOf(await store.deletedBelow(parent, 99))).toEqual(seqsOf(model.deletedBelow(parent)));
  }
}

async function compareCollections(store: SiteStore, model: SiteModel): Promise<void> {
  for (const { number: collection } of await store.collections()) {
    for (const [after, upTo] of [
      [0, model.head],
      [2, model.head - 1],
      [model.head >> 1, model.head],
    ] as const) {
      const expected = model.changes(collection, after, upTo);
      const range = { collection, after, upTo };
      const found = await store.changes(range, 'all', 99);
      expect(found.map(({ revision, isMember, precededBy }) => [revision.seq, isMember, precededBy])).toEqual(
        expected.map(({ seq, gid, isMember }) => [seq, isMember, seqOf(model.at(gid, seq - 1))]),
      );
      expect(await store.countChanges(range, 'present')).toBe(expected.filter(({ isMember }) => isMember).length);
      expect(await store.countChanges(range, 'gone')).toBe(expected.filter(({ isMember }) => !isMember).length);
      const foreign = expected.find(({ seq }) => model.originOf(seq)?.isExact !== true);
      expect(await store.firstChangeNotFrom(peer, range)).toBe(seqOf(foreign));
      const held = await store.changesAt(collection, gids, upTo);
      for (const one of gids) {
        const seq = seqOf(model.changeAt(collection, one, upTo));
        expect(seqOf(held.get(one)?.revision)).toBe(seq);
        expect(held.get(one)?.precededBy).toBe(seq === undefined ? undefined : seqOf(model.at(one, seq - 1)));
      }
    }
  }
}

/** Whatever is written in whatever order, the store answers as two lists would that are searched from end to end. */
export function siteStoreProperty(name: string, open: () => Promise<StoreFixture>, numRuns = 200): void {
  it(
    `${name} answers all reads as a naive model does, after any sequence of batches`,
    { timeout: 120_000 },
    async () => {
      const property = fc.asyncProperty(fc.array(action, { minLength: 1, maxLength: 12 }), async (actions) => {
        const fixture = await open();
        try {
          const model = new SiteModel();
          for (const one of actions) await perform(one, fixture.store, model);
          expect((await fixture.store.head()).seq).toBe(model.head);
          await compareTree(fixture.store, model);
          await compareCollections(fixture.store, model);
        } finally {
          await fixture.close();
        }
      });
      await fc.assert(property, { numRuns });
    },
  );
}
