import type { Gid } from '../../objects/gid.ts';
import { topGid } from '../../objects/gid.ts';
import { fromCollection } from '../../synchronization/relative.ts';
import type { TreeWrites } from '../objects/tree-writes.ts';
import { isKeptBack } from './local-versions.ts';
import type { Room } from './make-room.ts';
import { agreedHere } from './make-room.ts';

/**
 * Where the publisher has moved something below what was moved below that here, and this site's moves stay here for good, the nearest of those gives way: what is below itself is nowhere.
 * Moves that are sent the publisher decides on (engine.md §8).
 */
export async function breakRings(placed: readonly Gid[], room: Room): Promise<void> {
  if (!isKeptBack(room, 'update')) return;
  for (const gid of placed)
    for (const above of await ringOf(gid, room.writes.tree)) if (await hasGivenWay(above, room)) break;
}

/** What an object stands below, where that is itself; the nearest first. */
async function ringOf(gid: Gid, tree: TreeWrites): Promise<readonly Gid[]> {
  const ring: Gid[] = [];
  let at: Gid | undefined = (await tree.current(gid))?.version.parent;
  while (at !== undefined && at !== topGid && at !== gid && !ring.includes(at)) {
    ring.push(at);
    at = (await tree.current(at))?.version.parent;
  }
  return at === gid ? ring : [];
}

/** Puts an object back to where the publisher has it, if it was moved here. */
async function hasGivenWay(gid: Gid, room: Room): Promise<boolean> {
  const { writes, subscription } = room;
  const version = (await writes.tree.current(gid))?.version;
  const agreed = await agreedHere(gid, room);
  const parent = agreed && fromCollection(agreed, subscription.root).parent;
  if (version === undefined || parent === undefined || parent === version.parent) return false;
  const edits = { main: writes.ownEdit(), others: [] };
  await writes.add({ state: 'present', version: { ...version, parent }, edits, origin: undefined });
  return true;
}
