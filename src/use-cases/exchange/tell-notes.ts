import type { ListedConflict } from '../../ports/peer-reader.ts';
import type { Conflict } from '../../synchronization/conflict.ts';
import type { BegunNote } from '../../synchronization/subscription.ts';
import { encodeConflict } from '../../synchronization/wire/conflict-note.ts';
import type { SyncWriter } from '../../synchronization/wire/sync-writer.ts';

/** How far a list of conflicts has been told: whole up to a place, and perhaps some of the note after it. */
export interface ToldNotes {
  readonly upTo: number;
  readonly begun: BegunNote | undefined;
}

/** The list that is told. */
export interface NoteList {
  /** The first so many after a place, in their order. */
  readonly page: (listedAfter: number, limit: number) => Promise<readonly ListedConflict[]>;
  /** A conflict as the other side is to have it. */
  readonly asTold?: (conflict: Conflict) => Conflict;
}

/** One note may fill many messages: few are read before it is known how many fit. */
const firstPage = 4;
const largestPage = 100;

/** Adds the notes of a list to a message, as many as fit, from where the last message ended; of one that no message could hold, a piece. */
export async function tellNotes(
  writer: SyncWriter,
  { page, asTold }: NoteList,
  told: ToldNotes,
): Promise<ToldNotes & { readonly isDone: boolean }> {
  let { upTo } = told;
  for (let limit = firstPage; ; limit = Math.min(limit * 4, largestPage)) {
    const conflicts = await page(upTo, limit);
    for (const conflict of conflicts) {
      const { id, gid, listedAt } = conflict;
      const start = told.begun?.listedAt === listedAt ? told.begun.next : 0;
      const fit = writer.addNote({ id, gid, text: encodeConflict(asTold?.(conflict) ?? conflict) }, start);
      // What found no room is still begun where it was.
      if (fit.outcome === 'full') return { upTo, begun: start > 0 ? told.begun : undefined, isDone: false };
      if (fit.outcome === 'piece') return { upTo, begun: { listedAt, next: fit.next }, isDone: false };
      upTo = listedAt;
    }
    if (conflicts.length < limit) return { upTo, begun: undefined, isDone: true };
  }
}
