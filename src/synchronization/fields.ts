import { InvariantError } from '../errors/concord-error.ts';
import type { Edit, Edits, Field, FieldEdit } from '../objects/edit.ts';
import type { Gid } from '../objects/gid.ts';
import type { Revision } from '../objects/revision.ts';
import type { Version } from '../objects/version.ts';
import { canonicalXml } from '../xml/canonical.ts';
import type { Digest } from '../xml/digest.ts';
import { digestOfText } from '../xml/digest.ts';
import { parseStoredXml } from '../xml/parse.ts';
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
function isPlace(field: Field): field is Place {
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
  return [...changes, ...changedDocument(before, after, keys)];
}

/** What was last compared with a version: the history of an object is asked for one field after the other. */
const compared = new WeakMap<Version, ComparedWith>();

interface ComparedWith {
  readonly before: Digest;
  readonly keys: KeyRules | undefined;
  readonly changes: readonly FieldChange[];
}

function changedDocument(before: Version, after: Version, keys: KeyRules | undefined): readonly FieldChange[] {
  const known = compared.get(after);
  if (known?.before === before.documentDigest && known.keys === keys) return known.changes;
  const places = changedPlaces(parseStoredXml(before.document), parseStoredXml(after.document), keys);
  const changes = places.map(({ place, ...values }): FieldChange => ({
    field: place,
    before: values.before,
    after: values.after,
  }));
  compared.set(after, { before: before.documentDigest, keys, changes });
  return changes;
}

/** The value of a field; undefined when it is not there. */
export function fieldValue(version: Version | undefined, field: Field): string | undefined {
  if (version === undefined) return undefined;
  if (field === 'existence') return 'present';
  return isPlace(field) ? readPlace(parseStoredXml(version.document), field) : version[field];
}

/** The version with another value of one field. Existence is no field that can be set so. */
export function withField(version: Version, field: Exclude<Field, 'existence'>, value: string | undefined): Version {
  if (isPlace(field))
    return withDocument(version, canonicalXml(writePlace(parseStoredXml(version.document), field, value)));
  if (value === undefined) return version;
  // A parent that comes from a conflict's note was a Gid when the note was made.
  return field === 'parent' ? { ...version, parent: value as Gid } : { ...version, [field]: value };
}

/** A value that a field gets; undefined takes it away. */
export interface FieldValue {
  readonly field: Exclude<Field, 'existence'>;
  readonly value: string | undefined;
}

/** The version with other values of fields that one comparison has named: set from last to first, as a number or a key in a place names what is there. */
export function withFields(version: Version, values: readonly FieldValue[]): Version {
  return values.reduceRight((changed, { field, value }) => withField(changed, field, value), version);
}

/** The version with another canonical document. */
export function withDocument(version: Version, document: string): Version {
  return { ...version, document, documentDigest: digestOfText(document) };
}

/**
 * The edits that made what an object is now out of `held`, field by field, from its history, newest first: whoever wrote the newest revision has not set all of the
 * fields. Without `held` it counts as made by whoever put it there, for the first time or again.
 */
export function editsOver(held: Version | undefined, history: readonly Revision[], keys?: KeyRules): Edits {
  const [newest, next] = history;
  if (newest === undefined) throw new InvariantError('CON-I001', 'edits were asked for without a revision');
  if (newest.state !== 'present' || next === undefined) return newest.edits;
  const oldest = history.at(-1) ?? newest;
  const fields = changedFields(held ?? oldest.version, newest.version, keys).map((change) => change.field);
  const edits = fields.flatMap((field): readonly FieldEdit[] => {
    const edit = editThatSet(history, field, { keys });
    return edit === undefined ? [] : [{ id: edit.id, at: edit.at, by: edit.by, field }];
  });
  const made = (): Edit => editThatSet(history, 'existence') ?? oldest.edits.main;
  const main = held === undefined ? made() : mainOf(edits, newest.edits.main);
  const isChanged = (field: Field): boolean => fields.some((one) => one === field || isAbout(one, field, undefined));
  const before = held === undefined ? oldest.edits.others.filter(({ field }) => !isChanged(field)) : [];
  return { main, others: [...before, ...edits.filter((edit) => edit.id !== main.id)] };
}

/** The edit of the newest revision, when it set anything of this; else the latest that did. */
function mainOf(edits: readonly FieldEdit[], newest: Edit): Edit {
  const [first] = edits;
  if (first === undefined || edits.some((edit) => edit.id === newest.id)) return newest;
  const { id, at, by } = edits.reduce((latest, edit) => (edit.at > latest.at ? edit : latest), first);
  return { id, at, by };
}

/** The edit that gave a field the value it has now, from the object's history, newest first. `text` is what stands there or stood there, as XML. */
export function editThatSet(
  history: readonly Revision[],
  field: Field,
  { text, keys }: { readonly text?: string | undefined; readonly keys?: KeyRules | undefined } = {},
): Edit | undefined {
  for (const [index, revision] of history.entries())
    if (isSetBy(revision, history[index + 1], { field, text, keys })) return editAbout(revision.edits, field, text);
  return undefined;
}

/** Whether a revision gave a field its value. What is deleted keeps its last version, so that a field outlives a deletion; only existence does not. */
export function isSetBy(
  revision: Revision,
  older: Revision | undefined,
  {
    field,
    text,
    keys,
  }: { readonly field: Field; readonly text: string | undefined; readonly keys: KeyRules | undefined },
): boolean {
  // Documents are compared only for what stands in them: a history may be long.
  if (field === 'existence') return (revision.state === 'present') !== (older?.state === 'present');
  if (older === undefined) return true;
  if (!isPlace(field)) return revision.version[field] !== older.version[field];
  const changes = changedFields(older.version, revision.version, keys);
  return changes.some((change) => change.field === field || isAbout(change.field, field, text));
}

/** The edit of a change that set a field: of the field itself, else of what is beneath it or around it. */
export function editAbout(edits: Edits, field: Field, text?: string): Edit {
  const named = edits.others.find((other) => other.field === field);
  return named ?? edits.others.find((other) => isAbout(other.field, field, text)) ?? edits.main;
}

/** Whether what happens to one of two fields concerns the other. Existence is that of all of them. */
export function concern(one: Field, other: Field): boolean {
  return one === other || one === 'existence' || other === 'existence' || isAbout(one, other, undefined);
}

/**
 * Whether two places concern the same thing: one is beneath the other, or one is the gap where an element is missing that the other names. Positions may count
 * differently in the documents that the places are of.
 */
function isAbout(one: Field, other: Field, text: string | undefined): boolean {
  if (!isPlace(one) || !isPlace(other)) return false;
  const [a, b] = [plainPlace(one, text), plainPlace(other, text)];
  return covers(a, b) || covers(b, a);
}

/** Whether what the first place names has the second in it. The content of an element is all of it but its attributes. */
function covers(outer: string, inner: string): boolean {
  if (outer === inner || inner.startsWith(`${outer}/`)) return true;
  if (!outer.endsWith(content)) return false;
  const element = outer.slice(0, -content.length);
  return inner.startsWith(`${element}/`) && !inner.startsWith(`${element}/@`);
}

const content = '/node()';

function plainPlace(place: Place, text: string | undefined): string {
  const name = /^<([^\s/>]+)/.exec(text ?? '')?.[1] ?? 'gap()';
  return place.replace(/\/gap\(\)\[\d+\]$/, `/${name}`).replaceAll(/\[\d+\]/g, '');
}
