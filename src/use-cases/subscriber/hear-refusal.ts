import type { ConcordError } from '../../errors/concord-error.ts';
import { AuthenticityError, ProtocolError, RequestError, TransportError } from '../../errors/concord-error.ts';
import type { SubscriberSession, Subscription } from '../../synchronization/subscription.ts';
import type { PublisherHello } from '../../synchronization/wire/hello.ts';
import { statusesIn } from '../../synchronization/wire/read-commands.ts';
import type { SyncMlMessage } from '../../syncml/message.ts';
import { StatusCode } from '../../syncml/status.ts';
import { openSession } from './open-session.ts';
import type { RunningSync, TurnTaken } from './running-sync.ts';
import { stepBack } from './step-back.ts';

/** Why the publisher did not take a message at all. */
export interface Refusal {
  readonly code: number;
  readonly text: string;
}

/** The refusal in an answer, if it is one. @throws TransportError CON-T002 when it answers nothing */
export function refusalIn(message: SyncMlMessage): Refusal | undefined {
  const status = statusesIn(message).find((one) => one.cmd === 'SyncHdr');
  if (status === undefined) throw new TransportError('CON-T002', 'The address does not answer the message');
  return status.code < 300 ? undefined : { code: status.code, text: status.items?.[0]?.data ?? '' };
}

/** A session that the publisher does not know any more is begun anew, a token that it does not know is asked for again; everything else ends the sync. */
export async function meetRefusal(sync: RunningSync, subscription: Subscription, refusal: Refusal): Promise<TurnTaken> {
  const isOfSeal = refusal.text === 'CON-A005';
  const isUnknownToken = refusal.code === StatusCode.InvalidCredentials && subscription.token !== '' && !isOfSeal;
  if (isUnknownToken && subscription.password !== '') {
    // The token was revoked or the publisher restored: the password is asked for again, once, because then there is no token any more.
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

/** The publisher asks for something else first: a comparison, all checkpoints, or to go back to one of them. */
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
  const beginning =
    hello.needs === 'checkpoints'
      ? ({ kind: 'changes', sendsAllCheckpoints: true } as const)
      : ({ kind: 'comparison' } as const);
  return { outcome: 'continue', subscription: await openSession(sync, closed, beginning) };
}

/** Everything that was named has other names now: it is compared once more. */
export async function beginAnew(
  sync: RunningSync,
  subscription: Subscription,
  { kind }: SubscriberSession,
): Promise<TurnTaken> {
  const closed = await closeSession(sync, subscription);
  return { outcome: 'continue', subscription: await openSession(sync, closed, { kind }) };
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

/** The error that a refusal ends a sync with. */
export function refusalError({ code, text }: Refusal): ConcordError {
  if (text === 'CON-A005')
    return new AuthenticityError(
      'CON-A005',
      'The publisher takes only messages that are sealed with a key that it trusts',
    );
  switch (code) {
    case StatusCode.InvalidCredentials:
    case StatusCode.MissingCredentials:
      return new AuthenticityError('CON-A004', 'The publisher refused user name or password');
    case StatusCode.Forbidden:
      return new AuthenticityError('CON-A004', 'The publisher does not let this account synchronise');
    case StatusCode.NotFound:
      return new RequestError('CON-R003', text.replace(/^CON-\w+ /, ''));
    case StatusCode.CommandNotAllowed:
      return new RequestError('CON-E002', 'The publisher sees two installations with one identity');
    case StatusCode.RetryLater:
      return new TransportError('CON-T005', `The publisher is busy: ${text}`, { retry: 'later' });
    default:
      if (text.startsWith('CON-E004 ')) return new RequestError('CON-E004', text.slice('CON-E004 '.length));
      return new ProtocolError('CON-S002', `The publisher ended the session: ${String(code)} ${text}`);
  }
}
