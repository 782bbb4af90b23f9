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

/** A field of an object: of its envelope, its existence, or a place in its document. */
export type Field = 'parent' | 'id' | 'type' | 'existence' | Place;

/** An edit of one field, where a version holds the work of several. */
export interface FieldEdit extends Edit {
  readonly field: Field;
}

/** The edits that made a version out of the one before: `main` for all fields that are not listed in `others`. */
export interface Edits {
  readonly main: Edit;
  readonly others: readonly FieldEdit[];
}

/** The edit that set this field in a version whose change these edits describe. */
export function editOf(edits: Edits, field: Field): Edit {
  return edits.others.find((other) => other.field === field) ?? edits.main;
}

/** Whether one of them is the edit with this id. */
export function hasEdit(edits: Edits, id: string): boolean {
  return edits.main.id === id || edits.others.some((other) => other.id === id);
}

/** The ids of all of them. */
export function editIds({ main, others }: Edits): readonly string[] {
  return [main.id, ...others.map(({ id }) => id)];
}
