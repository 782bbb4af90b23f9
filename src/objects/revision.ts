import type { Edits } from './edit.ts';
import type { Version } from './version.ts';

/** So many of an object's newest revisions are looked at, where it is asked what was made on what. */
export const historyLimit = 200;

/** The number of a peer's row (a subscriber, or a subscription) within a site. */
export type PeerNumber = number;

/**
 * Where a revision came from, when not from this site: which peer, and the position that the change has in the peer's log (its epoch and number).
 * `isExact` says that the peer itself holds precisely this version, so that nothing need be sent back to it.
 */
export interface Origin {
  readonly peer: PeerNumber;
  readonly epoch: string;
  readonly number: number;
  readonly isExact: boolean;
}

/**
 * One write of one object in the log. `present`: `version` is what was written. `deleted`: the object is gone everywhere, `left`: it is gone only here,
 * because it left a collection that this site subscribes to; `version` is then the last that was present.
 */
export interface Revision {
  readonly seq: number;
  readonly epoch: string;
  readonly hash: string;
  readonly state: 'present' | 'deleted' | 'left';
  readonly version: Version;
  readonly edits: Edits;
  readonly receivedAt: number;
  readonly origin: Origin | undefined;
  /** The peer's document of which `version` has all that this site's conduit, or the peer's, can hold: the two are equivalent. Left out where they are equal. */
  readonly shadow?: string | undefined;
  /** Of what came from a site below: up to where of this log its maker had it, where something of the object has come from above after that. Left out otherwise (ADR 0038). */
  readonly seen?: number | undefined;
}

/** A revision that is about to be written; the log gives it sequence, epoch and hash. */
export type RevisionDraft = Omit<Revision, 'seq' | 'epoch' | 'hash'>;

/** The version, when the object is there after this revision. */
export function presentVersion(revision: Revision | undefined): Version | undefined {
  return revision?.state === 'present' ? revision.version : undefined;
}

/** What the running hash of the log takes in of a revision. */
export function summaryOf(revision: RevisionDraft): string {
  const { gid, parent, id, type, documentDigest } = revision.version;
  return JSON.stringify([revision.state, gid, parent, id, type, documentDigest]);
}

/** Of an object's history before it was deleted, newest first, what came since it was made, or made again. */
export function lastLife(history: readonly Revision[]): readonly Revision[] {
  const made = history.findIndex(({ state }) => state !== 'present');
  return made < 0 ? history : history.slice(0, made);
}
