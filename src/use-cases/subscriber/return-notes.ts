import type { Subscription } from '../../synchronization/subscription.ts';
import { encodeConflict } from '../../synchronization/wire/conflict-note.ts';
import type { SyncWriter } from '../../synchronization/wire/sync-writer.ts';
import type { SiteContext } from '../site-context.ts';

/** How far the copies have been given back. */
interface Returned {
  readonly upTo: number;
  readonly isDone: boolean;
}

const pageSize = 100;

/**
 * Gives a publisher that was restored the conflicts that this site has copies of, as many as fit: those since its backup are nowhere else, and with them the values
 * that did not stand (engine.md §9). Nothing is given to one that was not.
 */
export async function returnNotes(
  { context, subscription }: { readonly context: SiteContext; readonly subscription: Subscription },
  writer: SyncWriter,
  after: number,
): Promise<Returned> {
  const { peer, state } = subscription;
  if (state.notesEpoch === undefined || state.notesEpoch === state.publisherEpoch) return { upTo: after, isDone: true };
  for (let upTo = after; ;) {
    const filter = { role: 'subscriber', peer, listedAfter: upTo, limit: pageSize } as const;
    const page = await context.store.conflicts(filter);
    for (const conflict of page) {
      // What was decided here and not sent goes with its edit.
      const note =
        conflict.state === 'closing' ? ({ ...conflict, state: 'open', settledBy: undefined } as const) : conflict;
      if (!writer.addNote(conflict.gid, encodeConflict(note))) return { upTo, isDone: false };
      upTo = conflict.listedAt;
    }
    if (page.length < pageSize) return { upTo, isDone: true };
  }
}
