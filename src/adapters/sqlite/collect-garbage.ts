import { listedEdits } from '../../objects/edit.ts';
import { afterLossOf } from '../../objects/earlier-edits.ts';
import type { Revision } from '../../objects/revision.ts';
import type { GarbagePage, GarbagePageResult } from '../../ports/garbage-page.ts';
import type { EditColumns } from './revision-rows.ts';
import { editsOf } from './revision-rows.ts';
import type { SqliteDatabase } from './sqlite-database.ts';

interface Candidate {
  readonly seq: number;
  readonly gid: string;
}

// Beside the newest revision of each object, the newest change of each collection stays: without it a collection would no longer know that an object left it.
// And the newest that came from a peer, where it has a shadow: edits that were made on it are told as edits of that.
const unneeded = `SELECT r.seq, r.gid FROM revision AS r
  WHERE r.seq > ? AND r.seq < ? AND r.gid IS NOT NULL
    AND EXISTS (SELECT 1 FROM revision AS later WHERE later.gid = r.gid AND later.seq > r.seq AND later.seq <= ?)
    AND NOT EXISTS (
      SELECT 1 FROM change AS c WHERE c.gid = r.gid AND c.seq = r.seq AND c.collection IN (SELECT number FROM collection) AND NOT EXISTS (
        SELECT 1 FROM change AS newer WHERE newer.collection = c.collection AND newer.gid = c.gid AND newer.seq > c.seq AND newer.seq <= ?))
    AND (r.shadow IS NULL OR EXISTS (
      SELECT 1 FROM revision AS next WHERE next.gid = r.gid AND next.seq > r.seq AND next.seq <= ? AND next.origin_peer = r.origin_peer AND next.origin_exact = 1))
  ORDER BY r.seq LIMIT +?`;

/**
 * Removes one page of the revisions that nobody needs; a page at a time, so that others can write in between. Runs within a transaction.
 */
export function collectGarbagePage(database: SqliteDatabase, page: GarbagePage): GarbagePageResult {
  const { after, oldest, keep, limit } = page;
  const found = database.all<Candidate>(unneeded, after, oldest, oldest, oldest, oldest, limit);
  const going = found.filter(({ seq }) => !keep.has(seq));
  for (const revision of going) removeRevision(database, revision);
  return { removed: going.length, next: found.length < limit ? undefined : found.at(-1)?.seq };
}

function removeRevision(database: SqliteDatabase, { seq, gid }: Candidate): void {
  handDocumentOn(database, seq, gid);
  handEditsOn(database, seq, gid);
  database.run('DELETE FROM change WHERE seq = ? AND collection IN (SELECT number FROM collection)', seq);
  database.run('DELETE FROM revision WHERE seq = ?', seq);
}

/** When later revisions refer to the document of this one: gives the text to the oldest later revision that refers to it, and lets all the others refer to that one. */
function handDocumentOn(database: SqliteDatabase, seq: number, gid: string): void {
  const heir = database.get<{ seq: number }>(
    'SELECT seq FROM revision WHERE gid = ? AND seq > ? AND document_at = ? ORDER BY seq LIMIT 1',
    gid,
    seq,
    seq,
  );
  if (heir === undefined) return;
  database.run(
    'UPDATE revision SET document = (SELECT document FROM revision WHERE seq = ?) WHERE seq = ?',
    seq,
    heir.seq,
  );
  database.run('UPDATE revision SET document_at = ? WHERE gid = ? AND document_at = ?', heir.seq, gid, seq);
}

/** Lets the next revision of the object know of the edits that this one was made of. */
function handEditsOn(database: SqliteDatabase, seq: number, gid: string): void {
  const [going, heir] = database.all<EditColumns & { readonly seq: number; readonly state: Revision['state'] }>(
    'SELECT seq, state, edit_id, edit_at, edit_by, other_edits FROM revision WHERE gid = ? AND seq >= ? ORDER BY seq LIMIT 2',
    gid,
    seq,
  );
  if (going === undefined || heir === undefined) return;
  const edits = afterLossOf({ state: going.state, edits: editsOf(going) }, editsOf(heir));
  database.run('UPDATE revision SET other_edits = ? WHERE seq = ?', JSON.stringify(listedEdits(edits)), heir.seq);
}
