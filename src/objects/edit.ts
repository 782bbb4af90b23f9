import type { Place } from '../xupdate/place.ts';

/**
 * Who made an edit, when, and which edit it is. `id` is the origin's epoch and log sequence (`epoch:seq`): an edit keeps it on all its ways, so that
 * the same edit is known again wherever it arrives (engine.md §4). `at` is the time of the edit, in milliseconds since 1970, by the clock of the origin.
 */
export interface Edit {
  readonly id: string;
  readonly at: number;
  readonly by: string;
}

/** Stands as the author where a site itself edits: it gives an object a free id, or a place. */
export const siteAuthor = 'concord';

/** A text that is no field, for an edit of which nothing stands in the version that it came with: a conflict has kept it, or a policy has overruled it (ADR 0032). */
export const notStanding = 'not-standing' as Field;

/** A text that is no field, for an edit of which is only told that it was seen: no value is about it, as about one that a peer made up. */
export const onlySeen = 'seen' as Field;

/** A text that is no field, for an edit that made by itself what another, the main one, has made as well (ADR 0030). */
export const sameAsMain = 'same' as Field;

/** A field of an object: of its envelope, its existence, or a place in its document. */
export type Field = 'parent' | 'id' | 'type' | 'existence' | Place;

/** An edit of one field, where a version holds the work of several. */
export interface FieldEdit extends Edit {
  readonly field: Field;
}

/**
 * The edits that made a version out of the one before: `main` for all fields that are not listed in `others`. `overruled`: edits that do not stand in these fields, and that whoever
 * wrote what stands there had not seen (ADR 0041); left out where there are none. `earlier`: those of the revisions before it that garbage collection has taken, latest first; left out where
 * there are none.
 */
export interface Edits {
  readonly main: Edit;
  readonly others: readonly FieldEdit[];
  readonly overruled?: readonly OverruledEdit[];
  readonly earlier?: readonly EarlierEdit[];
}

/** An edit of a revision that is not kept any more. `stood`: something of it stood there (ADR 0032). */
export interface EarlierEdit extends Edit {
  readonly stood: boolean;
}

/** An edit that does not stand in a field. `lost`: what is told of it to who may have lost it. */
export interface OverruledEdit extends FieldEdit {
  readonly lost?: LostValue;
}

/** What an edit had set that does not stand; undefined: the field, or the object, was not there. `by`: the edit that stands instead. */
export interface LostValue {
  readonly value: string | undefined;
  readonly by: Edit;
}

/** The edit that set this field in a version whose change these edits describe. */
export function editOf(edits: Edits, field: Field): Edit {
  return edits.others.find((other) => other.field === field) ?? edits.main;
}

/** Whether one of them is the edit with this id. */
export function hasEdit(edits: Edits, id: string): boolean {
  return edits.main.id === id || edits.others.some((other) => other.id === id);
}

/** Whether one of them, or of those that came before and are not kept, is the edit with this id. */
export function knowsEdit(edits: Edits, id: string): boolean {
  return hasEdit(edits, id) || (edits.earlier ?? []).some((earlier) => earlier.id === id);
}

/** With these as overruled, too. */
export function withOverruled(edits: Edits, overruled: readonly OverruledEdit[]): Edits {
  const known = edits.overruled ?? [];
  const isNew = ({ id, field }: FieldEdit): boolean => !known.some((one) => one.id === id && one.field === field);
  const added = overruled.filter(isNew);
  return added.length === 0 ? edits : { ...edits, overruled: [...known, ...added] };
}

/** As the log keeps them: what an edit had set that does not stand is in the versions, and in conflicts. */
export function withoutValues({ overruled, ...edits }: Edits): Edits {
  return withOverruled(
    edits,
    (overruled ?? []).map(({ id, at, by, field }) => ({ id, at, by, field })),
  );
}

/** All but the main edit in one list, as a store keeps them. */
export function listedEdits({ others, overruled = [], earlier = [] }: Edits): readonly ListedEdit[] {
  return [...others, ...overruled.map((edit): ListedEdit => ({ ...edit, overruled: true })), ...earlier];
}

/** The edits that were listed so. */
export function editsFrom({ id, at, by }: Edit, listed: readonly ListedEdit[]): Edits {
  const [others, overruled, earlier]: [FieldEdit[], FieldEdit[], EarlierEdit[]] = [[], [], []];
  for (const edit of listed) {
    if ('stood' in edit) earlier.push(edit);
    else {
      const { overruled: isOverruled, ...fieldEdit } = edit;
      (isOverruled === true ? overruled : others).push(fieldEdit);
    }
  }
  const edits = withOverruled({ main: { id, at, by }, others }, overruled);
  return earlier.length === 0 ? edits : { ...edits, earlier };
}

/** An edit in the list of a store. */
export type ListedEdit = (FieldEdit & { readonly overruled?: true }) | EarlierEdit;

/** The ids of all of them. */
export function editIds({ main, others }: Edits): readonly string[] {
  return [main.id, ...others.map(({ id }) => id)];
}
