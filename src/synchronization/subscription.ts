import type { Gid } from '../objects/gid.ts';
import type { PeerNumber } from '../objects/revision.ts';
import type { Checkpoint } from './checkpoint.ts';
import type { CollectionNumber, Policy } from './publication.ts';

/** In which direction changes flow (engine.md §6): `pull` holds the subscriber's edits back, `push` the publisher's. */
export const modes = ['two-way', 'pull', 'push'] as const;
export type Mode = (typeof modes)[number];

/** What a subscription may do to its own site's objects and send of them: creations, updates, deletions. */
export const actions = ['create', 'update', 'delete'] as const;
export type Action = (typeof actions)[number];

/** What both sides know of a subscription: it travels to the publisher whenever it changes. */
export interface Terms {
  readonly mode: Mode;
  readonly strategy: readonly Action[];
  readonly conflictPolicy: Policy;
  readonly updatePolicy: Policy;
}

/** What a site takes from another (design.md §1): the settings an operator gives, and what the engine remembers between syncs. */
export interface Subscription {
  readonly peer: PeerNumber;
  /** Grows with each write of this row; a write on an older one is refused, so that two processes cannot both step a session. */
  readonly version: number;
  readonly id: string;
  readonly publication: string;
  readonly publicationUrl: string;
  readonly subscriptionUrl: string;
  readonly path: string;
  readonly root: Gid;
  readonly collection: CollectionNumber;
  readonly terms: Terms;
  readonly query: string;
  readonly mapping: string;
  readonly conduit: string;
  readonly keyName: string;
  readonly schedule: string;
  readonly user: string;
  /** Encrypted by the vault; empty when not given. */
  readonly password: string;
  /** The token that the publisher gave at first contact, encrypted by the vault; empty before. */
  readonly token: string;
  readonly state: SubscriptionState;
}

/** Why a subscription does not move by itself at the moment. */
export type Waiting =
  | { readonly for: 'permission'; readonly deletions: number; readonly limit: number; readonly at: 'publisher' | 'subscriber' }
  | { readonly for: 'answer'; readonly since: number }
  | { readonly for: 'retry'; readonly since: number; readonly code: string; readonly message: string };

/** What the engine remembers about the publisher. At rest this is all there is (engine.md §3). */
export interface SubscriptionState {
  readonly publisherEpoch: string;
  readonly generation: number;
  readonly checkpoints: readonly Checkpoint[];
  /** The anchor of the last sync that ended well. */
  readonly lastAnchor: string;
  readonly sessionNumber: number;
  /** Own log position up to which changes were sent in sessions that did not end: in flight, so their present state is sent again. */
  readonly inFlightUpTo: number;
  /** Up to where the list of conflicts has been received. */
  readonly conflictsUpTo: number;
  readonly lastSyncAt: number | undefined;
  readonly waiting: Waiting | undefined;
  readonly session: SubscriberSession | undefined;
  /** Who runs a sync at the moment, until when. */
  readonly lease: { readonly holder: string; readonly until: number } | undefined;
}

/** A sync that is on its way, at the subscriber. Its last message is kept beside it until it is answered (engine.md §11). */
export interface SubscriberSession {
  readonly id: string;
  readonly number: number;
  readonly kind: 'changes' | 'comparison' | 'refresh-from-publisher' | 'refresh-from-subscriber';
  /** The subscriber's own log is read as of here. */
  readonly readAt: number;
  readonly nextAnchor: string;
  readonly lastMessage: number;
  readonly stage: 'sending' | 'receiving' | 'ending';
  /** How far the sender's package has come. */
  readonly cursor: Cursor;
  readonly sent: Tally;
  readonly received: Tally;
  readonly conflicts: number;
  readonly startedAt: number;
  readonly allowedDeletions: number;
  readonly maxMessageOctets: number;
}

/** How far a package has been sent: what is there first, in log order, and deletions last. */
export type Cursor =
  | { readonly stage: 'start' }
  | { readonly stage: 'exceptions'; readonly after: string }
  | { readonly stage: 'present'; readonly after: number }
  | { readonly stage: 'gone'; readonly after: number }
  | { readonly stage: 'done' };

/** Counts for the progress bar and the log. */
export interface Tally {
  readonly created: number;
  readonly updated: number;
  readonly deleted: number;
  readonly expected: number;
}

export const emptyTally: Tally = { created: 0, updated: 0, deleted: 0, expected: 0 };

/** Terms of a subscription that says nothing. */
export const defaultTerms: Terms = {
  mode: 'two-way',
  strategy: actions,
  conflictPolicy: 'ASK',
  updatePolicy: 'OTHER',
};

/** The state of a subscription that was never synchronised. */
export const newSubscriptionState: SubscriptionState = {
  publisherEpoch: '',
  generation: 0,
  checkpoints: [],
  lastAnchor: '',
  sessionNumber: 0,
  inFlightUpTo: 0,
  conflictsUpTo: 0,
  lastSyncAt: undefined,
  waiting: undefined,
  session: undefined,
  lease: undefined,
};
