import type { ListedConflict, ListedLogLine, LogLine } from '../../ports/peer-reader.ts';
import type { Conflict } from '../../synchronization/conflict.ts';
import type { Subscriber } from '../../synchronization/subscriber.ts';
import type { Subscription } from '../../synchronization/subscription.ts';

/** A subscription or a subscriber: what has a column of its own is not in the record. */
export interface PeerRow {
  readonly number: number;
  readonly version: number;
  readonly record: string;
}

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

/** The subscription of a row. */
export function subscriptionOf(row: PeerRow): Subscription {
  return { ...readRecord<Omit<Subscription, 'peer' | 'version'>>(row.record), peer: row.number, version: row.version };
}

/** The subscriber of a row. */
export function subscriberOf(row: PeerRow): Subscriber {
  return { ...readRecord<Omit<Subscriber, 'peer' | 'version'>>(row.record), peer: row.number, version: row.version };
}

/** The record of a subscription or a subscriber, without what has a column. */
export function peerRecord(peer: Omit<Subscription | Subscriber, 'peer' | 'version'>): string {
  return JSON.stringify({ ...peer, peer: undefined, version: undefined });
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
