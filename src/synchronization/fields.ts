import { InvariantError } from '../errors/concord-error.ts';
import type { Edit, Edits, Field, FieldEdit } from '../objects/edit.ts';
import { editOf } from '../objects/edit.ts';
import type { Gid } from '../objects/gid.ts';
import type { Revision } from '../objects/revision.ts';
import type { Version } from '../objects/version.ts';
import { canonicalXml } from '../xml/canonical.ts';
import { digestOfText } from '../xml/digest.ts';
import { parseXml } from '../xml/parse.ts';
import type { KeyRules } from '../xupdate/keys.ts';
import type { Place } from '../xupdate/place.ts';
import { changedPlaces, readPlace, writePlace } from '../xupdate/place.ts';

/** What happened to one field between two versions; undefined: the field is not there. */
export interface FieldChange {
  readonly field: Field;
  readonly before: string | undefined;
  readonly after: string | undefined;
}

const envelopeFields = ['parent', 'id', 'type'] as const;

/** Whether the field is a place in the document, not one of the envelope or the existence. */
export function isPlace(field: Field): field is Place {
  return field !== 'parent' && field !== 'id' && field !== 'type' && field !== 'existence';
}

/** The fields that differ, envelope first, then places in document order. An object that was not there before is one change, of its existence. */
export function changedFields(
  before: Version | undefined,
  after: Version | undefined,
  keys?: KeyRules,
): readonly FieldChange[] {
  if (before === undefined || after === undefined) {
    const values = { before: before && 'present', after: after && 'present' };
    return before === after ? [] : [{ field: 'existence', ...values }];
  }
  const changes: FieldChange[] = envelopeFields
    .filter((field) => before[field] !== after[field])
    .map((field) => ({ field, before: before[field], after: after[field] }));
  if (before.documentDigest === after.documentDigest) return changes;
  for (const change of changedPlaces(parseXml(before.document), parseXml(after.document), keys)) {
    changes.push({ field: change.place, before: change.before, after: change.after });
  }
  return changes;
}

/** The value of a field; undefined when it is not there. */
export function fieldValue(version: Version | undefined, field: Field): string | undefined {
  if (version === undefined) return undefined;
  if (field === 'existence') return 'present';
  return isPlace(field) ? readPlace(parseXml(version.document), field) : version[field];
}

/** The version with another value of one field. Existence is no field that can be set so. */
export function withField(version: Version, field: Exclude<Field, 'existence'>, value: string | undefined): Version {
  if (isPlace(field)) return withDocument(version, canonicalXml(writePlace(parseXml(version.document), field, value)));
  if (value === undefined) return version;
  // A parent that comes from a conflict's note was a Gid when the note was made.
  return field === 'parent' ? { ...version, parent: value as Gid } : { ...version, [field]: value };
}

/** The version with another canonical document. */
export function withDocument(version: Version, document: string): Version {
  return { ...version, document, documentDigest: digestOfText(document) };
}

/**
 * The edits that made `revisions` (oldest first) out of `held`, per field: of several edits of one field the last. The newest edit is the main one.
 */
export function editsSince(held: Version | undefined, revisions: readonly Revision[], keys?: KeyRules): Edits {
  const newest = revisions.at(-1);
  if (newest === undefined) throw new InvariantError('CON-I001', 'edits were asked for without a revision');
  if (revisions.length === 1 || newest.state !== 'present' || held === undefined) return newest.edits;
  const byField = new Map<Field, Edit>();
  let before: Version | undefined = held;
  for (const revision of revisions) {
    const after = revision.state === 'present' ? revision.version : undefined;
    for (const { field } of changedFields(before, after, keys)) byField.set(field, editOf(revision.edits, field));
    before = after;
  }
  const { main } = newest.edits;
  const others = [...byField]
    .filter(([, edit]) => edit.id !== main.id)
    .map(([field, edit]): FieldEdit => ({ ...edit, field }));
  return { main, others };
}

/** The edit that gave a field the value it has now, from the object's history, newest first. */
export function editThatSet(history: readonly Revision[], field: Field, keys?: KeyRules): Edit | undefined {
  for (const [index, revision] of history.entries()) {
    const older = history[index + 1];
    const named = revision.edits.others.find((other) => other.field === field);
    if (named !== undefined) return named;
    const before = older?.state === 'present' ? older.version : undefined;
    const after = revision.state === 'present' ? revision.version : undefined;
    const isCreation = before === undefined || after === undefined;
    if (isCreation || changedFields(before, after, keys).some((change) => change.field === field))
      return revision.edits.main;
  }
  return undefined;
}
