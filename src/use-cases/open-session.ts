import { emptyTally } from '../synchronization/subscription.ts';
import type { SubscriberSession, Subscription } from '../synchronization/subscription.ts';
import type { RunningSync } from './run-sync.ts';
import { kindOf } from './run-sync.ts';
import { composeMessage, isBraked } from './subscriber-turn.ts';

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
  const { context, services, options } = sync;
  const query = services.query(subscription.query);
  return context.store.update(async (head) => {
    const { state } = subscription;
    const isNew = state.checkpoints.length === 0;
    const asked = beginning.kind ?? kindOf(options);
    const kind = asked === 'changes' && isNew ? 'comparison' : asked;
    const abandoned = state.session?.readAt.seq ?? 0;
    const members =
      kind === 'changes'
        ? 0
        : await context.store.countChanges(
            { collection: subscription.collection, after: 0, upTo: head.seq },
            'present',
          );
    const [lastConflict] = (
      await context.store.conflicts({ peer: subscription.peer, role: 'subscriber', state: 'closing' })
    ).slice(-1);
    const session: SubscriberSession = {
      id: context.identifiers.random(),
      number: state.sessionNumber + 1,
      kind,
      readAt: head,
      nextAnchor: context.identifiers.random(),
      lastMessage: 0,
      stage: kind === 'changes' || members === 0 ? 'sending' : 'opening',
      cursor: { stage: 'start' },
      hasClaimed: false,
      isBraked: false,
      mayPush: true,
      publisherReadAt: undefined,
      announcedDeletions: 0,
      conflictsUpTo: lastConflict?.listedAt ?? 0,
      sent: emptyTally,
      received: emptyTally,
      partial: undefined,
      traffic: { requests: 0, octetsSent: 0, octetsReceived: 0 },
      conflicts: 0,
      startedAt: context.clock.now(),
      allowedDeletions: options.allowDeletions ?? 0,
      sendsAllCheckpoints: beginning.sendsAllCheckpoints ?? false,
    };
    const inFlightUpTo = Math.max(state.inFlightUpTo, abandoned);
    const row: Subscription = {
      ...subscription,
      state: { ...state, sessionNumber: session.number, inFlightUpTo, waiting: undefined, session },
    };
    const turn = { context, services, subscription: row, session, query };
    const ready = { ...session, isBraked: await isBraked(turn) };
    return composeMessage({ ...turn, session: ready, statuses: () => [], asksForMore: false });
  });
}
