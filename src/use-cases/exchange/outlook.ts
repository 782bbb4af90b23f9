import type { Gid } from '../../objects/gid.ts';
import type { Origin, PeerNumber, Revision } from '../../objects/revision.ts';
import type { Version } from '../../objects/version.ts';
import type { SiteStore } from '../../ports/site-store.ts';
import type { WithheldBy } from '../../synchronization/exception.ts';
import type { CollectionNumber } from '../../synchronization/publication.ts';
import type { Action } from '../../synchronization/subscription.ts';
import type { KeyRules } from '../../xupdate/keys.ts';
import type { LeftOutAbove } from './left-out-above.ts';
import type { SharedVersions } from './shared-versions.ts';

/** One peer and one collection, and between which positions of the own log differences are looked for. */
export interface Outlook {
  readonly store: SiteStore;
  readonly peer: PeerNumber;
  readonly collection: CollectionNumber;
  readonly root: Gid;
  /** Up to here there is nothing to look for, but for exceptions. */
  readonly from: number;
  /** The peer holds what the collection held here, or what came from it since; but for exceptions. */
  readonly heldAt: number;
  readonly upTo: number;
  /** What changed up to here was sent in syncs that did not end: sent again even when it is as the peer should hold it. */
  readonly inFlightUpTo: number;
  /** The peer has sent something since `from`, so that it may hold newer versions than those at `from`. */
  readonly hasReceived: boolean;
  readonly isMember: (version: Version) => boolean;
  /** The query leaves objects out, so that what is present in the tree may be gone for the peer. */
  readonly hasFilter: boolean;
  /** Where there is such a filter: what it leaves out above an object. */
  readonly leftOutAbove?: LeftOutAbove | undefined;
  /** In a comparison: how the peer would be looked at otherwise, to find what it had and what was deleted here since. */
  readonly otherwise?: Outlook;
  /** The peer was set back to before what both agreed on: of the deletions that it had heard of it knows nothing any more. */
  readonly hasForgotten?: boolean;
  /** At a subscriber: whether there is a copy of a conflict about an object. */
  readonly hasConflict?: (gid: Gid) => Promise<boolean>;
  /** Why a change of this kind is kept back, if it is. */
  readonly withheldBy: (action: Action) => WithheldBy | undefined;
  /** The epoch of the peer's log out of which its versions are still known there: an earlier one was restored away. Undefined: none are. */
  readonly peersEpoch: string | undefined;
  /** In a comparison the peer names what it has: what it sent up to here says nothing of that any more. */
  readonly receivedAfter?: number;
  /** A version out of an earlier epoch that the peer's log still has, from before the point to which it was restored. */
  readonly survived?: (origin: Origin) => boolean;
  /** The peer's position that goes with a version of the own log, for the base of a change, whose first edit stands in the own log at `since` where that is known. */
  readonly basePosition: (revision: Revision | undefined, since?: number) => number;
  /** At a subscriber: how far the publisher had been heard of when this place of the own log was written, and before the first of these own edits that was not sent then; 0 where that is not known. */
  readonly heardBefore?: (seq: number, own: readonly number[]) => number;
  readonly keys: KeyRules | undefined;
  /** At a subscriber: which version a revision is for the publisher. Left out: the one that it has. */
  readonly shared?: SharedVersions;
}
