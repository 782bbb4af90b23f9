import type { Edits, FieldEdit } from '../objects/edit.ts';
import { editIds, onlySeen } from '../objects/edit.ts';
import type { Revision } from '../objects/revision.ts';
import { standingEdits } from './not-standing.ts';

/** A change tells no more edits that its maker has seen. */
export const mostSeen = 50;

/**
 * The edits that stand in these revisions, newest first, as whoever has the newest has seen them. Whoever sent that may have told what was seen, too: it goes on with it. At
 * most `mostSeen`.
 */
export function seenIn(history: readonly Pick<Revision, 'state' | 'edits'>[]): readonly FieldEdit[] {
  // What left, its publisher changed before: that is told with the leaving, and nobody here has got it.
  const had = history.filter(({ state }) => state !== 'left');
  const edits = had.slice(0, mostSeen).flatMap((one) => {
    const { main, others, earlier = [] } = standingEdits(one.edits);
    return [main, ...others, ...earlier.filter(({ stood }) => stood)];
  });
  const seen = new Map(edits.map(({ id, at, by }) => [id, { id, at, by, field: onlySeen }]));
  return [...seen.values()].slice(0, mostSeen);
}

/** With edits that were seen, but for those that are told already. */
export function withSeen(edits: Edits, seen: readonly FieldEdit[]): Edits {
  const told = new Set(editIds(edits));
  return { main: edits.main, others: [...edits.others, ...seen.filter(({ id }) => !told.has(id))] };
}
