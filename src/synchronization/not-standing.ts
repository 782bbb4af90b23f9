import type { Edits } from '../objects/edit.ts';
import { notStanding } from '../objects/edit.ts';

/**
 * The edits of a version that was merged, where some have lost all that they set: those are known here, so that they count once, but nobody who gets the version has seen
 * what they set, and none of them is its author.
 */
export function markNotStanding(edits: Edits, lost: ReadonlySet<string>): Edits {
  if (lost.size === 0) return edits;
  const others = edits.others.map((edit) => (lost.has(edit.id) ? { ...edit, field: notStanding } : edit));
  if (!lost.has(edits.main.id)) return { main: edits.main, others };
  const standing = others.filter(({ id }) => !lost.has(id));
  const [first] = standing;
  if (first === undefined) return { main: edits.main, others };
  const { id, at, by } = standing.reduce((latest, edit) => (edit.at > latest.at ? edit : latest), first);
  return { main: { id, at, by }, others: [...others, { ...edits.main, field: notStanding }] };
}

/** Those that others are told of with the version. */
export function standingEdits(edits: Edits): Edits {
  const others = edits.others.filter(({ field }) => field !== notStanding);
  return others.length === edits.others.length ? edits : { ...edits, others };
}
