import { StoreError } from '../../errors/concord-error.ts';
import type { PeerNumber } from '../../objects/revision.ts';
import type { LogLine } from '../../ports/peer-reader.ts';
import type { Batch } from '../../ports/site-store.ts';
import type { Conflict } from '../../synchronization/conflict.ts';
import type { Subscriber } from '../../synchronization/subscriber.ts';
import type { Subscription } from '../../synchronization/subscription.ts';
import { pack } from './packed-rows.ts';
import { keptRecord } from './peer-rows.ts';
import type { SqliteDatabase } from './sqlite-database.ts';

interface PeerWrite {
  readonly row: Subscription | Subscriber;
  readonly message?: Uint8Array | null;
}

/**
 * Writes what a batch says about peers. Runs within a transaction.
 * @throws StoreError CON-D005 (`later`) when a row has a newer version than the one given, or is gone
 */
export function writePeers(database: SqliteDatabase, batch: Batch): void {
  for (const subscription of batch.subscriptions ?? []) writePeer(database, subscription);
  for (const subscriber of batch.subscribers ?? []) writePeer(database, subscriber);
  for (const { peer, reason } of batch.dropExceptions ?? []) dropExceptions(database, peer, reason);
  writeExceptions(database, batch.exceptions ?? []);
  for (const { peer, from, texts } of batch.pieces ?? []) {
    database.run('DELETE FROM piece WHERE peer = ? AND number >= ?', peer, from);
    for (const [at, text] of texts.entries())
      database.run('INSERT INTO piece (peer, number, text) VALUES (?, ?, ?)', peer, from + at, text);
  }
  for (const conflict of batch.conflicts ?? []) writeConflict(database, conflict);
  for (const { given, kept } of batch.aliases ?? []) {
    database.run(
      'INSERT INTO alias (given, kept) VALUES (?, ?) ON CONFLICT (given) DO UPDATE SET kept = excluded.kept',
      given,
      kept,
    );
  }
  for (const line of batch.log ?? []) writeLogLine(database, line);
}

/** Adds a line to the log of synchronisations and of access. */
export function writeLogLine(database: SqliteDatabase, line: LogLine): void {
  database.run(
    'INSERT INTO log_line (at, kind, level, subject, text, details) VALUES (?, ?, ?, ?, ?, ?)',
    ...[line.at, line.kind, line.level, line.subject, line.text],
    JSON.stringify(line.details),
  );
}

function writePeer(database: SqliteDatabase, { row, message }: PeerWrite): void {
  const { record, packed } = keptRecord(row);
  // In one statement: a row is written anew with all that it has, and a message can be a megabyte.
  const written = database.run(
    `UPDATE peer SET version = version + 1, record = ?, packed = ?${message === undefined ? '' : ', message = ?'} WHERE number = ? AND version = ?`,
    record,
    packed,
    ...(message === undefined ? [] : [message && pack(message)]),
    row.peer,
    row.version,
  );
  if (written === 0) {
    throw new StoreError('CON-D005', 'Another process has moved this synchronisation on', {
      retry: 'later',
      peer: row.peer,
      version: row.version,
    });
  }
}

function dropExceptions(database: SqliteDatabase, peer: PeerNumber, reason: string | undefined): void {
  if (reason === undefined) database.run('DELETE FROM exception WHERE peer = ?', peer);
  else database.run('DELETE FROM exception WHERE peer = ? AND reason = ?', peer, reason);
}

function writeExceptions(database: SqliteDatabase, exceptions: NonNullable<Batch['exceptions']>): void {
  for (const { peer, gid, exception } of exceptions) {
    if (exception === undefined) {
      database.run('DELETE FROM exception WHERE peer = ? AND gid = ?', peer, gid);
      continue;
    }
    database.run(
      `INSERT INTO exception (peer, gid, reason, record) VALUES (?, ?, ?, ?)
       ON CONFLICT (peer, gid) DO UPDATE SET reason = excluded.reason, record = excluded.record`,
      ...[peer, gid, exception.reason, JSON.stringify(exception)],
    );
  }
}

function writeConflict(database: SqliteDatabase, conflict: Conflict): void {
  // Replacing gives the row a new number: each write moves the conflict to the end of the list.
  database.run(
    'INSERT OR REPLACE INTO conflict (id, gid, peer, role, state, field, opened_at, record) VALUES (?, ?, ?, ?, ?, ?, ?, ?)',
    ...[conflict.id, conflict.gid, conflict.peer, conflict.role, conflict.state, conflict.field, conflict.openedAt],
    JSON.stringify({ ...conflict, listedAt: undefined }),
  );
}
