import type { Edits, ListedEdit } from '../../objects/edit.ts';
import { editsFrom } from '../../objects/edit.ts';
import type { Gid } from '../../objects/gid.ts';
import type { Origin, Revision } from '../../objects/revision.ts';
import type { Version } from '../../objects/version.ts';
import type { Digest } from '../../xml/digest.ts';

/** The columns of its edits. */
export interface EditColumns {
  readonly edit_id: string;
  readonly edit_at: number;
  readonly edit_by: string;
  readonly other_edits: string | null;
}

/** A revision as `revisionColumns` selects it. */
export interface RevisionRow extends EditColumns {
  readonly seq: number;
  readonly epoch: string;
  readonly hash: string;
  readonly state: Revision['state'];
  readonly gid: Gid;
  readonly parent: Gid;
  readonly id: string;
  readonly type: string;
  readonly digest: Digest;
  readonly received_at: number;
  readonly origin_peer: number | null;
  readonly origin_epoch: string | null;
  readonly origin_number: number | null;
  readonly origin_exact: number | null;
  readonly text: string;
  readonly shadow: string | null;
  readonly seen: number | null;
}

/** The columns of a version, from `revision AS r`; `text` is the document, from the revision that has it. */
export const versionColumns = `r.gid, r.parent, r.id, r.type, r.digest,
  coalesce(r.document, (SELECT d.document FROM revision AS d WHERE d.seq = r.document_at)) AS text`;

/** The columns of a whole revision, from `revision AS r`. */
export const revisionColumns = `r.seq, r.epoch, r.hash, r.state, r.edit_id, r.edit_at, r.edit_by, r.other_edits, r.received_at,
  r.origin_peer, r.origin_epoch, r.origin_number, r.origin_exact, r.shadow, r.seen, ${versionColumns}`;

/** The version that a row holds. */
export function versionOf(row: Pick<RevisionRow, 'gid' | 'parent' | 'id' | 'type' | 'digest' | 'text'>): Version {
  return {
    gid: row.gid,
    parent: row.parent,
    id: row.id,
    type: row.type,
    document: row.text,
    documentDigest: row.digest,
  };
}

/** The revision that a row holds. */
export function revisionOf(row: RevisionRow): Revision {
  return {
    seq: row.seq,
    epoch: row.epoch,
    hash: row.hash,
    state: row.state,
    version: versionOf(row),
    edits: editsOf(row),
    receivedAt: row.received_at,
    origin: originOf(row),
    ...(row.shadow !== null && { shadow: row.shadow }),
    ...(row.seen !== null && { seen: row.seen }),
  };
}

/** The edits that a row holds. */
export function editsOf(row: EditColumns): Edits {
  // Holds: the column is written from ListedEdit[] only.
  const listed = row.other_edits === null ? [] : (JSON.parse(row.other_edits) as ListedEdit[]);
  return editsFrom({ id: row.edit_id, at: row.edit_at, by: row.edit_by }, listed);
}

function originOf(row: RevisionRow): Origin | undefined {
  if (row.origin_peer === null) return undefined;
  return {
    peer: row.origin_peer,
    epoch: row.origin_epoch ?? '',
    number: row.origin_number ?? 0,
    isExact: row.origin_exact === 1,
  };
}
