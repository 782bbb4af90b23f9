import type { Gid } from '../../objects/gid.ts';
import type { Version } from '../../objects/version.ts';
import type { SiteStore } from '../../ports/site-store.ts';
import { fromCollection } from '../../synchronization/relative.ts';
import type { SubscriberSession, Subscription } from '../../synchronization/subscription.ts';
import { freeId, holdersOf, nameKey } from '../publisher/placement.ts';
import type { ReceivedWrites } from '../exchange/received-writes.ts';
import type { LocalVersions } from './local-versions.ts';

/** Where room is made: one batch of one site. */
export interface Room {
  readonly store: SiteStore;
  readonly writes: ReceivedWrites;
  readonly local: LocalVersions;
  readonly subscription: Subscription;
  readonly session: SubscriberSession;
}

/**
 * The publisher's object keeps its id: what stands there under the same one since this site read its log for the package takes another, as it would at the
 * publisher. Until then the publisher has not heard of it, so that nobody else gives it a name. What was sent already gets its name from there.
 */
export async function makeRoom(placed: readonly Gid[], room: Room): Promise<void> {
  const { tree } = room.writes;
  const holders = await holdersOf(placed, { reader: room.store, tree });
  for (const gid of placed) {
    const version = (await tree.current(gid))?.version;
    if (version === undefined) continue;
    for (const other of holders.get(nameKey(version.parent, version.id)) ?? [])
      if (other !== gid) await giveWay(other, version, room);
  }
}

/** Gives an own object another name, when it stands where an object of the publisher does now. */
async function giveWay(gid: Gid, to: Version, room: Room): Promise<void> {
  const { store, writes } = room;
  const draft = await writes.tree.current(gid);
  const isThere = draft?.state === 'present' && draft.version.parent === to.parent && draft.version.id === to.id;
  if (!isThere || !(await isPlacedHere(draft.version, room))) return;
  const id = await freeId(draft.version, { reader: store, tree: writes.tree, names: writes.names });
  await writes.add({
    state: 'present',
    version: { ...draft.version, id },
    edits: { main: writes.ownEdit(), others: [] },
    origin: undefined,
  });
}

/** Whether its place is this site's own edit, and the publisher was not told of it. */
async function isPlacedHere({ gid, parent, id }: Version, room: Room): Promise<boolean> {
  if (!(await room.store.current([gid])).has(gid)) return false;
  const agreed = await agreedHere(gid, room);
  return agreed === undefined || fromCollection(agreed, room.subscription.root).parent !== parent || agreed.id !== id;
}

/** The version that the publisher is known to have had of an object that was here before this batch. */
export async function agreedHere(gid: Gid, room: Room): Promise<Version | undefined> {
  const { store, local, subscription, session } = room;
  const revision = (await store.current([gid])).get(gid);
  if (revision === undefined) return undefined;
  const atReading = (await store.changesAt(subscription.collection, [gid], session.readAt.seq)).get(gid);
  const exception = (await store.exceptions(subscription.peer, { gids: [gid] })).get(gid);
  return (await local.agreed(gid, { revision, atReading, exception })).version;
}
