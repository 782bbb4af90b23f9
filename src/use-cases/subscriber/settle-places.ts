import type { Gid } from '../../objects/gid.ts';
import { topGid } from '../../objects/gid.ts';
import type { Version } from '../../objects/version.ts';
import { fromCollection } from '../../synchronization/relative.ts';
import { freeId, liveChildren, ringOf } from '../publisher/placement.ts';
import { isKeptBack } from './local-versions.ts';
import type { Room } from './make-room.ts';
import { agreedHere, makeRoom } from './make-room.ts';

/** Of what it is to be settled where it stands, after a batch of the publisher's changes. */
interface Unsettled {
  /** The publisher's objects that came to stand somewhere. */
  readonly placed: readonly Gid[];
  /** What is kept back here, and stands in what was deleted. */
  readonly left: readonly Gid[];
}

/** Settles where objects stand after a batch: all are to be found from the top, and the publisher's keep their ids. */
export async function settlePlaces({ placed, left }: Unsettled, room: Room): Promise<void> {
  const back = await makeReachable(placed, room);
  await makeRoom([...placed, ...back], room);
  for (const gid of left) await takeOverAbove(gid, room);
}

/** That something stands below an object, and something that is kept back here, if that does. */
interface Below {
  readonly kept: Gid | undefined;
}

/**
 * What stands below an object that the publisher deletes; undefined where nothing does. Where something is kept back here, the object comes back as this site's own (ADR 0019): what the publisher
 * itself has below it goes, too, or is moved.
 */
export async function standingBelow(gid: Gid, room: Room): Promise<Below | undefined> {
  const isReplaced = room.session.kind === 'refresh-from-publisher';
  const mayKeep = !isReplaced && (isKeptBack(room, 'create') || isKeptBack(room, 'update'));
  let below: Below | undefined;
  for await (const { version: child } of liveChildren({ reader: room.store, tree: room.writes.tree }, gid)) {
    if (mayKeep && (await isKeptHere(child, room))) return { kept: child.gid };
    below = { kept: undefined };
    if (!mayKeep) break;
  }
  return below;
}

/** Whether an object is this site's own, or was put there, or edited, and the publisher was not told. */
async function isKeptHere({ gid, parent }: Version, room: Room): Promise<boolean> {
  const exception = (await room.store.exceptions(room.subscription.peer, { gids: [gid] })).get(gid);
  return exception?.reason === 'withheld' || (await agreedHere(gid, room))?.parent !== parent;
}

/** Has all that an object stands below here again, as this site's own, under a name that is free. */
async function takeOverAbove(gid: Gid, room: Room): Promise<void> {
  const { tree, names } = room.writes;
  const ground = { reader: room.store, tree, names };
  for (let at = (await tree.current(gid))?.version.parent; at !== undefined && at !== topGid;) {
    const above = await tree.current(at);
    if (above === undefined || above.state === 'present') return;
    await write({ ...above.version, id: await freeId(above.version, ground) }, room);
    at = above.version.parent;
  }
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
