import { advance, type Position } from '../../objects/position.ts';
import { type RevisionDraft, summaryOf } from '../../objects/revision.ts';
import type { Write } from '../../ports/site-store.ts';
import type { Digest } from '../../xml/digest.ts';
import { insertForm, RowBuffer } from './row-buffer.ts';
import type { SqliteDatabase } from './sqlite-database.ts';

interface Before {
  readonly document_at: number;
  readonly digest: Digest;
  readonly state: string;
  readonly parent: string;
  readonly id: string;
}

const newestBefore =
  'SELECT document_at, digest, state, parent, id FROM revision WHERE gid = ? ORDER BY seq DESC LIMIT 1';

const insertRevision = `INSERT INTO revision (seq, epoch, hash, state, gid, parent, id, type, digest, document_at,
  edit_id, edit_at, edit_by, other_edits, received_at, origin_peer, origin_epoch, origin_number, origin_exact, document, shadow)
  VALUES (?, ?, ?, ?, ?, ?, ?, ?, ?, ?, ?, ?, ?, ?, ?, ?, ?, ?, ?, ?, ?)`;

const placeObject = insertForm(
  'INSERT INTO object (gid, seq, parent, id)',
  4,
  'ON CONFLICT (gid) DO UPDATE SET seq = excluded.seq, parent = excluded.parent, id = excluded.id',
);

// The index of places is left alone: it would be written anew although nothing in it changes.
const keepPlace = 'UPDATE object SET seq = ? WHERE gid = ?';

const insertChange = insertForm('INSERT INTO change (collection, seq, gid, is_member)', 4);

/** Appends to the log, and to tree and collections, what was decided. Runs within a transaction; returns the new end of the log. */
export function writeRevisions(database: SqliteDatabase, head: Position, writes: readonly Write[]): Position {
  let position = head;
  const places = new RowBuffer(database, placeObject);
  const changes = new RowBuffer(database, insertChange);
  for (const { draft, collections, isFirst } of writes) {
    position = advance(position, summaryOf(draft));
    const before = isFirst === true ? undefined : database.get<Before>(newestBefore, draft.version.gid);
    appendRevision(database, position, { draft, before });
    const { gid, parent, id } = draft.version;
    if (draft.state === 'present' && !isInPlace(draft, before)) places.add(gid, position.seq, parent, id);
    else {
      // It may be the place of an object that is still in the buffer.
      places.flush();
      if (draft.state === 'present') database.run(keepPlace, position.seq, gid);
      else database.run('DELETE FROM object WHERE gid = ?', gid);
    }
    for (const { collection, isMember } of collections) changes.add(collection, position.seq, gid, isMember ? 1 : 0);
  }
  places.flush();
  changes.flush();
  return position;
}

/** Begins a new epoch with an entry of its own, which no read shows: from now on the log differs from every other that was equal to it. */
export function writeEpoch(database: SqliteDatabase, head: Position, epoch: string): Position {
  const position = advance({ ...head, epoch }, JSON.stringify(['epoch']));
  const { seq, hash } = position;
  database.run(
    `INSERT INTO revision (seq, epoch, hash, state, gid, parent, id, type, digest, document_at, edit_id, edit_at, edit_by, received_at)
     VALUES (?, ?, ?, 'epoch', NULL, '', '', '', '', ?, '', 0, '', 0)`,
    seq,
    epoch,
    hash,
    seq,
  );
  return position;
}

function appendRevision(
  database: SqliteDatabase,
  { seq, epoch, hash }: Position,
  { draft, before }: { readonly draft: RevisionDraft; readonly before: Before | undefined },
): void {
  const { version, edits, origin } = draft;
  const kept = before?.digest === version.documentDigest ? before.document_at : undefined;
  database.run(
    insertRevision,
    ...[seq, epoch, hash, draft.state, version.gid, version.parent, version.id, version.type, version.documentDigest],
    ...[kept ?? seq, edits.main.id, edits.main.at, edits.main.by],
    edits.others.length === 0 ? null : JSON.stringify(edits.others),
    draft.receivedAt,
    ...(origin === undefined
      ? [null, null, null, null]
      : [origin.peer, origin.epoch, origin.number, origin.isExact ? 1 : 0]),
    kept === undefined ? version.document : null,
    draft.shadow ?? null,
  );
}

/** It is there, and stands where it stood in the revision before. */
function isInPlace({ state, version }: RevisionDraft, before: Before | undefined): boolean {
  const isPresent = state === 'present' && before?.state === 'present';
  return isPresent && before.parent === version.parent && before.id === version.id;
}
