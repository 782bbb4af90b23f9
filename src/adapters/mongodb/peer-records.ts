import type { ListedConflict, ListedLogLine } from '../../ports/peer-reader.ts';
import type { Conflict } from '../../synchronization/conflict.ts';
import type { Subscriber } from '../../synchronization/subscriber.ts';
import type { Subscription } from '../../synchronization/subscription.ts';
import type { ConflictRow, LogLineRow, PeerRow } from './site-tables.ts';

/** Reads a record that this adapter wrote. A property that was undefined is not in it, which reads the same. */
export function readRecord<Record>(json: string | undefined): Record {
  // Holds: the field is written by JSON.stringify of the same type, in this folder only.
  return JSON.parse(json ?? '') as Record;
}

/** A subscription, with the number and the version that its row has. */
export function subscriptionOf({ record, number = 0, version = 0 }: PeerRow): Subscription {
  return { ...readRecord<Omit<Subscription, 'peer' | 'version'>>(record), peer: number, version };
}

/** A subscriber, likewise. */
export function subscriberOf({ record, number = 0, version = 0 }: PeerRow): Subscriber {
  return { ...readRecord<Omit<Subscriber, 'peer' | 'version'>>(record), peer: number, version };
}

/** A conflict, with its place in the list. */
export function conflictOf({ record, listedAt = 0 }: ConflictRow): ListedConflict {
  return { ...readRecord<Conflict>(record), listedAt };
}

/** A line of the log; without its span where that was not read. */
export function lineOf({ number, at, kind, level, subject, text, details, span }: LogLineRow): ListedLogLine {
  const rest = readRecord<ListedLogLine['details']>(details);
  const all = span === undefined ? rest : { ...rest, span: readRecord<unknown>(span) };
  // Holds: the fields are written from LogLine only.
  return {
    number,
    at,
    kind: kind as ListedLogLine['kind'],
    level: level as ListedLogLine['level'],
    subject,
    text,
    details: all,
  };
}
