import type { Gid } from '../../objects/gid.ts';
import type { Revision } from '../../objects/revision.ts';
import { historyLimit, presentVersion } from '../../objects/revision.ts';
import type { Version } from '../../objects/version.ts';
import { digestOfDeletion, digestOfVersion } from '../../objects/version.ts';
import type { SiteStore } from '../../ports/site-store.ts';
import type { Base } from '../../synchronization/change.ts';
import type { Exception, Held, ReceivedChange } from '../../synchronization/exception.ts';
import { toCollection } from '../../synchronization/relative.ts';
import type { Subscriber } from '../../synchronization/subscriber.ts';
import { resolveHeld } from '../exchange/held-by-peer.ts';
import type { Reception } from './reception.ts';
import { storedVersion } from './stored-change.ts';

/** What the publisher has at hand of one object, to find out what a subscriber's change of it starts from. */
export interface Evidence {
  readonly gid: Gid;
  readonly store: SiteStore;
  readonly root: Gid;
  readonly subscriber: Subscriber;
  /** The newest one. */
  readonly revision: Revision | undefined;
  /** It is the only one in the log. */
  readonly isOnly: boolean;
  readonly exception: Exception | undefined;
  /** How what comes is stored here. */
  readonly storing: Pick<Reception, 'write' | 'keys' | 'context'>;
}

/** The version that a change names as its base. Not known: it is in no log here. */
export interface BaseFound {
  readonly version: Version | undefined;
  readonly isKnown: boolean;
  /** The sequence number of the deletion that the sender knew when it put the object again; `version` is the last content before. */
  readonly deletedAt?: number;
}

/** The base of a change, when there is one that is known here. */
export function knownBase({ version, isKnown }: BaseFound): Version | undefined {
  return isKnown ? version : undefined;
}

/** Looks for a base in what is there now, in what the subscriber is known to hold, then in the object's history. */
export async function findBase(evidence: Evidence, base: Base | undefined): Promise<BaseFound> {
  if (base === undefined) return { version: undefined, isKnown: true };
  const { gid, store, root, revision, exception } = evidence;
  const matches = (version: Version | undefined): boolean =>
    version !== undefined && digestOfVersion(version) === base.digest;
  const relative = (one: Revision | undefined): Version | undefined => {
    const version = presentVersion(one);
    return version && toCollection(version, root);
  };
  if (base.digest === digestOfDeletion(gid)) return afterDeletion(evidence, base.position);
  const current = relative(revision);
  if (matches(current)) return { version: current, isKnown: true };
  const held = exception && (await resolveHeld({ store, root }, exception.holds)).version;
  if (matches(held)) return { version: held, isKnown: true };
  for (const older of await store.history(gid, { limit: historyLimit })) {
    // What is deleted keeps its last content, which may be all that garbage collection has left.
    const version = toCollection(older.version, root);
    if (matches(version)) return { version, isKnown: true };
  }
  return { version: undefined, isKnown: false };
}

async function afterDeletion({ gid, store, root }: Evidence, position: number): Promise<BaseFound> {
  const deletion = await store.revisionAt(gid, position);
  if (deletion?.state !== 'deleted') return { version: undefined, isKnown: false };
  return { version: toCollection(deletion.version, root), isKnown: true, deletedAt: deletion.seq };
}

/**
 * What the subscriber held when its last change came; when that was a deletion, the object is put again. Where this site's conduit could not store all of it, what was stored: the rest is nobody's edit
 * (ADR 0020).
 */
export async function pendingBase(
  evidence: Evidence,
  { holds, outcome }: ReceivedBefore,
  named: BaseFound,
): Promise<BaseFound> {
  const { gid, store, root, storing } = evidence;
  const { version, revision } = await resolveHeld(evidence, holds);
  if (version !== undefined && holds.kind === 'version' && storing.write !== undefined) {
    const then = presentVersion(await store.revisionAt(gid, outcome));
    return { version: storedVersion(version, then && toCollection(then, root), storing), isKnown: true };
  }
  if (version !== undefined) return { version, isKnown: true };
  if (revision === undefined) return named;
  return { version: toCollection(revision.version, evidence.root), isKnown: true, deletedAt: revision.seq };
}

/** The last change of an object that came from a subscriber, and what the subscriber held then. */
export interface ReceivedBefore extends ReceivedChange {
  readonly holds: Held;
}

/** From what is remembered of the object, else from the log, where a version stands that is exactly the subscriber's. */
export async function receivedBefore(evidence: Evidence): Promise<ReceivedBefore | undefined> {
  const { gid, store, subscriber, revision, isOnly, exception } = evidence;
  if ((exception?.reason === 'received' || exception?.reason === 'not-taken') && exception.received !== undefined) {
    return { ...exception.received, holds: exception.holds };
  }
  if (revision === undefined) return undefined;
  const isTheirs = revision.origin?.peer === subscriber.peer && revision.origin.isExact;
  if (isOnly && !isTheirs) return undefined;
  const last = isTheirs ? revision : await store.lastFrom(subscriber.peer, gid);
  if (last?.origin === undefined) return undefined;
  const holds: Held = { kind: 'revision', seq: last.seq };
  return { epoch: last.origin.epoch, number: last.origin.number, outcome: last.seq, holds };
}
