import type { SubscriberSession, Subscription } from '../../synchronization/subscription.ts';
import type { PublisherHello } from '../../synchronization/wire/hello.ts';
import { StatusCode } from '../../syncml/status.ts';
import { askPermission } from './ask-permission.ts';
import { openSession } from './open-session.ts';
import type { Refusal } from './refusal.ts';
import { isUnknownToken, refusalError } from './refusal.ts';
import type { RunningSync, TurnTaken } from './running-sync.ts';
import { stepBack } from './step-back.ts';

/** A session that the publisher does not know any more is begun anew, a token that it does not know is asked for again; everything else ends the sync. */
export async function meetRefusal(sync: RunningSync, subscription: Subscription, refusal: Refusal): Promise<TurnTaken> {
  if (isUnknownToken(refusal, subscription) && subscription.password !== '') {
    // The password is asked for again, once, because then there is no token any more.
    const closed = await closeSession(sync, { ...subscription, token: '' });
    return { outcome: 'continue', subscription: await openSession(sync, closed) };
  }
  const isLater = (subscription.state.session?.lastMessage ?? 0) > 1;
  if (refusal.code === StatusCode.Gone && isLater) {
    const closed = await closeSession(sync, subscription);
    return { outcome: 'continue', subscription: await openSession(sync, closed) };
  }
  // What was never accepted need not be said again: the next sync begins anew. Only a busy publisher is asked the same once more.
  if (!isLater && refusal.code !== StatusCode.RetryLater) await closeSession(sync, subscription);
  throw refusalError(refusal);
}

/** The publisher asks for something else first: a comparison, permission for one, all checkpoints, or to go back to one of them. */
export async function turnBack(
  sync: RunningSync,
  subscription: Subscription,
  hello: PublisherHello,
): Promise<TurnTaken> {
  const { context } = sync;
  const token = hello.token === undefined ? subscription.token : context.vault.seal(hello.token);
  const closed = await closeSession(sync, { ...subscription, token });
  if (hello.needs === 'go-back') {
    const back = await stepBack(context, closed, hello);
    return { outcome: 'continue', subscription: await openSession(sync, back, { kind: 'changes' }) };
  }
  if (hello.needs === 'permission' && sync.options.plan === undefined) return askPermission(sync, closed, hello);
  const beginning =
    hello.needs === 'checkpoints'
      ? ({ kind: 'changes', sendsAllCheckpoints: true } as const)
      : ({ kind: 'comparison' } as const);
  return { outcome: 'continue', subscription: await openSession(sync, closed, beginning) };
}

/** Everything that was named has other names now: it is compared once more. That this site has moved is no news to the plan that is carried out. */
export async function beginAnew(
  sync: RunningSync,
  subscription: Subscription,
  { kind }: SubscriberSession,
): Promise<TurnTaken> {
  const closed = await closeSession(sync, subscription);
  const { plan: _plan, ...options } = sync.options;
  return { outcome: 'continue', subscription: await openSession({ ...sync, options }, closed, { kind }) };
}

async function closeSession({ context }: RunningSync, subscription: Subscription): Promise<Subscription> {
  const { state } = subscription;
  const inFlightUpTo = Math.max(state.inFlightUpTo, state.session?.readAt.seq ?? 0);
  const row = { ...subscription, state: { ...state, inFlightUpTo, session: undefined } };
  await context.store.update(() =>
    Promise.resolve({ batch: { subscriptions: [{ row, message: null }] }, result: undefined }),
  );
  return { ...row, version: row.version + 1 };
}
