import type { ConcordError } from '../../errors/concord-error.ts';
import {
  AuthenticityError,
  InvariantError,
  ProtocolError,
  RequestError,
  TransportError,
} from '../../errors/concord-error.ts';
import { isCarried } from '../../synchronization/carried.ts';
import { nameOfPlan } from '../../synchronization/plan.ts';
import { standingReasons } from '../../synchronization/exception.ts';
import { isLeased } from '../../synchronization/lease.ts';
import type { SubscriberSession, Subscription, Traffic, Waiting } from '../../synchronization/subscription.ts';
import type { Tally } from '../../synchronization/tally.ts';
import { emptyTally } from '../../synchronization/tally.ts';
import { waitingFor } from '../../synchronization/waiting.ts';
import { IncomingBody } from '../exchange/incoming-body.ts';
import { withCredential } from './compose-message.ts';
import { deliver, handOver, noteHandedOver } from './hand-over.ts';
import { goOn, hearAnswer } from './hear-answer.ts';
import { beginAnew } from './hear-refusal.ts';
import { openSession } from './open-session.ts';
import { fillAhead } from './subscriber-turn.ts';
import type { RunningSync, SyncControl, SyncOptions, TurnTaken, Underway } from './running-sync.ts';
import { kindOf } from './running-sync.ts';
import type { SiteContext } from '../site-context.ts';

/** What came of a sync. */
export interface SyncReport {
  readonly outcome: 'done' | 'waiting-for-permission' | 'handed-over';
  readonly sent: Tally;
  readonly received: Tally;
  /** Conflicts of this subscription that wait for a decision. */
  readonly conflicts: number;
  /** Objects of which one side holds something else for a reason: kept back, refused, or waiting for an own edit. */
  readonly exceptions: number;
  readonly traffic: Traffic;
  readonly durationMs: number;
  readonly waiting: Waiting | undefined;
}

/** Longer than one message and its answer may take: who holds the lease says nothing meanwhile. */
const usualLeaseMs = 20 * 60_000;
const maxTurns = 1_000_000;

/**
 * Synchronises a subscription until its session has ended, or its message was handed over to a way that brings the answer some other time; one that was broken off
 * goes on from where it stood. Everything is kept between two messages, so that it can be killed at any moment (engine.md §11).
 * @throws RequestError CON-R004 unknown subscription; CON-E001 (`later`) another sync of it is running; CON-E002 a copied installation
 * @throws TransportError when the publisher cannot be reached; the next sync goes on
 * @throws AuthenticityError CON-A004 when the publisher refuses the account
 */
export async function runSync(
  context: SiteContext,
  request: { readonly id: string; readonly options: SyncOptions },
  control: SyncControl,
): Promise<SyncReport> {
  const sync = { context, services: control.services, options: request.options, control };
  const report = await runLeased(sync, request.id, takeTurn);
  if (report === undefined) throw new InvariantError('CON-I001', 'a sync has no outcome');
  return report;
}

/** An answer that somebody brought. */
export interface CarriedAnswer {
  readonly body: IncomingBody;
  /** What its header says that it answers. */
  readonly session: string;
  readonly message: number;
}

/**
 * Goes on with a session whose answer has come some other way than back, in any process: until the next message is handed over, or the session has ended. Returns
 * undefined for an answer that is not waited for (any more): it came twice, or late. Throws as `runSync` does.
 */
export async function takeInAnswer(
  context: SiteContext,
  request: { readonly id: string; readonly holder: string; readonly answer: CarriedAnswer },
  control: SyncControl,
): Promise<SyncReport | undefined> {
  const { id, answer, holder } = request;
  const sync = { context, services: control.services, options: { holder }, control };
  return runLeased(sync, id, async (running, subscription) => {
    const { session } = subscription.state;
    if (session?.id !== answer.session || session.lastMessage !== answer.message) return undefined;
    if (session.heard !== undefined) return goOn(running, subscription, session);
    const sent = session.handedOver?.octets ?? 0;
    const asked = { ...running, options: { ...running.options, ...askedFor(session) } };
    return hearAnswer(asked, subscription, { sent, body: answer.body });
  });
}

/** What whoever began a session had allowed: it holds for the session that takes its place before anything was exchanged, too. */
function askedFor({ kind, readAt, plannedAt, allowedDeletions }: SubscriberSession): Partial<SyncOptions> {
  return {
    ...(allowedDeletions > 0 && { allowDeletions: allowedDeletions }),
    ...(plannedAt !== undefined && { plan: nameOfPlan({ subscriber: readAt, publisher: plannedAt }) }),
    ...(kind === 'refresh-from-publisher' && { refreshFrom: 'publisher' as const }),
    ...(kind === 'refresh-from-subscriber' && { refreshFrom: 'subscriber' as const }),
  };
}

/** Undefined when there is nothing to do after all. */
type FirstTurn = (sync: RunningSync, subscription: Subscription, last?: TurnTaken) => Promise<TurnTaken | undefined>;

async function runLeased(sync: RunningSync, id: string, begin: FirstTurn): Promise<SyncReport | undefined> {
  const startedAt = sync.context.clock.now();
  const subscription = await takeLease(sync, id);
  let turn: TurnTaken | undefined;
  try {
    turn = await takeTurns(sync, subscription, begin);
  } catch (cause) {
    await recordFailure(sync, id, cause);
    throw cause;
  } finally {
    await releaseLease(sync, id);
  }
  if (turn === undefined) return undefined;
  try {
    // Only now: the answer may be brought before the way has said that it has the message.
    return await finish(sync, await handOver(sync, turn), startedAt);
  } catch (cause) {
    await recordFailure(sync, id, cause);
    throw cause;
  }
}

async function takeTurns(sync: RunningSync, leased: Subscription, begin: FirstTurn): Promise<TurnTaken | undefined> {
  let subscription = leased;
  let turn: TurnTaken | undefined;
  for (let turns = 0; turns < maxTurns; turns += 1) {
    sync.control.signal?.throwIfAborted();
    turn = await (turns === 0 ? begin : takeTurn)(sync, subscription, turn);
    if (turn?.outcome !== 'continue') return turn;
    subscription = await keepLease(sync, turn.subscription);
  }
  throw new ProtocolError('CON-S002', 'The publisher does not come to an end');
}

async function takeTurn(sync: RunningSync, subscription: Subscription, last?: TurnTaken): Promise<TurnTaken> {
  const { context, options } = sync;
  const mustOpen =
    subscription.state.session === undefined ||
    (last === undefined && (mustRestart(subscription, options) || (await isOfFormerEpoch(sync, subscription))));
  const ready = mustOpen ? await openSession(sync, subscription) : subscription;
  const { session } = ready.state;
  if (last?.underway !== undefined) return hear(sync, ready, last.underway);
  if (session?.isUntaken === true) return beginAnew(sync, ready, session);
  if (session?.heard !== undefined) return goOn(sync, ready, session);
  const next = mustOpen ? undefined : last?.next;
  const body = next?.kept ?? (await context.store.message(ready.peer));
  if (body === undefined || session === undefined)
    throw new ProtocolError('CON-S003', 'The session has no message to send');
  if (options.isPatient === true && (session.handedOver?.againAt ?? 0) > context.clock.now())
    return { outcome: 'handed-over', subscription: ready, session };
  const turn = { ...sync, subscription: ready, session, query: sync.services.query(ready.query) };
  fillAhead(turn, { transport: sync.control.transport, isReady: next?.sent !== undefined });
  const bytes = next?.sent ?? withCredential(body, ready, context.vault);
  if (isCarried(ready.publicationUrl)) {
    const noted = await noteHandedOver(sync, ready, { session, bytes });
    return { outcome: 'handed-over', ...noted, parcel: { bytes, isFarewell: false } };
  }
  return hear(sync, ready, { sent: bytes.length, delivery: deliver(sync, ready, { session, bytes }) });
}

/** Waits for the answer to a message, and takes it in. */
async function hear(sync: RunningSync, subscription: Subscription, { sent, delivery }: Underway): Promise<TurnTaken> {
  const { session } = subscription.state;
  if (session === undefined) throw new ProtocolError('CON-S003', 'There is no session that waits for an answer');
  sync.control.onProgress?.({ stage: session.stage, sent: session.sent, received: session.received });
  const delivered = await delivery;
  if (delivered.outcome === 'answered')
    return hearAnswer(sync, subscription, { sent, body: new IncomingBody(delivered.body) });
  return { outcome: 'handed-over', subscription, session };
}

/** The session was under way when the backup was made that this site was restored from: another epoch ends it (engine.md §11). */
async function isOfFormerEpoch({ context }: RunningSync, { state }: Subscription): Promise<boolean> {
  const { epoch } = await context.store.head();
  return state.session?.readAt.epoch !== epoch;
}

function mustRestart(subscription: Subscription, options: SyncOptions): boolean {
  const isAnother = options.plan !== undefined || (options.allowDeletions ?? 0) > 0;
  return options.restart === true || isAnother || isOtherKind(subscription, options);
}

/** A refresh or slow sync that was asked for does not go on as the ordinary sync that was broken off. */
function isOtherKind({ state }: Subscription, options: SyncOptions): boolean {
  const kind = kindOf(options);
  return kind !== 'changes' && state.session?.kind !== kind;
}

async function takeLease({ context, options, services }: RunningSync, id: string): Promise<Subscription> {
  return context.store.update(async () => {
    const subscription = await context.store.subscription(id);
    if (subscription === undefined)
      throw new RequestError('CON-R004', `There is no subscription “${id}” at ${context.site}`);
    const { lease } = subscription.state;
    const { leaseMs = usualLeaseMs } = services;
    const now = context.clock.now();
    if (lease !== undefined && lease.holder !== options.holder && isLeased(lease, now, leaseMs)) {
      throw new RequestError('CON-E001', `A sync of ${id} is running`, { retry: 'later', holder: lease.holder });
    }
    const until = now + leaseMs;
    const row = { ...subscription, state: { ...subscription.state, lease: { holder: options.holder, until } } };
    return { batch: { subscriptions: [{ row }] }, result: { ...row, version: row.version + 1 } };
  });
}

/** Between two messages the lease is renewed when half of it is over, or when the clock was set back under it. A row that others have moved on is refused when it is written next. */
async function keepLease(
  { context, options, services }: RunningSync,
  subscription: Subscription,
): Promise<Subscription> {
  const { leaseMs = usualLeaseMs } = services;
  const now = context.clock.now();
  const { until = 0 } = subscription.state.lease ?? {};
  if (until > now + leaseMs / 2 && until <= now + leaseMs) return subscription;
  const lease = { holder: options.holder, until: now + leaseMs };
  const row = { ...subscription, state: { ...subscription.state, lease } };
  await context.store.update(() => Promise.resolve({ batch: { subscriptions: [{ row }] }, result: undefined }));
  return { ...row, version: row.version + 1 };
}

async function releaseLease({ context, options }: RunningSync, id: string): Promise<void> {
  await context.store.update(async () => {
    const subscription = await context.store.subscription(id);
    if (subscription?.state.lease?.holder !== options.holder) return { batch: {}, result: undefined };
    const row = { ...subscription, state: { ...subscription.state, lease: undefined } };
    return { batch: { subscriptions: [{ row }] }, result: undefined };
  });
}

async function finish({ context }: RunningSync, turn: TurnTaken, startedAt: number): Promise<SyncReport> {
  const { subscription, session } = turn;
  const conflicts = await context.store.countConflicts({ peer: subscription.peer, state: 'open' });
  return {
    outcome: turn.outcome === 'continue' ? 'done' : turn.outcome,
    sent: session?.sent ?? emptyTally,
    received: session?.received ?? emptyTally,
    conflicts,
    exceptions: await context.store.countExceptions(subscription.peer, standingReasons),
    traffic: session?.traffic ?? { requests: 0, octetsSent: 0, octetsReceived: 0 },
    durationMs: context.clock.now() - startedAt,
    waiting: waitingFor(subscription.state),
  };
}

/** Whether the peer, or the way to it, is to blame. */
function isOfPeer(cause: unknown): cause is ConcordError {
  if (cause instanceof RequestError) return cause.code === 'CON-R003' || cause.code === 'CON-E002';
  return cause instanceof TransportError || cause instanceof AuthenticityError || cause instanceof ProtocolError;
}

/** Shows on the subscription why it stands still; what the caller makes of it is the caller's. */
async function recordFailure({ context }: RunningSync, id: string, cause: unknown): Promise<void> {
  if (!isOfPeer(cause)) return;
  const { code, message } = cause;
  const now = context.clock.now();
  await context.store.update(async () => {
    const subscription = await context.store.subscription(id);
    if (subscription === undefined) return { batch: {}, result: undefined };
    const retry: Waiting = { for: 'retry', since: now, code, message };
    // Deletions wait for permission all the same, when the session goes on.
    const { waiting } = subscription.state;
    const row = {
      ...subscription,
      state: { ...subscription.state, waiting: waiting?.for === 'permission' ? waiting : retry },
    };
    const line = {
      at: now,
      kind: 'sync',
      level: 'warning',
      subject: id,
      text: `Not synchronised: ${message}`,
      details: { code },
    } as const;
    return { batch: { subscriptions: [{ row }], log: [line] }, result: undefined };
  });
}
