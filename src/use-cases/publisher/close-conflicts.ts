import type { Gid } from '../../objects/gid.ts';
import type { PeerNumber } from '../../objects/revision.ts';
import type { PeerReader } from '../../ports/peer-reader.ts';
import type { Conflict } from '../../synchronization/conflict.ts';
import { isSettledByEquality } from '../../synchronization/receive-change.ts';
import { toCollection } from '../../synchronization/relative.ts';
import type { TreeWrites } from '../objects/tree-writes.ts';
import { contestedObjects } from '../exchange/contested-objects.ts';

/** The open conflicts of a subscriber among those that its change names. */
export async function conflictsToClose(
  store: PeerReader,
  peer: PeerNumber,
  ids: readonly string[],
): Promise<readonly Conflict[]> {
  const found: Conflict[] = [];
  for (const id of ids) {
    const conflict = await store.conflict(id);
    const isTheirs = conflict?.role === 'publisher' && conflict.peer === peer;
    if (conflict !== undefined && isTheirs && conflict.state === 'open') found.push(conflict);
  }
  return found;
}

/** Where conflicts are looked for, after what a batch has done. */
export interface ConflictPlace {
  readonly store: PeerReader;
  readonly root: Gid;
  readonly peer: PeerNumber;
  readonly tree: TreeWrites;
}

/** Conflicts of these objects whose two values have become equal, settled: there is nothing left to ask (engine.md §5). */
export async function conflictsOfEqualValues(
  { store, root, peer, tree }: ConflictPlace,
  gids: readonly Gid[],
): Promise<readonly Conflict[]> {
  const settled: Conflict[] = [];
  if ((await store.countConflicts({ peer, state: 'open' })) === 0) return settled;
  const contested = await contestedObjects(store, gids.length);
  for (const gid of gids) {
    if (contested?.has(gid) === false) continue;
    const draft = await tree.current(gid);
    const present = draft?.state === 'present' ? toCollection(draft.version, root) : undefined;
    for (const conflict of await store.conflicts({ gid, state: 'open', role: 'publisher' })) {
      if (isSettledByEquality(conflict, present))
        settled.push({ ...conflict, state: 'settled', settledBy: 'equal-values' });
    }
  }
  return settled;
}
