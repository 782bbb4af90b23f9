import type { Gid } from '../../objects/gid.ts';
import { topGid } from '../../objects/gid.ts';
import type { PeerReader } from '../../ports/peer-reader.ts';
import type { Conflict } from '../../synchronization/conflict.ts';
import { isSettledByEquality } from '../../synchronization/receive-change.ts';
import { toCollection } from '../../synchronization/relative.ts';
import type { TreeWrites } from './tree-writes.ts';

const fewConflicts = 100;

/**
 * The open conflicts of a site with its subscribers, on these objects, whose two values the batch has made equal, as settled: there is nothing left to ask
 * (engine.md §5). Costs one look into an index where no conflict is open.
 */
export async function conflictsOfEqualValues(
  store: PeerReader,
  tree: TreeWrites,
  gids: readonly Gid[],
): Promise<readonly Conflict[]> {
  const settled: Conflict[] = [];
  for (const conflict of await openConflicts(store, gids)) {
    const draft = await tree.current(conflict.gid);
    // Of what has left it is not known here what has become of it.
    if (draft?.state === 'left') continue;
    const root = conflict.field === 'parent' ? await rootOfSubscriber(store, conflict) : topGid;
    const present = draft?.state === 'present' ? toCollection(draft.version, root) : undefined;
    if (isSettledByEquality(conflict, present))
      settled.push({ ...conflict, state: 'settled', settledBy: 'equal-values' });
  }
  return settled;
}

/** Those of the objects: out of all of them where these are few, else object by object. */
async function openConflicts(store: PeerReader, gids: readonly Gid[]): Promise<readonly Conflict[]> {
  const filter = { state: 'open', role: 'publisher' } as const;
  if (gids.length === 0) return [];
  const limit = Math.max(gids.length, fewConflicts) + 1;
  const all = await store.conflicts({ ...filter, limit });
  const wanted = new Set(gids);
  if (all.length < limit) return all.filter(({ gid }) => wanted.has(gid));
  const found: Conflict[] = [];
  for (const gid of wanted) found.push(...(await store.conflicts({ ...filter, gid })));
  return found;
}

/** The root of the publication that the subscriber of a conflict takes. */
async function rootOfSubscriber(store: PeerReader, { peer }: Conflict): Promise<Gid> {
  for (const { id, root } of await store.publications()) {
    const subscribers = await store.subscribers(id);
    if (subscribers.some((one) => one.peer === peer)) return root;
  }
  return topGid;
}
