import type { Conflict } from '../../synchronization/conflict.ts';
import type { SubscriberSession, Subscription } from '../../synchronization/subscription.ts';
import type { SyncWriter } from '../../synchronization/wire/sync-writer.ts';
import type { ToldNotes } from '../exchange/tell-notes.ts';
import { tellNotes } from '../exchange/tell-notes.ts';
import type { SiteContext } from '../site-context.ts';

/**
 * Gives a publisher that was restored the conflicts that this site has copies of, as many as fit: those since its backup are nowhere else, and with them the values
 * that did not stand (engine.md §9). Nothing is given to one that was not, nor to one that lets nobody push.
 */
export async function returnNotes(
  {
    context,
    subscription,
    session,
  }: { readonly context: SiteContext; readonly subscription: Subscription; readonly session: SubscriberSession },
  writer: SyncWriter,
  told: ToldNotes,
): Promise<ToldNotes & { readonly isDone: boolean }> {
  const { peer, state } = subscription;
  const isRestored = state.notesEpoch !== undefined && state.notesEpoch !== state.publisherEpoch;
  if (!isRestored || !session.mayPush) return { ...told, isDone: true };
  const page = (listedAfter: number, limit: number): ReturnType<typeof context.store.conflicts> =>
    context.store.conflicts({ role: 'subscriber', peer, listedAfter, limit });
  return tellNotes(writer, { page, asTold: undecided }, told);
}

/** What was decided here and not sent goes with its edit. */
function undecided(conflict: Conflict): Conflict {
  return conflict.state === 'closing' ? { ...conflict, state: 'open', settledBy: undefined } : conflict;
}
