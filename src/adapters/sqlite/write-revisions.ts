import { listedEdits } from '../../objects/edit.ts';
import type { Gid } from '../../objects/gid.ts';
import { advance, type Position } from '../../objects/position.ts';
import { type RevisionDraft, summaryOf } from '../../objects/revision.ts';
import type { Write } from '../../ports/site-store.ts';
import type { Digest } from '../../xml/digest.ts';
import { insertForm, RowBuffer } from './row-buffer.ts';
import type { SqliteDatabase } from './sqlite-database.ts';

interface Before {
  readonly gid: Gid;
  readonly document_at: number;
  readonly digest: Digest;
  readonly state: string;
  readonly parent: string;
  readonly id: string;
}

// CROSS JOIN keeps the order: one look into the index for each.
const newestBefore = `SELECT r.gid, r.document_at, r.digest, r.state, r.parent, r.id FROM json_each(?) AS wanted
  CROSS JOIN revision AS r ON r.seq = (SELECT max(newest.seq) FROM revision AS newest WHERE newest.gid = wanted.value)`;

const insertRevision = `INSERT INTO revision (seq, epoch, hash, state, gid, parent, id, type, digest, document_at,
  edit_id, edit_at, edit_by, other_edits, received_at, origin_peer, origin_epoch, origin_number, origin_exact, document, shadow, seen)
  VALUES (?, ?, ?, ?, ?, ?, ?, ?, ?, ?, ?, ?, ?, ?, ?, ?, ?, ?, ?, ?, ?, ?)`;

const placeObject = insertForm(
  'INSERT INTO object (gid, seq, parent, id)',
  4,
  'ON CONFLICT (gid) DO UPDATE SET seq = excluded.seq, parent = excluded.parent, id = excluded.id',
);

// The index of places is left alone: it would be written anew although nothing in it changes. An object has one row in each statement: of two, any one would do for SQLite.
const keepPlace = insertForm(
  'WITH kept (seq, gid) AS (',
  2,
  ') UPDATE object SET seq = kept.seq FROM kept WHERE object.gid = kept.gid',
);

const insertChange = insertForm('INSERT INTO change (collection, seq, gid, is_member)', 4);

/** Appends to the log, and to tree and collections, what was decided. Runs within a transaction; returns the new end of the log. */
export function writeRevisions(database: SqliteDatabase, head: Position, writes: readonly Write[]): Position {
  let position = head;
  const known = newestOf(database, writes);
  const places = new Places(database);
  const changes = new RowBuffer(database, insertChange);
  for (const { draft, collections } of writes) {
    position = advance(position, summaryOf(draft));
    const { seq } = position;
    const { gid } = draft.version;
    const before = known.get(gid);
    known.set(gid, appendRevision(database, position, { draft, before }));
    places.set(draft, { seq, isInPlace: isInPlace(draft, before) });
    for (const { collection, isMember } of collections) changes.add(collection, seq, gid, isMember ? 1 : 0);
  }
  places.flush();
  changes.flush();
  return position;
}

/** The newest revisions of all that are not new, as they are before the batch. */
function newestOf(database: SqliteDatabase, writes: readonly Write[]): Map<Gid, Before> {
  const gids = new Set<Gid>();
  for (const { draft, isFirst } of writes) if (isFirst !== true) gids.add(draft.version.gid);
  const rows = gids.size === 0 ? [] : database.all<Before>(newestBefore, JSON.stringify([...gids]));
  return new Map(rows.map((row) => [row.gid, row]));
}

/** Where objects stand after a batch. Owns what is not written yet, which is of one kind at a time, so that each object gets its rows in the order of the batch. */
class Places {
  readonly #database: SqliteDatabase;
  readonly #placed: RowBuffer;
  readonly #kept: RowBuffer;
  readonly #keptObjects = new Set<Gid>();

  constructor(database: SqliteDatabase) {
    this.#database = database;
    this.#placed = new RowBuffer(database, placeObject);
    this.#kept = new RowBuffer(database, keepPlace);
  }

  set(
    { state, version: { gid, parent, id } }: RevisionDraft,
    at: { readonly seq: number; readonly isInPlace: boolean },
  ): void {
    if (state !== 'present') {
      this.flush();
      this.#database.run('DELETE FROM object WHERE gid = ?', gid);
    } else if (at.isInPlace) {
      this.#placed.flush();
      if (this.#keptObjects.has(gid)) this.#flushKept();
      this.#keptObjects.add(gid);
      this.#kept.add(at.seq, gid);
    } else {
      this.#flushKept();
      this.#placed.add(gid, at.seq, parent, id);
    }
  }

  flush(): void {
    this.#placed.flush();
    this.#flushKept();
  }

  #flushKept(): void {
    this.#kept.flush();
    this.#keptObjects.clear();
  }
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
): Before {
  const { version, edits, origin } = draft;
  const { gid, parent, id, documentDigest: digest } = version;
  const listed = listedEdits(edits);
  const kept = before?.digest === digest ? before.document_at : undefined;
  database.run(
    insertRevision,
    ...[seq, epoch, hash, draft.state, gid, parent, id, version.type, digest],
    ...[kept ?? seq, edits.main.id, edits.main.at, edits.main.by],
    listed.length === 0 ? null : JSON.stringify(listed),
    draft.receivedAt,
    ...(origin === undefined
      ? [null, null, null, null]
      : [origin.peer, origin.epoch, origin.number, origin.isExact ? 1 : 0]),
    kept === undefined ? version.document : null,
    draft.shadow ?? null,
    draft.seen ?? null,
  );
  return { gid, document_at: kept ?? seq, digest, state: draft.state, parent, id };
}

/** It is there, and stands where it stood in the revision before. */
function isInPlace({ state, version }: RevisionDraft, before: Before | undefined): boolean {
  const isPresent = state === 'present' && before?.state === 'present';
  return isPresent && before.parent === version.parent && before.id === version.id;
}
