import { TransportError } from '../../errors/concord-error.ts';
import type { Delivery, OutgoingMessage } from '../../ports/transport.ts';
import { defaultPatience, handedOverAgain, isCarried } from '../../synchronization/carried.ts';
import type { SubscriberSession, Subscription } from '../../synchronization/subscription.ts';
import { openSeal, requireSeal, sealedType, sealFor } from '../exchange/seals.ts';
import { withCredential } from './compose-message.ts';
import type { RunningSync, TurnTaken } from './running-sync.ts';

interface Message {
  readonly session: SubscriberSession;
  readonly bytes: Uint8Array;
}

/** Gives a message to the way. One that is carried counts as handed over even when the way failed, so that it is tried again with growing pauses. */
export async function deliver(sync: RunningSync, subscription: Subscription, message: Message): Promise<Delivery> {
  const { transport, signal } = sync.control;
  const sent = await outgoing(sync, subscription, message);
  try {
    const delivery = await transport.deliver(sent, signal);
    if (delivery.outcome === 'handed-over') return delivery;
    return { ...delivery, body: await openAnswer(sync, subscription, delivery.body) };
  } catch (cause) {
    if (isCarried(subscription.publicationUrl) && isPassing(cause))
      await noteHandedOver(sync, subscription, { session: message.session, where: undefined });
    throw cause;
  }
}

/** What an answer says, when it is sealed as was agreed. @throws AuthenticityError CON-A005 */
async function openAnswer(
  { context, services }: RunningSync,
  { id, keyName }: Subscription,
  answer: Uint8Array,
): Promise<Uint8Array> {
  const { body, sealedBy } = await openSeal(context, answer, services.maxMessageOctets * 2);
  requireSeal(keyName, `subscription:${id}`, sealedBy);
  return body;
}

/** Keeps that the last message lies with the way, since when, and when it is handed over again. */
export async function noteHandedOver(
  { context, services }: RunningSync,
  subscription: Subscription,
  { session, where }: { readonly session: SubscriberSession; readonly where: string | undefined },
): Promise<Pick<TurnTaken, 'subscription' | 'session'>> {
  const now = context.clock.now();
  const { patience = defaultPatience } = services;
  const waiting = { ...session, handedOver: handedOverAgain(session.handedOver, { now, where }, patience) };
  const { state } = subscription;
  const stillWaits = state.waiting?.for === 'retry' ? undefined : state.waiting;
  const row = { ...subscription, state: { ...state, session: waiting, waiting: stillWaits } };
  await context.store.update(() => Promise.resolve({ batch: { subscriptions: [{ row }] }, result: undefined }));
  return { subscription: { ...row, version: row.version + 1 }, session: waiting };
}

/** Sends a last message once. Nothing depends on it: the next session says the same (engine.md §11). */
export async function sayFarewell(
  sync: RunningSync,
  subscription: Subscription,
  { session, farewell }: TurnTaken,
): Promise<void> {
  if (session === undefined || farewell === undefined) return;
  const bytes = withCredential(farewell, subscription, sync.context.vault);
  const last = { ...session, lastMessage: session.lastMessage + 1 };
  try {
    const { transport, signal } = sync.control;
    await transport.deliver(await outgoing(sync, subscription, { session: last, bytes }), signal);
  } catch (cause) {
    if (!(cause instanceof TransportError)) throw cause;
  }
}

async function outgoing(
  { context }: RunningSync,
  { id, keyName, publicationUrl, subscriptionUrl, publication }: Subscription,
  { session, bytes }: Message,
): Promise<OutgoingMessage> {
  const isSealed = keyName !== '';
  return {
    url: publicationUrl,
    body: isSealed ? await sealFor(context, { keyName, owner: `subscription:${id}` }, bytes) : bytes,
    contentType: isSealed ? sealedType : 'application/vnd.syncml+xml',
    route: {
      kind: 'request',
      from: subscriptionUrl,
      publication,
      subscription: subscriptionUrl,
      session: session.id,
      message: session.lastMessage,
    },
  };
}

function isPassing(cause: unknown): boolean {
  return cause instanceof TransportError && cause.retry === 'later';
}
