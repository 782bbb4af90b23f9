import { ProtocolError } from '../../errors/concord-error.ts';
import type { Edit, Field } from '../../objects/edit.ts';
import type { Gid } from '../../objects/gid.ts';
import { parseGid } from '../../objects/gid.ts';
import type { PeerNumber } from '../../objects/revision.ts';
import type { Conflict, Side } from '../conflict.ts';

/** A conflict as it goes into a message. */
export interface WrittenNote {
  readonly id: string;
  readonly gid: Gid;
  readonly text: string;
}

/** A conflict as text, for the subscriber's copy of the publisher's list (engine.md §5). */
export function encodeConflict(conflict: Conflict): string {
  const { id, gid, field, base, publisher, subscriber, state, settledBy, openedAt } = conflict;
  return JSON.stringify({ id, gid, field, base, publisher, subscriber, state, settledBy, openedAt });
}

/** The copy that a subscriber keeps. @throws ProtocolError CON-S001 when it is none */
export function decodeConflict(text: string, peer: PeerNumber): Conflict {
  const note = parse(text);
  const gid = parseGid(stringOf(note['gid']) ?? '');
  const id = stringOf(note['id']);
  const field = stringOf(note['field']);
  const state = note['state'];
  if (gid === undefined || id === undefined || field === undefined || (state !== 'open' && state !== 'settled'))
    throw unreadable();
  const settledBy = note['settledBy'];
  const isKnown = settledBy === 'person' || settledBy === 'policy' || settledBy === 'equal-values';
  return {
    id,
    peer,
    role: 'subscriber',
    gid,
    // Any text can stand as a field; one that is none of ours cannot be settled, only shown.
    field: field as Field,
    base: stringOf(note['base']),
    publisher: sideOf(note['publisher']),
    subscriber: sideOf(note['subscriber']),
    state,
    settledBy: isKnown ? settledBy : undefined,
    openedAt: typeof note['openedAt'] === 'number' ? note['openedAt'] : 0,
  };
}

function parse(text: string): Readonly<Record<string, unknown>> {
  try {
    return recordOf(JSON.parse(text));
  } catch (cause) {
    throw cause instanceof ProtocolError ? cause : unreadable(cause);
  }
}

function sideOf(value: unknown): Side {
  const side = recordOf(value);
  const { id, at, by } = recordOf(side['edit']);
  const edit: Edit = { id: stringOf(id) ?? '', at: typeof at === 'number' ? at : 0, by: stringOf(by) ?? '' };
  return { value: stringOf(side['value']), edit };
}

function recordOf(value: unknown): Readonly<Record<string, unknown>> {
  if (typeof value !== 'object' || value === null) throw unreadable();
  // An object's own properties can be read by name.
  return value as Readonly<Record<string, unknown>>;
}

function stringOf(value: unknown): string | undefined {
  return typeof value === 'string' ? value : undefined;
}

function unreadable(cause?: unknown): ProtocolError {
  return new ProtocolError('CON-S001', 'A conflict of the peer cannot be read', cause === undefined ? {} : { cause });
}
