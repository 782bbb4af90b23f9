import type { PeerNumber } from '../../objects/revision.ts';
import type { PeerReader } from '../../ports/peer-reader.ts';
import type { Conflict } from '../../synchronization/conflict.ts';
import { decodeConflict } from '../../synchronization/wire/conflict-note.ts';
import type { ReadSync } from '../../synchronization/wire/read-commands.ts';

/** The copies to be kept of the conflicts that the publisher has told. What was settled here meanwhile stays so until the publisher has heard of it. @throws ProtocolError CON-S001 when one cannot be read */
export async function copiesOfConflicts(
  store: Pick<PeerReader, 'conflict'>,
  peer: PeerNumber,
  { commands }: Pick<ReadSync, 'commands'>,
): Promise<readonly Conflict[]> {
  const conflicts: Conflict[] = [];
  for (const note of commands.flatMap((command) => command.notes)) {
    const conflict = decodeConflict(note, peer);
    const known = await store.conflict(conflict.id);
    const isClosing = known?.state === 'closing' && conflict.state === 'open';
    conflicts.push(isClosing ? { ...conflict, state: 'closing', settledBy: known.settledBy } : conflict);
  }
  return conflicts;
}
