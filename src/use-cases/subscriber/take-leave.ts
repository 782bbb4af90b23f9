import { isCarried } from '../../synchronization/carried.ts';
import type { HeardAnswer, SubscriberSession, Subscription } from '../../synchronization/subscription.ts';
import { withCredential } from './compose-message.ts';
import { endSession } from './end-session.ts';
import type { RunningSync, TurnTaken } from './running-sync.ts';
import { composeMessage } from './subscriber-turn.ts';
import type { Turn } from './turn.ts';

/**
 * Where each message takes long, a session is over when all that the publisher sent was taken in: the anchor says so with the next session (engine.md §11), and one
 * more message with its answer would say nothing else.
 */
export function isAgreed(
  { publicationUrl }: Subscription,
  { stage }: SubscriberSession,
  { statuses }: HeardAnswer,
): boolean {
  return stage === 'ending' && isCarried(publicationUrl) && statuses.every(({ code }) => code < 300);
}

/** Ends the session, with a last word that may get lost: with it the publisher shows the sync as ended already before the next one. */
export async function takeLeave(sync: RunningSync, turn: Turn): Promise<TurnTaken> {
  const { subscription, session } = turn;
  const { batch } = await composeMessage({ ...turn, isFarewell: true });
  const farewell = batch.subscriptions?.[0]?.message ?? undefined;
  const ended = await endSession(sync, subscription, session);
  if (farewell === undefined) return ended;
  const bytes = withCredential(farewell, subscription, sync.context.vault);
  return { ...ended, parcel: { bytes, isFarewell: true } };
}
