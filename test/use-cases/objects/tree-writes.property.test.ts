import fc from 'fast-check';
import { describe, expect, it } from 'vitest';
import type { Gid } from '../../../src/objects/gid.ts';
import { parseGid, topGid } from '../../../src/objects/gid.ts';
import { newVersion } from '../../../src/objects/version.ts';
import { TreeWrites } from '../../../src/use-cases/objects/tree-writes.ts';
import type { MemorySite } from '../../support/memory-site.ts';
import { openMemorySite } from '../../support/memory-site.ts';

const names = ['a', 'b', 'c', 'd', 'e', 'f', 'g'] as const;
const roots = ['', 'a', 'b', 'd'] as const;

interface Step {
  readonly name: string;
  readonly parent: string;
  readonly state: 'present' | 'deleted' | 'left';
}

/** Any object below any other at any time: rings, parents that come late or never, deletions and returns. */
const step: fc.Arbitrary<Step> = fc.record({
  name: fc.constantFrom(...names),
  parent: fc.constantFrom('', ...names),
  state: fc.constantFrom('present', 'present', 'present', 'deleted', 'left'),
});

function gid(name: string): Gid {
  return parseGid(name) ?? topGid;
}

/** The tree as the steps leave it: who stands below whom, gone ones too, and who is there. */
class Model {
  readonly parents = new Map<string, string>();
  readonly present = new Set<string>();

  take({ name, parent, state }: Step): void {
    this.parents.set(name, parent);
    if (state === 'present') this.present.add(name);
    else this.present.delete(name);
  }

  /** Whether `root` is above; undefined when the chain ends in nothing or in a ring. */
  isBelow(name: string, root: string): boolean | undefined {
    const seen = new Set<string>();
    for (let at = this.parents.get(name); ; at = this.parents.get(at)) {
      if (at === root) return true;
      if (at === '') return false;
      if (at === undefined || seen.has(at)) return undefined;
      seen.add(at);
    }
  }
}

async function write(site: MemorySite, model: Model, steps: readonly Step[]): Promise<void> {
  await site.store.update(async () => {
    const tree = new TreeWrites(site.store);
    for (const { name, parent, state } of steps) {
      const before = await tree.current(gid(name));
      const placed = before !== undefined && state !== 'present' ? before.version.parent : gid(parent);
      const version = newVersion({
        gid: gid(name),
        parent: placed,
        id: name,
        type: 'object',
        document: '<object></object>',
      });
      const main = { id: '', at: 0, by: '' };
      await tree.add(
        { state, version, edits: { main, others: [] }, receivedAt: 0, origin: undefined },
        { assumed: [] },
      );
      model.take({ name, parent: placed, state });
    }
    return { batch: { writes: tree.writes }, result: undefined };
  });
}

describe('after any batches', () => {
  it('an object that has its place is a member of just the collections above it, if it is there', async () => {
    await fc.assert(
      fc.asyncProperty(fc.array(fc.array(step, { minLength: 1, maxLength: 6 }), { maxLength: 6 }), async (batches) => {
        const site = openMemorySite();
        const model = new Model();
        const collections = new Map<string, number>();
        for (const root of roots) collections.set(root, await site.store.openCollection(gid(root)));
        for (const steps of batches) await write(site, model, steps);
        const { seq } = await site.store.head();
        for (const [root, collection] of collections) {
          const rows = await site.store.changesAt(collection, names.map(gid), seq);
          for (const name of model.parents.keys()) {
            const isBelow = model.isBelow(name, root);
            if (isBelow === undefined) continue;
            const isMember = rows.get(gid(name))?.isMember ?? false;
            expect({ name, root, isMember }).toEqual({ name, root, isMember: isBelow && model.present.has(name) });
          }
        }
      }),
    );
  });
});
