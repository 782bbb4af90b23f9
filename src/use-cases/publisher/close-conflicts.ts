import type { PeerNumber } from '../../objects/revision.ts';
import type { PeerReader } from '../../ports/peer-reader.ts';
import type { Conflict } from '../../synchronization/conflict.ts';

/** The open conflicts of a subscriber among those that its change names. */
export async function conflictsToClose(
  store: PeerReader,
  peer: PeerNumber,
  ids: readonly string[],
): Promise<readonly Conflict[]> {
  const found: Conflict[] = [];
  for (const id of ids) {
    const conflict = await store.conflict(id);
    const isTheirs = conflict?.role === 'publisher' && conflict.peer === peer;
    if (conflict !== undefined && isTheirs && conflict.state === 'open') found.push(conflict);
  }
  return found;
}
