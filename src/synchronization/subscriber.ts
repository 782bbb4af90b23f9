import type { Gid } from '../objects/gid.ts';
import type { Position } from '../objects/position.ts';
import type { PeerNumber } from '../objects/revision.ts';
import type { Checkpoint } from './checkpoint.ts';
import type { Faults } from './quarantine.ts';
import type { BegunNote, Cursor, PartialDocument, SessionKind, Terms } from './subscription.ts';
import type { Tally } from './tally.ts';

/** The publisher's record of one subscription: one row, however many objects there are (engine.md §3). */
export interface Subscriber {
  readonly peer: PeerNumber;
  /** Grows with each write of this row; a write on an older one is refused. */
  readonly version: number;
  readonly publication: string;
  /** The Subscription URL: an identity, never called. */
  readonly url: string;
  /** The account that first used it; another one never gets its answers (engine.md §11). */
  readonly account: string;
  /** SHA-256 of the token; empty when revoked. */
  readonly tokenHash: string;
  readonly terms: Terms;
  readonly state: SubscriberState;
}

/** What tells a subscription that is made anew from a copy of the same one: that has the number, too, but began with a session of its own. */
export interface Introduction {
  /** The subscription's number at its site, which is given once. */
  readonly subscription: number;
  readonly firstSession: string;
}

/** What the engine remembers about one subscriber. */
export interface SubscriberState {
  readonly subscriberEpoch: string;
  /** Those that it has left, the last ones: only a copy, or what was copied, comes back with one. */
  readonly formerEpochs?: readonly string[] | undefined;
  /** Those that it seems to have left: so far its present one is that of a single message, which may be late. */
  readonly leftEpochs?: readonly string[] | undefined;
  /** The end of the subscriber's log when it last opened a session: a log that is shorter or other there is that of a copy. */
  readonly lastSeenAt: Position | undefined;
  readonly generation: number;
  readonly checkpoints: readonly Checkpoint[];
  /** Confirmed by the subscriber. Empty before the first sync has ended. */
  readonly agreedAnchor: string;
  /** Offered at the end of the last package; confirmed when it comes back as Last. */
  readonly offered:
    { readonly anchor: string; readonly checkpoint: Checkpoint; readonly conflictsUpTo: number } | undefined;
  /** The highest session number seen: lower ones are late. */
  readonly sessionNumber: number;
  /** The last session in which it introduced itself, knowing nothing of the publisher yet. */
  readonly introducedBy?: string | undefined;
  /** What it said of itself then. */
  readonly introduction?: Introduction | undefined;
  /** The highest position of the subscriber's log, in its present epoch, that has been taken in. */
  readonly takenUpTo: number;
  /** Something in it up to here was refused, or asked for whole; left out where nothing was. */
  readonly refusedUpTo?: number | undefined;
  /** Own position up to which changes were offered in sessions that did not end: in flight. */
  readonly inFlightUpTo: number;
  readonly conflictsUpTo: number;
  /** This site's epoch of which the subscriber's copies of conflicts are, where the last checkpoint does not say so: in a later one it gives them back, when it may. */
  readonly notesEpoch?: string | undefined;
  readonly lastSyncAt: number | undefined;
  /** What it did wrong since its last sync that went well. */
  readonly faults?: Faults | undefined;
  readonly session: PublisherSession | undefined;
  /** What answers a repeated message: the digest of the request's bytes and where it belongs. The answer itself is kept beside the row. */
  readonly lastExchange: { readonly session: string; readonly message: number; readonly digest: string } | undefined;
}

/** A sync that is on its way, at the publisher. */
export interface PublisherSession {
  readonly id: string;
  /** This site's epoch when it began: another one ends it (engine.md §11). Left out by older versions. */
  readonly epoch?: string;
  readonly kind: SessionKind;
  readonly stage: 'receiving' | 'sending';
  /** The publisher's log is read as of here; undefined while the subscriber's package is not complete. */
  readonly readAt: Position | undefined;
  /** The subscriber's log is read as of here. */
  readonly subscriberReadAt: Position;
  readonly nextAnchor: string;
  readonly cursor: Cursor;
  /** So many deletions are kept back, because they need permission; 0 when they do not. */
  readonly brakedDeletions: number;
  /** The subscriber's last checkpoint is one of this epoch: the publisher's log has only grown since they agreed. */
  readonly hasOnlyGrown?: boolean;
  readonly sent: Tally;
  readonly received: Tally;
  readonly allowedDeletions: number;
  /** The largest message that the subscriber takes. */
  readonly maxMessageOctets: number;
  readonly partial: PartialDocument | undefined;
  /** Objects of the package whose parents have not come yet. */
  readonly orphans: readonly Gid[];
  /** Up to where the list of conflicts has been sent. */
  readonly conflictsUpTo: number;
  /** The note after that, when some of it has been sent. */
  readonly noteBegun?: BegunNote | undefined;
  readonly startedAt: number;
  /** In a comparison or a refresh: the publisher's log ended here when it began. */
  readonly openedAt?: number;
  /** The subscriber's conduit, where that does not write all that comes. */
  readonly conduit?: string | undefined;
  /** The subscriber was restored to before its first sync: so much of its former epoch had been taken in. */
  readonly hadTaken?: Position | undefined;
}

/** The state of a subscriber at first contact. */
export const newSubscriberState: SubscriberState = {
  subscriberEpoch: '',
  lastSeenAt: undefined,
  generation: 0,
  checkpoints: [],
  agreedAnchor: '',
  offered: undefined,
  sessionNumber: 0,
  takenUpTo: 0,
  inFlightUpTo: 0,
  conflictsUpTo: 0,
  lastSyncAt: undefined,
  session: undefined,
  lastExchange: undefined,
};
