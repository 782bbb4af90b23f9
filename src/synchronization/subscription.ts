import type { Status } from '../syncml/status.ts';
import type { Gid } from '../objects/gid.ts';
import type { Position } from '../objects/position.ts';
import type { PeerNumber } from '../objects/revision.ts';
import type { HandedOver } from './carried.ts';
import type { Checkpoint } from './checkpoint.ts';
import type { CollectionNumber, Policy } from './publication.ts';
import type { Tally } from './tally.ts';

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
  /** Whether an update that nobody contradicts is applied; ASK, the default, applies it. */
  readonly updatePolicy: Policy;
}

/** Whether a subscriber's own changes of this kind stay with it, by its mode or its strategy. */
export function keepsBack({ mode, strategy }: Terms, action: Action): boolean {
  return mode === 'pull' || !strategy.includes(action);
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
  /** The publisher is listened to, and tells when something has changed; left out: it is not. */
  readonly follow?: boolean | undefined;
  readonly user: string;
  /** Encrypted by the vault; empty when not given. */
  readonly password: string;
  /** The token that the publisher gave at first contact, encrypted by the vault; empty before. */
  readonly token: string;
  readonly state: SubscriptionState;
}

/** Why a subscription does not move by itself at the moment. */
export type Waiting =
  | {
      readonly for: 'permission';
      readonly deletions: number;
      /** How many go without permission, where this side knows it: what keeps deletions back at the publisher is the publisher's limit. */
      readonly limit?: number;
      readonly at: 'publisher' | 'subscriber';
    }
  /** To compare everything, because the two sides have lost what they agreed on. `plan` is what is shown; `differences` how much it does, where that is known. */
  | { readonly for: 'comparison'; readonly plan: string; readonly differences: number | undefined }
  | ({ readonly for: 'answer' } & HandedOver)
  | { readonly for: 'retry'; readonly since: number; readonly code: string; readonly message: string };

/** What the engine remembers about the publisher. At rest this is all there is (engine.md §3). */
export interface SubscriptionState {
  readonly publisherEpoch: string;
  /** Where the own log ended when somebody subscribed: what was deleted before is no edit for this publisher. */
  readonly subscribedAt?: number | undefined;
  readonly generation: number;
  readonly checkpoints: readonly Checkpoint[];
  /** The anchor of the last sync that ended well. */
  readonly lastAnchor: string;
  readonly sessionNumber: number;
  /** The session in which it first spoke to the publisher: a copy that was made before has another one. */
  readonly firstSession?: string | undefined;
  /** The sites that the publication has come through, the publisher last. */
  readonly chain: readonly string[];
  /** As the publisher last said; undefined before it said anything. What may not be pushed is not even sent. */
  readonly mayPush?: boolean | undefined;
  /** The publisher's conduit, where that does not write all that comes. */
  readonly publishersConduit?: string | undefined;
  /** Own log position up to which nothing is left to be sent: at least that of the last checkpoint, and further where only the publisher's versions follow. */
  readonly scannedUpTo: number;
  /** Own log position up to which the publisher has what was written here; what came from the publisher later it has too (engine.md §3). */
  readonly sentUpTo: number;
  /** Own log position up to which changes were sent in sessions that did not end: in flight, so their present state is sent again. */
  readonly inFlightUpTo: number;
  /** The publisher's epoch that the copies of its conflicts are of: one that was restored to before them gets them back. */
  readonly notesEpoch?: string | undefined;
  /** Up to where the list of conflicts has been received. */
  readonly conflictsUpTo: number;
  readonly lastSyncAt: number | undefined;
  readonly waiting: Waiting | undefined;
  readonly session: SubscriberSession | undefined;
  /** Who runs a sync at the moment, until when. */
  readonly lease: { readonly holder: string; readonly until: number } | undefined;
}

/** What kind of sync a session is: of the changes, of everything against everything, or one side's state replacing the other's. */
export type SessionKind = 'changes' | 'comparison' | 'refresh-from-publisher' | 'refresh-from-subscriber';

/** A sync that is on its way, at the subscriber. Its last message is kept beside it until it is answered (engine.md §11). */
export interface SubscriberSession {
  readonly id: string;
  readonly number: number;
  readonly kind: SessionKind;
  /** The subscriber's own log is read as of here. */
  readonly readAt: Position;
  readonly nextAnchor: string;
  /** MsgID of the last message made. */
  readonly lastMessage: number;
  /** `opening`: the first message of a comparison asks what the publisher has; `claiming`: what is here is named; then the package is sent and received. */
  readonly stage: 'opening' | 'claiming' | 'sending' | 'receiving' | 'ending';
  /** How far the own package has come. */
  readonly cursor: Cursor;
  /** In a comparison: all that is here has been named, and only what the publisher asked for follows. */
  readonly hasClaimed: boolean;
  /** In a comparison: gids of the publisher were adopted, so that it must begin anew. */
  readonly hasAdopted?: boolean;
  readonly isBraked: boolean;
  /** As the publisher said when the session was opened. */
  readonly mayPush: boolean;
  /** The publisher's log is read as of here. */
  readonly publisherReadAt: Position | undefined;
  readonly conflictsUpTo: number;
  /** Up to where copies of conflicts have been given back. */
  readonly notesUpTo?: number;
  /** The copy after that, when some of it has been sent. */
  readonly noteBegun?: BegunNote | undefined;
  /** Conflicts that were settled here have been told without content up to this place of their list. */
  readonly toldUpTo?: number;
  /** In a comparison: up to here the list of copies is from before it. The publisher tells its whole list, so that what still stands there then is not known to it. */
  readonly copiesBefore?: number;
  readonly sent: Tally;
  readonly received: Tally;
  readonly partial: PartialDocument | undefined;
  readonly traffic: Traffic;
  readonly startedAt: number;
  readonly allowedDeletions: number;
  readonly sendsAllCheckpoints: boolean;
  /** The publisher's position that the plan was made on which this session carries out. */
  readonly plannedAt: Position | undefined;
  /** This site was restored to before its first sync, and the publisher had taken in so much of its former epoch. */
  readonly publisherHad?: Position | undefined;
  /** The answer to the last message has been taken in, and this is to be said next. */
  readonly heard: HeardAnswer | undefined;
  /** The last message was made and sent before the answer to the one before was taken in; until then nothing can go on from here. */
  readonly isUntaken?: boolean | undefined;
  /** What is still to be said of an answer that was taken in after the next message had been sent. */
  readonly unsaid?: readonly Status[] | undefined;
  /** The last message was handed over to a way without answers of its own. */
  readonly handedOver?: HandedOver | undefined;
}

/** What an answer leads to. It is kept with what was taken in of the answer, so that none is taken in twice. */
export interface HeardAnswer {
  readonly isOver: boolean;
  /** The publisher has not said everything. */
  readonly asksForMore: boolean;
  /** For what it brought; they get their numbers when they are sent. */
  readonly statuses: readonly Status[];
}

/**
 * How far a package has been sent: what is there first, in log order, and deletions last. `pieceAt`: so many characters of the object after this
 * place have been sent.
 */
export type Cursor = { readonly pieceAt?: number } & (
  | { readonly stage: 'start' }
  | { readonly stage: 'exceptions' | 'gone-exceptions'; readonly gid: string }
  | { readonly stage: 'present' | 'gone'; readonly after: number }
  | { readonly stage: 'done' }
);

/** Whether nothing of a package has been sent: neither an object nor a piece of one. */
export function isAtStart({ stage, pieceAt }: Cursor): boolean {
  return stage === 'start' && pieceAt === undefined;
}

/** A conflict's note of which pieces have been sent: its place in the list, and where in its text the next piece begins. Written anew it has another place. */
export interface BegunNote {
  readonly listedAt: number;
  readonly next: number;
}

/** A document, or a conflict's note, that comes in pieces, of one object. The pieces that have come so far are kept beside the row, so that it is not written anew with each of them. */
export interface PartialDocument {
  readonly gid: string;
  /** The conflict whose note it is; a document has none. */
  readonly note?: string;
  /** How many pieces are kept, and the octets that have come. */
  readonly pieces: number;
  readonly octets: number;
  readonly size: number | undefined;
  /** It is too large: the rest of it is let pass, and not kept. */
  readonly isRefused: boolean;
}

/** What went over the wire. */
export interface Traffic {
  readonly requests: number;
  readonly octetsSent: number;
  readonly octetsReceived: number;
}

/** Terms of a subscription that says nothing. */
export const defaultTerms: Terms = {
  mode: 'two-way',
  strategy: actions,
  conflictPolicy: 'ASK',
  updatePolicy: 'ASK',
};

/** The state of a subscription that was never synchronised. */
export const newSubscriptionState: SubscriptionState = {
  publisherEpoch: '',
  generation: 0,
  checkpoints: [],
  lastAnchor: '',
  sessionNumber: 0,
  chain: [],
  scannedUpTo: 0,
  sentUpTo: 0,
  inFlightUpTo: 0,
  conflictsUpTo: 0,
  lastSyncAt: undefined,
  waiting: undefined,
  session: undefined,
  lease: undefined,
};
