import { StoreError } from '../../errors/concord-error.ts';
import type { Batch } from '../../ports/site-store.ts';
import type { LogLine } from '../../ports/peer-reader.ts';
import type { Conflict } from '../../synchronization/conflict.ts';
import type { Subscriber } from '../../synchronization/subscriber.ts';
import { knownUpTo } from '../../synchronization/known-up-to.ts';
import type { Subscription } from '../../synchronization/subscription.ts';
import { longestInRow } from './blobs.ts';
import { keepText, type Planning } from './plan-revisions.ts';
import {
  type AliasRow,
  type ConflictRow,
  type ExceptionRow,
  type LogLineRow,
  numberKey,
  type OutboxRow,
  type PeerRow,
  type PieceRow,
  type TurnRow,
} from './site-tables.ts';
import { rowSteps, type Step } from './steps.ts';
import type { Turn } from './turn.ts';

interface PeerWrite {
  readonly row: Subscription | Subscriber;
  readonly message?: Uint8Array | null;
}

/** What a turn says of peers: its steps, the number that the last conflict has in the list, and what is no longer needed once the turn is there. */
export interface PlannedPeers {
  readonly steps: readonly Step[];
  readonly listed: number;
  readonly replaced: readonly string[];
}

/** How many lines of the log a turn can have, and how many can come between two turns. */
const linesOfTurn = 2 ** 19;

/** The number of the first line of the log that a turn has; those that come after it, on their own, follow at `ownLines`. */
function firstLine(turn: number): number {
  return turn * 2 * linesOfTurn;
}

/** The number of the first line that is not a turn's own, but comes after it. */
export function firstLineAfter(turn: number): number {
  return firstLine(turn) + linesOfTurn;
}

/**
 * Plans what a batch says about peers.
 * @throws StoreError CON-D005 (`later`) when a row has a newer version than the one given, or is gone
 */
export async function planPeers(planning: Planning, turn: Turn, batch: Batch): Promise<PlannedPeers> {
  const t = turn.number + 1;
  const replaced: string[] = [];
  const peers: PeerRow[] = [];
  for (const one of [...(batch.subscriptions ?? []), ...(batch.subscribers ?? [])])
    peers.push(await planPeer(planning, one, { t, replaced }));
  const pieces = await planPieces(planning, batch.pieces ?? [], { t, replaced });
  const conflicts = conflictRows(batch.conflicts ?? [], t, turn.listed);
  const aliases = (batch.aliases ?? []).map(({ given, kept }): AliasRow => ({ _id: given, t, kept }));
  const steps = [
    // They are there: to try to add them first costs a command that fails.
    ...rowSteps('replace', 'peer', lastOfEach(peers)),
    ...rowSteps('put', 'exception', await planExceptions(planning, batch, t)),
    ...rowSteps('put', 'piece', lastOfEach(pieces)),
    ...rowSteps('put', 'conflict', conflicts),
    ...rowSteps('put', 'alias', lastOfEach(aliases)),
    ...rowSteps(
      'add',
      'logLine',
      (batch.log ?? []).map((line, at) => lineRow(line, firstLine(t) + at)),
    ),
    ...rowSteps('add', 'outbox', outboxRows(batch.activities ?? [], t, planning.now)),
  ];
  return { steps, listed: turn.listed + (batch.conflicts?.length ?? 0), replaced };
}

/** The row of a line of the log. */
export function lineRow(line: LogLine, number: number): LogLineRow {
  const { at, kind, level, subject, text, details } = line;
  const { span, ...rest } = details;
  return {
    ...{ _id: numberKey(number), number, at, kind, level, subject, text, details: JSON.stringify(rest) },
    ...(span === undefined ? {} : { span: JSON.stringify(span) }),
  };
}

/** The record of a subscription or a subscriber, without what has a field. */
export function peerRecord(peer: Omit<Subscription | Subscriber, 'peer' | 'version'>): string {
  return JSON.stringify({ ...peer, peer: undefined, version: undefined });
}

/** What is kept of a peer beside its record, to find it by. */
export function peerFields(
  peer: Pick<Subscription, 'state'> | Pick<Subscriber, 'state' | 'account'>,
): Pick<PeerRow, 'knownUpTo' | 'inSession' | 'account'> {
  if (!('account' in peer)) return {};
  const { account, state } = peer;
  return { knownUpTo: knownUpTo(state), inSession: state.session === undefined ? 0 : 1, account };
}

/** A row that is to be taken for none. */
export function goneRow(_id: string, t: number, now: number): TurnRow {
  return { _id, t, goneAt: now };
}

/** The key of an activity that a turn has. */
export function outboxKey(turn: number, at: number): string {
  return `${numberKey(turn)}/${String(at).padStart(6, '0')}`;
}

function outboxRows(activities: NonNullable<Batch['activities']>, t: number, now: number): readonly OutboxRow[] {
  return activities.map((activity, at) => ({ _id: outboxKey(t, at), at: now, activity: JSON.stringify(activity) }));
}

function conflictRows(conflicts: readonly Conflict[], t: number, listed: number): readonly ConflictRow[] {
  return lastOfEach(
    conflicts.map((conflict, at): ConflictRow => {
      const { id, gid, peer, role, state, field, openedAt } = conflict;
      const record = JSON.stringify({ ...conflict, listedAt: undefined });
      return { _id: id, t, listedAt: listed + at + 1, gid, peer, role, state, field, openedAt, record };
    }),
  );
}

async function planPeer(
  planning: Planning,
  { row, message }: PeerWrite,
  { t, replaced }: { readonly t: number; readonly replaced: string[] },
): Promise<PeerRow> {
  const before = await planning.tables.rows<PeerRow>('peer').get(numberKey(row.peer));
  if (before?.version !== row.version) {
    const details = { retry: 'later', peer: row.peer, version: row.version } as const;
    throw new StoreError('CON-D005', 'Another process has moved this synchronisation on', details);
  }
  const { message: kept, ...rest } = before;
  const next = { ...rest, t, version: row.version + 1, record: peerRecord(row), ...peerFields(row) };
  if (message === undefined) return kept === undefined ? next : { ...next, message: kept };
  if (kept !== undefined) replaced.push(kept);
  if (message === null) return next;
  const { blobs, random, now } = planning;
  const name = await blobs.keepOctets(message, random(), now);
  planning.kept.push(name);
  return { ...next, message: name };
}

async function planPieces(
  planning: Planning,
  pieces: NonNullable<Batch['pieces']>,
  { t, replaced }: { readonly t: number; readonly replaced: string[] },
): Promise<readonly PieceRow[]> {
  const rows: PieceRow[] = [];
  for (const { peer, from, texts } of pieces) {
    const known = await planning.tables.rows<PieceRow>('piece').find({ peer, number: { $gte: from } });
    for (const { _id, blob } of known) {
      rows.push(goneRow(_id, t, planning.now));
      if (blob !== undefined) replaced.push(blob);
    }
    for (const [at, text] of texts.entries()) {
      const number = from + at;
      const kept = text.length > longestInRow ? { blob: await keepText(planning, text) } : { text };
      rows.push({ _id: `${String(peer)}/${numberKey(number)}`, t, peer, number, ...kept });
    }
  }
  return rows;
}

async function planExceptions(planning: Planning, batch: Batch, t: number): Promise<readonly ExceptionRow[]> {
  const table = planning.tables.rows<ExceptionRow>('exception');
  const rows = new Map<string, ExceptionRow>();
  for (const { peer, reason } of batch.dropExceptions ?? []) {
    const dropped = await table.find({ peer, ...(reason === undefined ? {} : { reason }) }, { without: ['record'] });
    for (const { _id } of dropped) rows.set(_id, goneRow(_id, t, planning.now));
  }
  const ending = new Set<string>();
  for (const { peer, gid, exception } of batch.exceptions ?? []) {
    const _id = `${String(peer)}/${gid}`;
    ending.delete(_id);
    if (exception === undefined) ending.add(_id);
    else rows.set(_id, { _id, t, peer, gid, reason: exception.reason, record: JSON.stringify(exception) });
  }
  // What is not there need not go: most objects never had an exception.
  const known = new Set((await table.withKeys([...ending])).map(({ _id }) => _id));
  for (const _id of ending) {
    if (known.has(_id)) rows.set(_id, goneRow(_id, t, planning.now));
    else rows.delete(_id);
  }
  return [...rows.values()];
}

/** A key stands once in a step: of several rows, the last. */
function lastOfEach<Kind extends TurnRow>(rows: readonly Kind[]): readonly Kind[] {
  return [...new Map(rows.map((row) => [row._id, row])).values()];
}
