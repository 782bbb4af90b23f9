import type { Edits } from '../../objects/edit.ts';
import type { Position } from '../../objects/position.ts';
import type { Origin, Revision, RevisionDraft } from '../../objects/revision.ts';
import type { Version } from '../../objects/version.ts';
import { StoreError } from '../../errors/concord-error.ts';
import type { Blobs } from './blobs.ts';
import { numberKey, type RevisionRow } from './site-tables.ts';

/** What of a revision is long. */
export const longFields = ['text', 'shadow', 'edits'] as const;

/** What stands in a row, and what is kept beside it. */
export interface KeptTexts {
  readonly text?: string;
  readonly blob?: string;
  readonly shadow?: string;
  readonly shadowBlob?: string;
}

/** A row that is being filled: what spreads objects takes several times as long, and these are made for each object of a sync. */
type Filling<Kind> = { -readonly [Name in keyof Kind]: Kind[Name] };

/** The row of a revision that is written at a place of the log, as the newest of its object, after the one numbered `prev`. */
export function rowOfDraft(
  { seq, epoch, hash }: Position,
  draft: RevisionDraft,
  { kept, prev }: { readonly kept: KeptTexts; readonly prev: number },
): RevisionRow {
  const { state, version, receivedAt, origin } = draft;
  const { gid, parent, id, type, documentDigest: digest } = version;
  const edits = JSON.stringify(draft.edits);
  const row: Filling<RevisionRow> = {
    _id: numberKey(seq),
    seq,
    epoch,
    hash,
    state,
    gid,
    parent,
    id,
    type,
    digest,
    receivedAt,
    edits,
    newest: 1,
    prev,
  };
  if (origin !== undefined) {
    row.op = origin.peer;
    row.oe = origin.epoch;
    row.on = origin.number;
    row.ox = origin.isExact ? 1 : 0;
  }
  if (draft.seen !== undefined) row.seen = draft.seen;
  if (kept.text !== undefined) row.text = kept.text;
  if (kept.blob !== undefined) row.blob = kept.blob;
  if (kept.shadow !== undefined) row.shadow = kept.shadow;
  if (kept.shadowBlob !== undefined) row.shadowBlob = kept.shadowBlob;
  return row;
}

/** Where a revision came from, in the names of the rows. */
export function originFields(origin: Origin | undefined): Pick<RevisionRow, 'op' | 'oe' | 'on' | 'ox'> {
  if (origin === undefined) return {};
  return { op: origin.peer, oe: origin.epoch, on: origin.number, ox: origin.isExact ? 1 : 0 };
}

/** The row of an entry that starts an epoch. */
export function epochRow(position: Position): RevisionRow {
  return { _id: numberKey(position.seq), ...position, state: 'epoch' };
}

/** The version that a row holds. */
export async function versionOf(row: RevisionRow, blobs: Blobs): Promise<Version> {
  const { gid, parent, id = '', type = '', digest } = row;
  if (gid === undefined || parent === undefined || digest === undefined)
    throw new StoreError('CON-D004', 'A revision in the MongoDB store is damaged', { seq: row.seq });
  const document = row.blob === undefined ? (row.text ?? '') : await blobs.text(row.blob);
  return { gid, parent, id, type, document, documentDigest: digest };
}

/** The revision that a row holds. */
export async function revisionOf(row: RevisionRow, blobs: Blobs): Promise<Revision> {
  const { seq, epoch, hash, state } = row;
  if (state === 'epoch') throw new StoreError('CON-D004', 'An entry in the MongoDB store is no revision', { seq });
  const shadow = row.shadowBlob === undefined ? row.shadow : await blobs.text(row.shadowBlob);
  return {
    ...{ seq, epoch, hash, state },
    version: await versionOf(row, blobs),
    // Holds: the field is written from Edits only.
    edits: JSON.parse(row.edits ?? '') as Edits,
    receivedAt: row.receivedAt ?? 0,
    origin: originOf(row),
    ...(shadow === undefined ? {} : { shadow }),
    ...(row.seen === undefined ? {} : { seen: row.seen }),
  };
}

function originOf({ op, oe = '', on = 0, ox }: RevisionRow): Origin | undefined {
  return op === undefined ? undefined : { peer: op, epoch: oe, number: on, isExact: ox === 1 };
}
