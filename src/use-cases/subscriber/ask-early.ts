import { InvariantError } from '../../errors/concord-error.ts';
import { isCarried } from '../../synchronization/carried.ts';
import type { HeardAnswer, SubscriberSession, Subscription } from '../../synchronization/subscription.ts';
import type { SyncMlMessage } from '../../syncml/message.ts';
import { StatusCode } from '../../syncml/status.ts';
import { headerStatus } from '../exchange/reply.ts';
import { withCredential } from './compose-message.ts';
import { deliver } from './hand-over.ts';
import type { RunningSync, Underway } from './running-sync.ts';
import { composeMessage } from './subscriber-turn.ts';

/**
 * Whether the next message can be asked for while this answer is taken in, so that both sides work at once. Not where an answer takes days, and only in a session
 * that is begun anew without loss when it is broken off between the two: it carries no permission and is no refresh.
 */
export function mayAskEarly(
  { publicationUrl }: Subscription,
  { stage, kind, allowedDeletions, plannedAt }: SubscriberSession,
  message: SyncMlMessage,
): boolean {
  const isOrdinary = (kind === 'changes' || kind === 'comparison') && allowedDeletions === 0 && plannedAt === undefined;
  return stage === 'receiving' && !message.isFinal && isOrdinary && !isCarried(publicationUrl);
}

/** The session as it waits for the next answer, and the message that asks for it. */
export interface Asked {
  readonly subscription: Subscription;
  readonly session: SubscriberSession;
  readonly underway: Underway;
}

/**
 * Asks for the next message of the publisher's package before the present one is taken in. What is asked is kept first, as always (engine.md §11), with the note that
 * the present one is not taken in: a session that is found so begins anew. What there is to say of the present one is said with the message after the next.
 */
export async function askEarly(
  sync: RunningSync,
  subscription: Subscription,
  { session, message }: { readonly session: SubscriberSession; readonly message: SyncMlMessage },
): Promise<Asked> {
  const { context, services } = sync;
  const statuses = [headerStatus(message, '0', StatusCode.Ok)];
  const heard: HeardAnswer = { isOver: false, asksForMore: true, statuses };
  const waiting = { ...session, heard, isUntaken: true };
  const turn = { context, services, subscription, session: waiting, query: services.query(subscription.query) };
  const { subscription: asked, kept } = await context.store.update(() => composeMessage(turn));
  const next = asked.state.session;
  if (next === undefined) throw new InvariantError('CON-I001', 'a message was not kept');
  const bytes = withCredential(kept, asked, context.vault);
  const delivery = deliver(sync, asked, { session: next, bytes });
  // Whoever takes the next turn hears of a failure; until then it is nobody's.
  delivery.catch(() => undefined);
  await letOthersGoOn();
  return { subscription: asked, session: next, underway: { sent: bytes.length, delivery } };
}

// A connection that has just brought an answer is free again after a turn of the event loop, and writes in the next.
const turnsToSend = 3;

/** What has been handed to the way goes out when others may go on: taking in, which waits for nothing, would keep it here. */
async function letOthersGoOn(): Promise<void> {
  for (let turn = 0; turn < turnsToSend; turn += 1) await new Promise((resolve) => setImmediate(resolve));
}
