import { InvariantError } from '../../errors/concord-error.ts';
import type { Gid } from '../../objects/gid.ts';
import type { Revision } from '../../objects/revision.ts';
import { historyLimit } from '../../objects/revision.ts';
import type { Version } from '../../objects/version.ts';
import { digestOfDeletion, digestOfVersion, isSameVersion } from '../../objects/version.ts';
import type { Change as StoredChange } from '../../ports/object-reader.ts';
import type { Base, Difference } from '../../synchronization/change.ts';
import type { Exception, Held } from '../../synchronization/exception.ts';
import { toCollection } from '../../synchronization/relative.ts';
import type { Outlook } from './outlook.ts';

/** How objects stood at the last checkpoint, and so at the peer; none where there is no checkpoint. */
export async function heldBefore(outlook: Outlook, gids: readonly Gid[]): Promise<ReadonlyMap<Gid, StoredChange>> {
  if (outlook.heldAt === 0 || gids.length === 0) return new Map();
  return outlook.store.changesAt(outlook.collection, gids, outlook.heldAt);
}

/** Whether a revision that came from the peer is still what the peer has. */
export function isHeldByPeer(outlook: Outlook, { origin, seq }: Revision): boolean {
  const { peer, peersEpoch, survived, receivedAfter = 0 } = outlook;
  if (origin?.peer !== peer || !origin.isExact || seq <= receivedAfter) return false;
  return origin.epoch === peersEpoch || survived?.(origin) === true;
}

/** What is remembered of an object at the peer, and how it stood when both last agreed. */
export interface Knowledge {
  readonly exception: Exception | undefined;
  readonly before: StoredChange | undefined;
  /** As of which position that is; left out: as of the last checkpoint. */
  readonly beforeAt?: number;
  readonly isInFlight: boolean;
}

/** The version with which an object stands in what is published, as that was at a position; undefined when it does not. */
export async function memberVersion(
  outlook: Pick<Outlook, 'root' | 'isMember' | 'leftOutAbove'>,
  { isMember, revision: { state, version } }: StoredChange,
  at: number,
): Promise<Version | undefined> {
  if (!isMember || state !== 'present' || !(await isPublished(outlook, version, at))) return undefined;
  return toCollection(version, outlook.root);
}

/** Whether the query leaves out neither the object nor anything above it (ADR 0025). */
export async function isPublished(
  { isMember, leftOutAbove }: Pick<Outlook, 'isMember' | 'leftOutAbove'>,
  version: Version,
  at: number,
): Promise<boolean> {
  return isMember(version) && (await leftOutAbove?.of(version, at)) !== true;
}

/** A version that the peer holds, where it stands in the own log, and how that is remembered. */
export interface PeersVersion {
  readonly version: Version | undefined;
  readonly revision: Revision | undefined;
  readonly holds: Held;
}

const heldNothing: PeersVersion = { version: undefined, revision: undefined, holds: { kind: 'nothing' } };

/** The version that the peer holds: what is remembered of it, what it sent since, or what both agreed on. */
export async function heldByPeer(
  outlook: Outlook,
  change: StoredChange,
  { exception, before, beforeAt = outlook.heldAt }: Knowledge,
): Promise<PeersVersion> {
  if (exception !== undefined) return resolveHeld(outlook, exception.holds);
  if (outlook.hasReceived) {
    const received = await outlook.store.lastFrom(outlook.peer, change.gid, outlook.heldAt);
    if (received !== undefined && isHeldByPeer(outlook, received)) return ofRevision(outlook, received);
  }
  const isKnown =
    before !== undefined &&
    (before.revision.state === 'deleted' ||
      (await memberVersion(outlook, before, beforeAt)) !== undefined ||
      hasLeftBy(outlook, before));
  return isKnown ? ofRevision(outlook, before.revision) : heldNothing;
}

/** What the peer last had of an object that is deleted here, as far as this is known; it may only have been sent. */
export async function heldOtherwise(
  outlook: Outlook,
  change: StoredChange,
  exception: Exception | undefined,
): Promise<PeersVersion> {
  const { store, peer, collection, heldAt, inFlightUpTo } = outlook;
  const { gid } = change;
  // In a comparison that broke off it was found to be the same as the peer's.
  if (exception?.reason === 'received' && exception.holds.kind !== 'nothing')
    return resolveHeld(outlook, exception.holds);
  if (outlook.hasForgotten === true) {
    const [last] = await store.history(gid, { before: change.revision.seq, limit: 1 });
    return last?.state === 'present' ? ofRevision(outlook, last) : heldNothing;
  }
  const last = await store.lastFrom(peer, gid);
  if (last !== undefined && last.seq > heldAt) return ofRevision(outlook, last);
  const before = (await heldBefore(outlook, [gid])).get(gid);
  const sent = before ?? (await store.changesAt(collection, [gid], inFlightUpTo)).get(gid);
  // Its deletion may have been sent in vain as well.
  const [earlier] =
    sent?.revision.state === 'deleted' ? await store.history(gid, { before: sent.revision.seq, limit: 1 }) : [];
  if (before === undefined && earlier?.state === 'present') return ofRevision(outlook, earlier);
  const beforeAt = before === undefined ? inFlightUpTo : heldAt;
  return heldByPeer(outlook, change, { exception: undefined, before: sent, beforeAt, isInFlight: false });
}

/**
 * The version that came from the peer last, before the object left: that is in its log, as what it had made of a change that was sent since need not be
 * (engine.md §7). `known` where none did.
 */
export async function heldByPeersLog(
  outlook: Outlook,
  { gid, revision }: StoredChange,
  known: PeersVersion,
): Promise<PeersVersion> {
  const history = await outlook.store.history(gid, { before: revision.seq, limit: historyLimit });
  const given = history.find(({ state, origin }) => state === 'present' && origin?.peer === outlook.peer);
  return given === undefined ? known : ofRevision(outlook, given);
}

/** What left is no longer here, but the publisher that said so still has it: an edit that a leaf makes later starts from there (engine.md §7). */
function hasLeftBy({ peer }: Outlook, { revision }: StoredChange): boolean {
  return revision.state === 'left' && revision.origin?.peer === peer;
}

/** The version of a revision as the peer has it; `older` is what is at hand of the history just before it. */
export async function sharedVersion(
  { root, shared }: Pick<Outlook, 'root' | 'shared'>,
  revision: Revision,
  older?: readonly Revision[],
): Promise<Version> {
  return shared === undefined ? toCollection(revision.version, root) : shared.of(revision, older);
}

async function ofRevision(outlook: Pick<Outlook, 'root' | 'shared'>, revision: Revision): Promise<PeersVersion> {
  const version = revision.state === 'deleted' ? undefined : await sharedVersion(outlook, revision);
  return { version, revision, holds: { kind: 'revision', seq: revision.seq } };
}

/** What is put again after the peer has deleted it starts from the deletion: its last content is in the log of both. */
export function baseOf(
  outlook: Outlook,
  { version, revision }: PeersVersion,
  { gid, isOverdue, isDeletedThere = false, since }: Named,
): Base | undefined {
  const isPeers = revision?.origin?.peer === outlook.peer;
  const position =
    isOverdue && !isPeers ? 0 : outlook.basePosition(revision, isOverdue || version === undefined ? undefined : since);
  if (version !== undefined) return { digest: digestOfVersion(version), position };
  return revision?.state === 'deleted' || isDeletedThere ? { digest: digestOfDeletion(gid), position } : undefined;
}

/** Whether this version is what was decided on a deletion that came from the peer. */
export function answersDeletion(exception: Exception | undefined, { seq }: Revision): boolean {
  if (exception === undefined || !('received' in exception) || exception.received === undefined) return false;
  return exception.holds.kind === 'nothing' && exception.received.outcome >= seq;
}

/** `isOverdue`: there is something to remember of it, so that the last checkpoint says nothing of what was taken in of this object. */
interface Named {
  readonly gid: Gid;
  readonly isOverdue: boolean;
  /** The peer has deleted it, and is to hear that it stays. */
  readonly isDeletedThere?: boolean;
  /** Where the first edit that the peer does not have stands in the own log, as far as that is known. */
  readonly since?: number | undefined;
}

/** The version that an exception says a peer holds. @throws InvariantError when the log does not have it any more */
export async function resolveHeld(
  outlook: Pick<Outlook, 'store' | 'root' | 'shared'>,
  holds: Held,
): Promise<PeersVersion> {
  switch (holds.kind) {
    case 'nothing':
      return { version: undefined, revision: undefined, holds };
    case 'version':
      return { version: holds.version, revision: undefined, holds };
    case 'revision': {
      const revision = await outlook.store.revision(holds.seq);
      if (revision === undefined)
        throw new InvariantError('CON-I001', 'a version that a peer holds is no longer in the log', { seq: holds.seq });
      return ofRevision(outlook, revision);
    }
    default:
      return holds satisfies never;
  }
}

/** The version of an object that both sides last agreed on: what was kept back since is no part of it, and what was sent, nobody knows. */
export async function agreedOn(outlook: Outlook, gid: Gid): Promise<Pick<Difference, 'held' | 'base'>> {
  const { store, collection, heldAt, upTo } = outlook;
  const now = (await store.changesAt(collection, [gid], upTo)).get(gid);
  const before = heldAt === 0 ? undefined : (await store.changesAt(collection, [gid], heldAt)).get(gid);
  if (now === undefined) return { held: undefined, base: undefined };
  const known = (await store.exceptions(outlook.peer, { gids: [gid] })).get(gid);
  const isTelling = known?.reason === 'wanted' || known?.reason === 'received';
  const exception = isTelling && known.holds.kind !== 'nothing' ? known : undefined;
  const agreed = await heldByPeer(outlook, now, { exception, before, isInFlight: false });
  return { held: agreed.version, base: baseOf(outlook, agreed, { gid, isOverdue: false }) };
}

/** What the peer holds of one object, as it is known before the present exchange. */
export async function holdsNow(outlook: Outlook, gid: Gid): Promise<Held> {
  return (await heldNow(outlook, gid)).holds;
}

/** Whether the peer has an object, as far as that is known before the present exchange. */
export async function isHadNow(outlook: Outlook, gid: Gid): Promise<boolean> {
  return (await heldNow(outlook, gid)).version !== undefined;
}

async function heldNow(outlook: Outlook, gid: Gid): Promise<PeersVersion> {
  const { store, peer, collection, upTo } = outlook;
  const exception = (await store.exceptions(peer, { gids: [gid] })).get(gid);
  const before = (await heldBefore(outlook, [gid])).get(gid);
  const now = (await store.changesAt(collection, [gid], upTo)).get(gid);
  return now === undefined ? heldNothing : heldByPeer(outlook, now, { exception, before, isInFlight: false });
}

/** What the peer holds of an object whose present version it has refused: it counts as having that after a restore, where only the change came to it (engine.md §9). */
export async function holdsBesideRefused(outlook: Outlook, gid: Gid): Promise<Held> {
  const { store, collection, from, upTo } = outlook;
  const holds = await holdsNow(outlook, gid);
  const now = (await store.changesAt(collection, [gid], upTo)).get(gid);
  if (holds.kind !== 'revision' || holds.seq !== now?.revision.seq) return holds;
  const before = from === 0 ? undefined : (await store.changesAt(collection, [gid], from)).get(gid);
  const isOlder = before !== undefined && before.revision.seq < holds.seq;
  return isOlder ? { kind: 'revision', seq: before.revision.seq } : { kind: 'nothing' };
}

/** Whether the peer has what the collection had, so that what was remembered of it is needless. */
export async function hasCaughtUp(outlook: Outlook, gid: Gid, exception: Exception): Promise<boolean> {
  const now = (await outlook.store.changesAt(outlook.collection, [gid], outlook.upTo)).get(gid);
  const held = await resolveHeld(outlook, exception.holds);
  if (now === undefined || (await memberVersion(outlook, now, outlook.upTo)) === undefined)
    return held.version === undefined;
  return isSameVersion(held.version, await sharedVersion(outlook, now.revision));
}
