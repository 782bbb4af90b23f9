import type { Edits, Field, LostValue, OverruledEdit } from '../objects/edit.ts';
import { withOverruled, withoutValues } from '../objects/edit.ts';
import type { Revision } from '../objects/revision.ts';
import type { Version } from '../objects/version.ts';
import type { KeyRules } from '../xupdate/keys.ts';
import type { ReceivedChange } from './exception.ts';
import { changedFields, concern, editAbout, editThatSet, fieldValue, isSetBy } from './fields.ts';
import { isIn, isOverruled, newsOf } from './known-edits.ts';
import type { FieldClash } from './merge-versions.ts';
import type { Arrival, Note, Received, Situation } from './standing.ts';

/** The edits that do not stand in what was made of a change, each in the field that it lost: nobody who wrote what stands there had seen them. */
function overruledBy(notes: readonly Note[]): readonly OverruledEdit[] {
  return notes
    .filter(({ subscriber }) => subscriber.edit.id !== '')
    .map(({ field, subscriber: { edit } }) => ({ id: edit.id, at: edit.at, by: edit.by, field }));
}

/** Those of the edits that do not stand in a revision, at this place of an object's history, whose field nobody has set since. */
export function overruledStill(
  history: readonly Revision[],
  at: number,
  keys: KeyRules | undefined,
): readonly OverruledEdit[] {
  const since = history.slice(0, at);
  const isSet = (field: Field): boolean =>
    since.some((one, index) => isSetBy(one, history[index + 1], { field, text: undefined, keys }));
  return (history[at]?.edits.overruled ?? []).filter(({ field }) => !isSet(field));
}

/** What an edit had set that does not stand, and what stands instead, by the object's history, newest first; undefined where that does not say so. */
export function lostIn(
  history: readonly Revision[],
  { id, field }: OverruledEdit,
  keys: KeyRules | undefined,
): LostValue | undefined {
  const at = history.findIndex((revision, index) => {
    const isSet = isSetBy(revision, history[index + 1], { field, text: undefined, keys });
    return isSet && editAbout(revision.edits, field).id === id;
  });
  const [made, over] = [history[at], history.findLast(({ edits }, index) => index < at && tellsOf(edits, id, field))];
  if (made === undefined || over === undefined) return undefined;
  const value = made.state === 'present' ? fieldValue(made.version, field) : undefined;
  // What brought an object back is what its deletion had not seen.
  const by = field === 'existence' ? newsOf(over, history.slice(at), keys) : editAbout(over.edits, field);
  return { value, by: { id: by.id, at: by.at, by: by.by } };
}

function tellsOf({ overruled = [] }: Edits, id: string, field: Field): boolean {
  return overruled.some((edit) => edit.id === id && edit.field === field);
}

/** The edits of a version that was decided on, as the log keeps them. */
export function storedEdits({ edits, notes }: Received): Edits {
  return withOverruled(withoutValues(edits), overruledBy(notes));
}

/** What of a change does not stand, where nothing was written: so the log says nothing of it. */
export function unwritten({ write, notes }: Received): Pick<ReceivedChange, 'overruled'> {
  const overruled = write === undefined ? overruledBy(notes) : [];
  return overruled.length === 0 ? {} : { overruled };
}

/** What a change has written over that is here, and that nobody who made it had seen: its base has that, but not whoever wrote what came over it (ADR 0041). */
export function overwrittenUnseen(
  present: Version,
  { version, edits }: Arrival,
  { standing: { history }, rules: { keys } }: Situation,
): readonly OverwrittenField[] {
  if (edits.overruled === undefined) return [];
  return changedFields(present, version, keys).flatMap(({ field, before, after }): readonly OverwrittenField[] => {
    if (field === 'existence') return [];
    const set = editThatSet(history, field, { keys });
    return set !== undefined && isOverruled(edits, set, field)
      ? [{ field, base: undefined, publisher: before, incoming: after }]
      : [];
  });
}

type OverwrittenField = FieldClash & { readonly field: Exclude<Field, 'existence'> };

/**
 * What was decided about a change, with a note of each edit that it tells as overruled, and that nothing here knows of any more: the change brings what stands instead, and whoever had the
 * conflict has lost it (ADR 0041).
 */
export function withReturned(received: Received, { edits }: Arrival, { standing, rules }: Situation): Received {
  const { write } = received;
  if (write?.state !== 'present' || edits.overruled === undefined || !rules.takesBack) return received;
  const changed = changedFields(standing.present, write.version, rules.keys);
  const notes = edits.overruled.flatMap(({ lost, field, ...edit }): readonly Note[] => {
    if (lost === undefined || isIn(standing.history, edit)) return [];
    if (!changed.some((change) => concern(change.field, field))) return [];
    const publisher = { value: fieldValue(write.version, field), edit: lost.by };
    if (publisher.value === lost.value) return [];
    const state = rules.conflictPolicy === 'ASK' ? 'open' : 'settled';
    return [{ field, base: undefined, publisher, subscriber: { value: lost.value, edit }, state, isReturned: true }];
  });
  return notes.length === 0 ? received : { ...received, notes: [...received.notes, ...notes] };
}
