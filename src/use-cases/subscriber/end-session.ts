import { ProtocolError } from '../../errors/concord-error.ts';
import type { SiteStore } from '../../ports/site-store.ts';
import { deletionLimit } from '../../synchronization/brake.ts';
import type { Checkpoint } from '../../synchronization/checkpoint.ts';
import { withCheckpoint } from '../../synchronization/checkpoint.ts';
import type { Conflict } from '../../synchronization/conflict.ts';
import type { Exception } from '../../synchronization/exception.ts';
import type {
  SubscriberSession,
  Subscription,
  SubscriptionState,
  Waiting,
} from '../../synchronization/subscription.ts';
import type { SiteContext } from '../site-context.ts';
import { settleByRules } from '../exchange/conflict-rules.ts';
import { recordSync } from '../exchange/record-sync.ts';
import { deletionsOf, stayingAbove } from '../exchange/refresh.ts';
import { soundCheckpoints } from '../exchange/sound-checkpoints.ts';
import { spanOfLate } from '../exchange/sent-late.ts';
import type { RunningSync, TurnTaken } from './running-sync.ts';

/** Ends a session that went well: the anchor and the checkpoint move, and what was remembered of it goes (engine.md §§3, 11). */
export async function endSession(
  sync: RunningSync,
  subscription: Subscription,
  session: SubscriberSession,
): Promise<TurnTaken> {
  const { context } = sync;
  const { store } = context;
  const { publisherReadAt: publisher } = session;
  if (publisher === undefined)
    throw new ProtocolError('CON-S002', 'The publisher ended the session without saying where it stands');
  const kept = await dropUnknown(sync, subscription, session);
  const ended = await store.update<TurnTaken>(async (head) => {
    const { state, peer, collection, conduit } = subscription;
    const checkpoint = { publisher, subscriber: session.readAt, takenUpTo: head.seq };
    const foreign = await store.firstChangeNotFrom(peer, { collection, after: session.readAt.seq, upTo: head.seq });
    const closing = await store.conflicts({ peer, role: 'subscriber', state: 'closing' });
    const over = closing.filter((conflict) => conflict.listedAt <= session.conflictsUpTo);
    const next: SubscriptionState = {
      ...state,
      waiting: kept ?? state.waiting,
      publisherEpoch: publisher.epoch,
      // What could not be given back is given when it may.
      notesEpoch: session.mayPush ? publisher.epoch : (state.notesEpoch ?? publisher.epoch),
      checkpoints: withCheckpoint(session.kind === 'changes' ? await soundBefore(store, subscription) : [], checkpoint),
      lastAnchor: session.nextAnchor,
      sentUpTo: session.readAt.seq,
      scannedUpTo: foreign === undefined ? head.seq : foreign - 1,
      inFlightUpTo: 0,
      lastSyncAt: context.clock.now(),
      session: undefined,
    };
    const row = { ...subscription, state: next };
    const sentAfter = state.checkpoints.at(-1)?.subscriber.seq ?? 0;
    const span = {
      ...{ peer, collection, conduit, sentAfter },
      ...(await spanOfLate(store, { peer, sentAfter })),
      readAt: session.readAt.seq,
      receivedAfter: session.readAt.seq,
      upTo: head.seq,
      peersEpoch: publisher.epoch,
    };
    const reasons =
      session.kind === 'refresh-from-publisher' ? (['received', 'wanted'] as const) : (['received'] as const);
    const batch = {
      subscriptions: [{ row, message: null }],
      dropExceptions: reasons.map((reason) => ({ peer, reason })),
      conflicts: [...over, ...(await forgottenThere(context, subscription, session))].map(settled),
      log: [recordSync(context, { subject: subscription.id, session, span })],
    };
    const outcome = next.waiting?.for === 'permission' ? 'waiting-for-permission' : 'done';
    return { batch, result: { outcome, subscription: { ...row, version: row.version + 1 }, session } };
  });
  // What the sync has brought goes to the publisher with the next one.
  await settleByRules(context, subscription.peer);
  return ended;
}

/** Those of the checkpoints before that still hold: what is remembered of what was sent goes with this one. */
async function soundBefore(
  store: SiteStore,
  { peer, collection, root, state: { checkpoints } }: Subscription,
): Promise<readonly Checkpoint[]> {
  const sent = await store.exceptions(peer, { reason: 'received' });
  const seqAt = ({ subscriber }: Checkpoint): number => subscriber.seq;
  return soundCheckpoints({ store, collection, root, checkpoints, seqAt }, [...sent]);
}

/**
 * Open copies of what the publisher has not told in a comparison: it has nobody who waits for them any more, because it takes a subscriber off only when all of
 * its conflicts are settled. A publisher that was restored is given them instead.
 */
async function forgottenThere(
  { store }: SiteContext,
  { peer, state: { notesEpoch, publisherEpoch } }: Subscription,
  { copiesBefore = 0 }: SubscriberSession,
): Promise<readonly Conflict[]> {
  // Before a first session has ended well nobody knows whether the publisher is still the one that told them.
  const isRestored = notesEpoch !== publisherEpoch;
  if (copiesBefore === 0 || isRestored) return [];
  const open = await store.conflicts({ peer, role: 'subscriber', state: 'open' });
  return open.filter(({ listedAt }) => listedAt <= copiesBefore);
}

function settled(conflict: Conflict): Conflict {
  return { ...conflict, state: 'settled', settledBy: 'person' };
}

/** After a refresh from the publisher what the publisher does not have goes here too, unless it is too much to go without permission (engine.md §6). */
async function dropUnknown(
  { context, services }: RunningSync,
  { peer, collection }: Subscription,
  session: SubscriberSession,
): Promise<Waiting | undefined> {
  const { store } = context;
  const { publisherReadAt: publisher } = session;
  if (session.kind !== 'refresh-from-publisher' || publisher === undefined) return undefined;
  return store.update(async (head) => {
    const wanted = [...(await store.exceptions(peer, { reason: 'wanted' })).keys()];
    const current = await store.current(wanted);
    const gids = wanted.filter(
      (gid) => (current.get(gid)?.seq ?? 0) <= session.readAt.seq && current.get(gid)?.state === 'present',
    );
    const members = await store.countChanges({ collection, after: 0, upTo: head.seq }, 'present');
    const limit = deletionLimit(members, session.allowedDeletions, services.brake);
    if (gids.length > limit) {
      const waiting: Waiting = { for: 'permission', at: 'subscriber', deletions: gids.length, limit };
      return { batch: {}, result: waiting };
    }
    const origin = { peer, epoch: publisher.epoch, number: publisher.seq, isExact: true };
    // What was made here meanwhile stays, with the folders that it is in: they go to the publisher with it.
    const staying = await stayingAbove(
      store,
      gids.flatMap((gid) => current.get(gid) ?? []),
    );
    const going = gids.filter((gid) => !staying.has(gid));
    const writes = await deletionsOf(store, going, { head, at: context.clock.now(), by: 'concord', origin });
    // What was changed here meanwhile stays, too, and the publisher has it as little: a change that is taken back must not make it pass for sent.
    const kept = wanted.filter((gid) => current.get(gid)?.state === 'present' && !going.includes(gid));
    const exception: Exception = { reason: 'withheld', by: 'brake', holds: { kind: 'nothing' } };
    return { batch: { writes, exceptions: kept.map((gid) => ({ peer, gid, exception })) }, result: undefined };
  });
}
