import type { Digest } from '../../xml/digest.ts';
import type { Gid } from '../../objects/gid.ts';
import type { Conflict } from '../../synchronization/conflict.ts';
import type { Exception } from '../../synchronization/exception.ts';
import type { CommandLimits, MongoRows, Row } from './mongo-rows.ts';

/**
 * A row that may be written again: `t` is the turn that wrote it last, so that a writer who was held up does not overwrite what came later. What is removed
 * stays for a while as a row that has nothing but `goneAt`, for the same reason: no condition on any other field finds it.
 */
export interface TurnRow extends Row {
  readonly t: number;
  readonly goneAt?: number;
}

/** An entry of the log. One without `gid` starts an epoch. */
export interface RevisionRow extends Row {
  readonly seq: number;
  readonly epoch: string;
  readonly hash: string;
  readonly state: 'present' | 'deleted' | 'left' | 'epoch';
  readonly gid?: Gid;
  readonly parent?: Gid;
  readonly id?: string;
  readonly type?: string;
  readonly digest?: Digest;
  /** The edits, as JSON. */
  readonly edits?: string;
  readonly receivedAt?: number;
  /** Where it came from: peer, epoch, number, whether exactly. */
  readonly op?: number;
  readonly oe?: string;
  readonly on?: number;
  readonly ox?: 0 | 1;
  /** Up to where the maker of an edit from below had this log. */
  readonly seen?: number;
  /** The document; of a long one the key of its pieces. */
  readonly text?: string;
  readonly blob?: string;
  readonly shadow?: string;
  readonly shadowBlob?: string;
  /** 1: it is the object's newest. */
  readonly newest?: 0 | 1;
  /** The sequence number of the object's revision before; 0: there is none. */
  readonly prev?: number;
}

/** A change of a collection. `until`: the sequence number of the object's next change in the collection, or `unending`. */
export interface ChangeRow extends Row {
  readonly c: number;
  readonly seq: number;
  readonly gid: Gid;
  readonly m: 0 | 1;
  readonly until: number;
  readonly op?: number;
  readonly oe?: string;
  readonly ox?: 0 | 1;
}

/** Greater than every sequence number. */
export const unending = Number.MAX_SAFE_INTEGER;

/** A set of nodes with a log range of its own. */
export interface CollectionRow extends TurnRow {
  readonly number?: number;
  readonly root?: Gid;
}

/** A gid that was given up, which is the key, and the one that took its place. */
export interface AliasRow extends TurnRow {
  readonly kept?: Gid;
}

/** Something that is only looked up by its key. */
export interface RecordRow extends TurnRow {
  readonly record?: string;
}

/** A subscription or a subscriber. */
export interface PeerRow extends TurnRow {
  readonly number?: number;
  readonly kind?: 'subscription' | 'subscriber';
  readonly publication?: string;
  readonly name?: string;
  readonly version?: number;
  readonly record?: string;
  /** Of a subscriber: what it knows of the log, 1 while it has a session, and whose it is. */
  readonly knownUpTo?: number;
  readonly inSession?: 0 | 1;
  readonly account?: string;
  /** The key of the message's pieces. */
  readonly message?: string;
}

/** What a peer holds that is not what it should. */
export interface ExceptionRow extends TurnRow {
  readonly peer?: number;
  readonly gid?: Gid;
  readonly reason?: Exception['reason'];
  readonly record?: string;
}

/** A conflict, with what filters ask for beside its record. */
export interface ConflictRow extends TurnRow {
  readonly listedAt?: number;
  readonly gid?: Gid;
  readonly peer?: number;
  readonly role?: Conflict['role'];
  readonly state?: Conflict['state'];
  readonly field?: Conflict['field'];
  readonly openedAt?: number;
  readonly record?: string;
}

/** A piece of a document that is on its way. */
export interface PieceRow extends TurnRow {
  readonly peer?: number;
  readonly number?: number;
  readonly text?: string;
  readonly blob?: string;
}

/** A line of the log of synchronisations and of access. */
export interface LogLineRow extends Row {
  readonly number: number;
  readonly at: number;
  readonly kind: string;
  readonly level: string;
  readonly subject: string;
  readonly text: string;
  readonly details: string;
  /** What is only in a single line. */
  readonly span?: string;
}

/** An activity that was committed and is to be queued. */
export interface OutboxRow extends Row {
  readonly at: number;
  readonly activity: string;
}

/** A piece of what is too long for one row. Its key is never used again. */
export interface BlobRow extends Row {
  readonly at: number;
  readonly text?: string;
  readonly octets?: unknown;
}

/** The kinds of rows of a site, and how each is found. */
export const siteIndexes = {
  turn: [],
  part: [],
  revision: [
    { gid: 1, seq: 1 },
    { gid: 1, newest: 1 },
    { parent: 1, newest: 1, state: 1, id: 1, gid: 1 },
  ],
  change: [
    { c: 1, seq: 1 },
    { c: 1, gid: 1, seq: 1 },
    { gid: 1, seq: 1 },
  ],
  collection: [],
  alias: [],
  publication: [],
  peer: [
    { kind: 1, publication: 1, name: 1 },
    { kind: 1, publication: 1, knownUpTo: 1, number: 1 },
    { kind: 1, publication: 1, inSession: 1 },
    { kind: 1, publication: 1, account: 1 },
  ],
  exception: [{ peer: 1, gid: 1 }],
  conflict: [{ listedAt: 1 }, { gid: 1, listedAt: 1 }, { peer: 1, listedAt: 1 }, { state: 1, field: 1, listedAt: 1 }],
  piece: [{ peer: 1, number: 1 }],
  logLine: [{ subject: 1, number: -1 }, { kind: 1, number: -1 }, { number: -1 }],
  outbox: [],
  blob: [],
  account: [],
  queueTurn: [],
  queuePart: [],
  activity: [{ state: 1, priority: 1, notBefore: 1, id: 1 }, { deduplicate: 1 }, { tag: 1 }, { oneAtATime: 1, id: 1 }],
  syncEvent: [{ subscription: 1, number: 1 }],
  conflictRule: [],
  token: [{ hash: 1 }],
  activityCount: [{ hour: 1 }],
  openPgpKey: [],
  messagePart: [{ message: 1 }],
  carrierNote: [],
} as const satisfies Readonly<Record<string, readonly Readonly<Record<string, 1 | -1>>[]>>;

/** The name of a kind of rows of a site. */
export type SiteTable = keyof typeof siteIndexes;

/** The rows of one site, by their kind. */
export interface SiteTables {
  readonly rows: <Kind extends Row>(table: SiteTable) => MongoRows<Kind>;
  readonly limits: CommandLimits;
  readonly statistics: { readonly rowsRead: number; readonly rowsWritten: number };
}

const digits = 16;

/** A number as a key, in the order of numbers. */
export function numberKey(number: number): string {
  return String(number).padStart(digits, '0');
}

/** The key of a change: its collection and its place in the log. */
export function changeKey(collection: number, seq: number): string {
  return `${String(collection)}/${numberKey(seq)}`;
}
