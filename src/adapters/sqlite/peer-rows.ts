import type { ListedConflict, ListedLogLine, LogLine } from '../../ports/peer-reader.ts';
import { knownUpTo } from '../../synchronization/known-up-to.ts';
import type { Conflict } from '../../synchronization/conflict.ts';
import type { Subscriber } from '../../synchronization/subscriber.ts';
import type { Subscription } from '../../synchronization/subscription.ts';
import { pack, unpack } from './packed-rows.ts';

const utf8 = new TextDecoder();

/** A subscription or a subscriber: what has a column of its own is not in the record. */
export interface PeerRow {
  readonly number: number;
  readonly version: number;
  readonly record: string;
  /** The whole record, where `record` is only as much of it as the indexes need. */
  readonly packed: Uint8Array | null;
}

/** A subscription or a subscriber, without what has a column; it may have that, too. */
export type PeerWithoutNumbers = Omit<Subscription, 'peer' | 'version'> | Omit<Subscriber, 'peer' | 'version'>;

/** A conflict and its place in the list. */
export interface ConflictRow {
  readonly listed_at: number;
  readonly record: string;
}

/** A line of the log. */
export interface LogLineRow {
  readonly number: number;
  readonly at: number;
  readonly kind: LogLine['kind'];
  readonly level: LogLine['level'];
  readonly subject: string;
  readonly text: string;
  readonly details: string;
}

/** Reads a record that this adapter wrote. A property that was undefined is not in it, which reads the same. */
export function readRecord<Record>(json: string): Record {
  // Holds: the column is written by JSON.stringify of the same type, in this folder only.
  return JSON.parse(json) as Record;
}

/** The record of a peer, as JSON, wherever it stands. */
export function recordOf({ record, packed }: Pick<PeerRow, 'record' | 'packed'>): string {
  return packed === null ? record : utf8.decode(unpack(packed));
}

/** The subscription of a row. */
export function subscriptionOf(row: PeerRow): Subscription {
  return {
    ...readRecord<Omit<Subscription, 'peer' | 'version'>>(recordOf(row)),
    peer: row.number,
    version: row.version,
  };
}

/** The subscriber of a row. */
export function subscriberOf(row: PeerRow): Subscriber {
  return { ...readRecord<Omit<Subscriber, 'peer' | 'version'>>(recordOf(row)), peer: row.number, version: row.version };
}

/** The record of a subscription or a subscriber, without what has a column. */
function peerRecord(peer: PeerWithoutNumbers): string {
  return JSON.stringify({ ...peer, peer: undefined, version: undefined });
}

/**
 * How the record of a peer is kept. A subscriber whose session is over is mostly quiet for long, and there may be very many: its record is packed, and of what it says only
 * stays in the open what the indexes are made from.
 */
export function keptRecord(peer: PeerWithoutNumbers): Pick<PeerRow, 'record' | 'packed'> {
  const record = peerRecord(peer);
  if (!('tokenHash' in peer) || peer.state.session !== undefined) return { record, packed: null };
  const { account } = peer;
  const indexed = { account, state: { checkpoints: [{ publisher: { seq: knownUpTo(peer.state) } }] } };
  return { record: JSON.stringify(indexed), packed: pack(Buffer.from(record)) };
}

/** The conflict of a row. */
export function conflictOf(row: ConflictRow): ListedConflict {
  return { ...readRecord<Conflict>(row.record), listedAt: row.listed_at };
}

/** The log line of a row. */
export function lineOf(row: LogLineRow): ListedLogLine {
  const { number, at, kind, level, subject, text } = row;
  return { number, at, kind, level, subject, text, details: readRecord<LogLine['details']>(row.details) };
}
