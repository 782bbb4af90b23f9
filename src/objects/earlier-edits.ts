import type { EarlierEdit, Edits } from './edit.ts';
import { knowsEdit, notStanding } from './edit.ts';
import type { Revision } from './revision.ts';

const mostEarlier = 50;

/**
 * The edits of a revision when the one before it goes, which nobody needs: what that was made of stays known with it, the latest of it. By what an object left this site nobody here has set
 * anything (engine.md §7).
 */
export function afterLossOf({ state, edits: gone }: Pick<Revision, 'state' | 'edits'>, edits: Edits): Edits {
  if (state === 'left') return edits;
  const { earlier = [] } = edits;
  const made = [{ ...gone.main, stood: true }, ...gone.others.map(earlierEdit), ...(gone.earlier ?? [])];
  const added = made.filter(({ id }, at) => !knowsEdit(edits, id) && made.findIndex((one) => one.id === id) === at);
  const kept = [...earlier, ...added].slice(0, mostEarlier);
  return kept.length === 0 ? edits : { ...edits, earlier: kept };
}

function earlierEdit({ id, at, by, field }: Edits['others'][number]): EarlierEdit {
  return { id, at, by, stood: field !== notStanding };
}
