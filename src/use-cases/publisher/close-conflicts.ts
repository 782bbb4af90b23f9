import type { PeerNumber } from '../../objects/revision.ts';
import type { PeerReader } from '../../ports/peer-reader.ts';
import type { Conflict } from '../../synchronization/conflict.ts';

/** What becomes of the conflicts that a change settles. */
export interface NamedConflicts {
  /** Still open: the change closes them. */
  readonly closing: readonly Conflict[];
  /** The sequence numbers of what was written here to settle the others: those came first. */
  readonly overtaken: readonly number[];
}

/** The conflicts of a subscriber that its change names. */
export async function namedConflicts(
  store: PeerReader,
  peer: PeerNumber,
  ids: readonly string[],
): Promise<NamedConflicts> {
  const closing: Conflict[] = [];
  const overtaken: number[] = [];
  for (const id of ids) {
    const conflict = await store.conflict(id);
    if (conflict?.role !== 'publisher' || conflict.peer !== peer) continue;
    const wrote = conflict.settlement?.wrote;
    if (conflict.state === 'open') closing.push(conflict);
    else if (wrote !== undefined) overtaken.push(wrote);
  }
  return { closing, overtaken };
}
