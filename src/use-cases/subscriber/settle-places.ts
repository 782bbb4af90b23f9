import type { Gid } from '../../objects/gid.ts';
import { topGid } from '../../objects/gid.ts';
import type { Version } from '../../objects/version.ts';
import { fromCollection } from '../../synchronization/relative.ts';
import { ringOf } from '../publisher/placement.ts';
import { isKeptBack } from './local-versions.ts';
import type { Room } from './make-room.ts';
import { agreedHere, makeRoom } from './make-room.ts';

/** Settles where the publisher's objects stand that came to stand somewhere in this batch: they are to be found from the top, and keep their ids. */
export async function settlePlaces(placed: readonly Gid[], room: Room): Promise<void> {
  const back = await makeReachable(placed, room);
  await makeRoom([...placed, ...back], room);
}

/**
 * Where this site's edits stay here for good, they give way to what the publisher has put somewhere: what is below itself, or below what was deleted here, is nowhere. Where the publisher has moved
 * something below what was moved below that here, the nearest of those moves is undone; where it has put something below what was deleted here, that is here again. What is sent the publisher
 * decides on (engine.md §8). Returns what came back, which stands somewhere now.
 */
async function makeReachable(placed: readonly Gid[], room: Room): Promise<readonly Gid[]> {
  const { tree } = room.writes;
  const back: Gid[] = [];
  if (isKeptBack(room, 'delete')) for (const gid of placed) back.push(...(await bringBackAbove(gid, room)));
  if (!isKeptBack(room, 'update')) return back;
  for (const gid of [...placed, ...back]) {
    const version = (await tree.current(gid))?.version;
    const ring = version && (await ringOf(version, tree));
    for (const above of ring ?? []) if (await hasGivenWay(above, room)) break;
  }
  return back;
}

/** Brings back what was deleted here of all that an object stands below. */
async function bringBackAbove(gid: Gid, room: Room): Promise<readonly Gid[]> {
  const { tree } = room.writes;
  const back: Gid[] = [];
  const seen = new Set<Gid>();
  for (let at = (await tree.current(gid))?.version.parent; at !== undefined && at !== topGid && !seen.has(at);) {
    seen.add(at);
    const above = await tree.current(at);
    const version = above?.state === 'deleted' ? await publishersHere(at, room) : above?.version;
    if (above?.state === 'deleted' && version !== undefined) {
      await write(version, room);
      back.push(at);
    }
    at = version?.parent;
  }
  return back;
}

/** Puts an object back to where the publisher has it, if it was moved here. */
async function hasGivenWay(gid: Gid, room: Room): Promise<boolean> {
  const version = (await room.writes.tree.current(gid))?.version;
  const parent = (await publishersHere(gid, room))?.parent;
  if (version === undefined || parent === undefined || parent === version.parent) return false;
  await write({ ...version, parent }, room);
  return true;
}

/** The publisher's version, as it stands in this site. */
async function publishersHere(gid: Gid, room: Room): Promise<Version | undefined> {
  const agreed = await agreedHere(gid, room);
  return agreed && fromCollection(agreed, room.subscription.root);
}

async function write(version: Version, { writes }: Room): Promise<void> {
  await writes.add({ state: 'present', version, edits: { main: writes.ownEdit(), others: [] }, origin: undefined });
}
