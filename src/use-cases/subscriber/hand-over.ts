import { TransportError } from '../../errors/concord-error.ts';
import type { Delivery, OutgoingMessage } from '../../ports/transport.ts';
import { defaultPatience, handedOverAgain } from '../../synchronization/carried.ts';
import type { SubscriberSession, Subscription } from '../../synchronization/subscription.ts';
import { noteSent } from '../exchange/carrier-state.ts';
import { openSeal, requireSeal, sealedType, sealFor } from '../exchange/seals.ts';
import type { RunningSync, TurnTaken } from './running-sync.ts';

interface Message {
  readonly session: SubscriberSession;
  readonly bytes: Uint8Array;
}

/** Asks over a way that answers at once. */
export async function deliver(sync: RunningSync, subscription: Subscription, message: Message): Promise<Delivery> {
  const { transport, signal } = sync.control;
  const delivery = await transport.deliver(await outgoing(sync, subscription, message), signal);
  if (delivery.outcome === 'handed-over') return delivery;
  return { ...delivery, body: await openAnswer(sync, subscription, delivery.body) };
}

/** What an answer says, when it is sealed as was agreed. @throws AuthenticityError CON-A005 */
async function openAnswer(
  { context, services }: RunningSync,
  { id, keyName }: Subscription,
  answer: Uint8Array,
): Promise<Uint8Array> {
  const { body, sealedBy } = await openSeal(context, answer, services.maxMessageOctets * 2);
  requireSeal(keyName, `subscription:${id}`, sealedBy);
  return body.octets;
}

/**
 * Keeps that the last message lies with the way, since when, and when it is handed over again: before it is, because the answer may be quick. The lease goes with it, in
 * one: the row is written with the message that it holds, however large.
 */
export async function noteHandedOver(
  { context, services }: RunningSync,
  subscription: Subscription,
  { session, bytes }: Message,
): Promise<Pick<TurnTaken, 'subscription' | 'session'>> {
  const now = context.clock.now();
  const { patience = defaultPatience } = services;
  const where = session.handedOver?.where;
  const handedOver = handedOverAgain(session.handedOver, { now, where, octets: bytes.length }, patience);
  const waiting = { ...session, handedOver };
  const { state } = subscription;
  const stillWaits = state.waiting?.for === 'retry' ? undefined : state.waiting;
  const row = { ...subscription, state: { ...state, session: waiting, waiting: stillWaits, lease: undefined } };
  await context.store.update(() => Promise.resolve({ batch: { subscriptions: [{ row }] }, result: undefined }));
  return { subscription: { ...row, version: row.version + 1 }, session: waiting };
}

/** Hands over what a turn has left to be. Nothing depends on a farewell: the next session says the same (engine.md §11). */
export async function handOver(sync: RunningSync, turn: TurnTaken): Promise<TurnTaken> {
  const { subscription, session, parcel } = turn;
  if (session === undefined || parcel === undefined) return turn;
  const { bytes, isFarewell } = parcel;
  const last = isFarewell ? { ...session, lastMessage: session.lastMessage + 1 } : session;
  const { transport, signal } = sync.control;
  try {
    const delivery = await transport.deliver(await outgoing(sync, subscription, { session: last, bytes }), signal);
    await noteSent(sync.context, subscription.peer);
    const where = delivery.outcome === 'handed-over' ? delivery.where : undefined;
    return where === undefined || isFarewell ? turn : await noteWhere(sync, turn, where);
  } catch (cause) {
    if (isFarewell && cause instanceof TransportError) return turn;
    throw cause;
  }
}

/** Where a person finds the message; unless the answer has come meanwhile. */
async function noteWhere({ context }: RunningSync, turn: TurnTaken, where: string): Promise<TurnTaken> {
  const { store } = context;
  const { id } = turn.subscription;
  return store.update(async () => {
    const now = await store.subscription(id);
    const session = now?.state.session;
    const isSame = session?.id === turn.session?.id && session?.lastMessage === turn.session?.lastMessage;
    if (now === undefined || session?.handedOver === undefined || !isSame) return { batch: {}, result: turn };
    const placed = { ...session, handedOver: { ...session.handedOver, where } };
    const row = { ...now, state: { ...now.state, session: placed } };
    return { batch: { subscriptions: [{ row }] }, result: { ...turn, subscription: row, session: placed } };
  });
}

async function outgoing(
  { context }: RunningSync,
  { id, keyName, publicationUrl, subscriptionUrl, publication }: Subscription,
  { session, bytes }: Message,
): Promise<OutgoingMessage> {
  const isSealed = keyName !== '';
  return {
    url: publicationUrl,
    body: isSealed
      ? await sealFor(context, { keyNames: [keyName], owner: `subscription:${id}`, to: publicationUrl }, bytes)
      : bytes,
    contentType: isSealed ? sealedType : 'application/vnd.syncml+xml',
    route: {
      kind: 'request',
      site: context.site,
      from: subscriptionUrl,
      publication,
      subscription: subscriptionUrl,
      session: session.id,
      message: session.lastMessage,
    },
  };
}
