import type { PeerNumber } from '../../objects/revision.ts';
import type { PeerReader } from '../../ports/peer-reader.ts';
import type { Conflict } from '../../synchronization/conflict.ts';
import type { Decided } from '../../synchronization/known-edits.ts';

/** What becomes of the conflicts that a change settles. */
export interface NamedConflicts {
  /** Still open: the change closes them. */
  readonly closing: readonly Conflict[];
  /** What had been decided here already. */
  readonly decided: readonly Decided[];
}

/** The conflicts of a subscriber that its change names. */
export async function namedConflicts(
  store: PeerReader,
  peer: PeerNumber,
  ids: readonly string[],
): Promise<NamedConflicts> {
  const closing: Conflict[] = [];
  const decided: Decided[] = [];
  for (const id of ids) {
    const conflict = await store.conflict(id);
    if (conflict?.role !== 'publisher' || conflict.peer !== peer) continue;
    const { field, settlement, state, publisher, subscriber } = conflict;
    const upTo = settlement?.wrote ?? settlement?.stood;
    if (state === 'open') closing.push(conflict);
    else if (upTo !== undefined) decided.push({ field, upTo, values: [publisher.value, subscriber.value] });
  }
  return { closing, decided };
}
