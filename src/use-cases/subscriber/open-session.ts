import { RequestError } from '../../errors/concord-error.ts';
import type { Position } from '../../objects/position.ts';
import { isSamePosition } from '../../objects/position.ts';
import type { PeerNumber } from '../../objects/revision.ts';
import { planNamed } from '../../synchronization/plan.ts';
import { emptyTally } from '../../synchronization/tally.ts';
import type { SubscriberSession, Subscription, Waiting } from '../../synchronization/subscription.ts';
import type { SiteContext } from '../site-context.ts';
import type { RunningSync } from './running-sync.ts';
import { kindOf } from './running-sync.ts';
import { brakedDeletions } from './braked-deletions.ts';
import { composeMessage } from './subscriber-turn.ts';

/** What a session begins with, where it is not an ordinary one. */
export interface Beginning {
  readonly kind?: SubscriberSession['kind'];
  readonly sendsAllCheckpoints?: boolean;
}

/**
 * Opens a session: the own log is read as of now, and the first message is kept to be sent. A session that was under way is given up; what it sent is in flight
 * (engine.md §4, "In flight is unknown").
 */
export async function openSession(
  sync: RunningSync,
  subscription: Subscription,
  beginning: Beginning = {},
): Promise<Subscription> {
  const { context, services } = sync;
  const query = services.query(subscription.query);
  return context.store.update(async (head) => {
    const { state } = subscription;
    const session = await newSession(sync, { subscription, head, beginning });
    refuseOutdatedPlan(sync, head);
    const inFlightUpTo = Math.max(state.inFlightUpTo, state.session?.readAt.seq ?? 0);
    const row: Subscription = {
      ...subscription,
      state: {
        ...state,
        sessionNumber: session.number,
        firstSession: state.firstSession ?? session.id,
        // What a first session has told that broke off is of the publisher as it was then.
        notesEpoch: state.notesEpoch ?? (state.publisherEpoch || undefined),
        inFlightUpTo,
        waiting: undefined,
        session,
      },
    };
    const turn = { context, services, subscription: row, session, query };
    const braked = await brakedDeletions(turn);
    const waiting: Waiting | undefined = braked && { for: 'permission', at: 'subscriber', ...braked };
    const ready = { ...session, isBraked: braked !== undefined };
    const waitingRow = { ...row, state: { ...row.state, waiting } };
    const composed = await composeMessage({ ...turn, subscription: waitingRow, session: ready });
    // Of a document that was on its way in a session that is given up.
    const pieces = state.session?.partial === undefined ? [] : [{ peer: subscription.peer, from: 0, texts: [] }];
    // What a comparison finds elsewhere it names anew; the publisher may have it no longer.
    const dropExceptions =
      session.kind === 'comparison' ? [{ peer: subscription.peer, reason: 'elsewhere' } as const] : [];
    return { batch: { ...composed.batch, pieces, dropExceptions }, result: composed.result.subscription };
  });
}

function refuseOutdatedPlan({ options }: RunningSync, head: Position): void {
  if (options.plan === undefined || isSamePosition(planNamed(options.plan).subscriber, head)) return;
  throw new RequestError('CON-E004', 'Something has changed here since the plan was made');
}

/** A session as it begins, with the own log read up to `head`. Nothing is written. */
export async function newSession(
  { context, options }: Pick<RunningSync, 'context' | 'options'>,
  {
    subscription,
    head,
    beginning,
  }: { readonly subscription: Subscription; readonly head: Position; readonly beginning: Beginning },
): Promise<SubscriberSession> {
  const { state, peer, collection } = subscription;
  const isNew = state.checkpoints.length === 0;
  const asked = beginning.kind ?? kindOf(options);
  const kind = asked === 'changes' && isNew ? 'comparison' : asked;
  const members =
    kind === 'changes' ? 0 : await context.store.countChanges({ collection, after: 0, upTo: head.seq }, 'present');
  const closing = await context.store.conflicts({ peer, role: 'subscriber', state: 'closing' });
  return {
    id: context.identifiers.random(),
    number: state.sessionNumber + 1,
    kind,
    readAt: head,
    nextAnchor: context.identifiers.random(),
    lastMessage: 0,
    // Who has nothing, and has never agreed on anything, has nothing to ask first.
    stage: kind === 'changes' || (members === 0 && isNew) ? 'sending' : 'opening',
    cursor: { stage: 'start' },
    hasClaimed: false,
    isBraked: false,
    mayPush: kind !== 'changes' || state.mayPush !== false,
    publisherReadAt: undefined,
    conflictsUpTo: closing.at(-1)?.listedAt ?? 0,
    ...(kind !== 'changes' && { copiesBefore: await lastListed(context, peer) }),
    sent: { ...emptyTally, expected: await toBeSent(context, subscription, { kind, members, head }) },
    received: emptyTally,
    partial: undefined,
    traffic: { requests: 0, octetsSent: 0, octetsReceived: 0 },
    startedAt: context.clock.now(),
    allowedDeletions: options.allowDeletions ?? 0,
    sendsAllCheckpoints: beginning.sendsAllCheckpoints ?? false,
    plannedAt: options.plan === undefined ? undefined : planNamed(options.plan).publisher,
    heard: undefined,
  };
}

/** Where the list of open copies ends. */
async function lastListed({ store }: SiteContext, peer: PeerNumber): Promise<number> {
  const open = await store.conflicts({ peer, role: 'subscriber', state: 'open' });
  return open.at(-1)?.listedAt ?? 0;
}

/** How many changes there are to be sent, at most; in a comparison of what is here the publisher asks for some. */
async function toBeSent(
  { store }: SiteContext,
  { state, terms, collection }: Subscription,
  {
    kind,
    members,
    head,
  }: { readonly kind: SubscriberSession['kind']; readonly members: number; readonly head: Position },
): Promise<number> {
  if (kind === 'refresh-from-subscriber') return members;
  if (kind === 'refresh-from-publisher' || terms.mode === 'pull' || state.mayPush === false) return 0;
  if (kind === 'comparison') return members;
  return store.countChanges({ collection, after: state.scannedUpTo, upTo: head.seq }, 'all');
}
