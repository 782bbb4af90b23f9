import type { Gid } from '../../objects/gid.ts';
import { topGid } from '../../objects/gid.ts';
import type { Change } from '../../synchronization/change.ts';
import type { TreeWrites } from '../objects/tree-writes.ts';

/** The changes with the removals last, the deepest first: what goes has children only as long as they have not gone before. */
export async function childrenFirst(tree: TreeWrites, changes: readonly Change[]): Promise<readonly Change[]> {
  const removals: { readonly change: Change; readonly depth: number }[] = [];
  for (const change of changes) {
    if (change.kind === 'delete' || change.kind === 'leave')
      removals.push({ change, depth: await depthOf(tree, change.gid) });
  }
  if (removals.length < 2) return changes;
  const others = changes.filter(({ kind }) => kind !== 'delete' && kind !== 'leave');
  return [...others, ...removals.toSorted((a, b) => b.depth - a.depth).map(({ change }) => change)];
}

async function depthOf(tree: TreeWrites, gid: Gid): Promise<number> {
  const above = new Set<Gid>();
  for (let at = gid; at !== topGid && !above.has(at);) {
    above.add(at);
    at = (await tree.current(at))?.version.parent ?? topGid;
  }
  return above.size;
}
