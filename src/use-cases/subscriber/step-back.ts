import type { Batch, SiteStore } from '../../ports/site-store.ts';
import type { SubscriptionState, Subscription } from '../../synchronization/subscription.ts';
import type { PublisherHello } from '../../synchronization/wire/hello.ts';
import type { GoneBack } from '../exchange/still-missing.ts';
import { rememberedFor, stillMissing } from '../exchange/still-missing.ts';
import type { SiteContext } from '../site-context.ts';

/** What is remembered of the publisher, and goes with all that was exchanged since the checkpoint. */
const uncertain = ['received', 'wanted', 'refused', 'waits'] as const;

/**
 * Goes back to a checkpoint that both sides still have (engine.md §9). After the publisher was restored, what had been taken in since becomes this site's own again
 * and is sent. After this site was restored, what the publisher had received of its former epoch counts as received.
 */
export async function stepBack(
  context: SiteContext,
  subscription: Subscription,
  hello: PublisherHello,
): Promise<Subscription> {
  const { store } = context;
  const { state } = subscription;
  const { backTo } = hello;
  if (backTo === undefined) return subscription;
  const head = await store.head();
  const index = state.checkpoints.findIndex(
    (checkpoint) =>
      checkpoint.publisher.seq === backTo.publisher.seq && checkpoint.subscriber.seq === backTo.subscriber.seq,
  );
  const received = await receivedUpTo(context, hello, backTo.subscriber.seq);
  const next: SubscriptionState = {
    ...state,
    publisherEpoch: hello.position.epoch,
    checkpoints: state.checkpoints.slice(0, index + 1),
    lastAnchor: hello.nextAnchor,
    // What was changed since may have been sent as something else, or not at all: it is in flight.
    scannedUpTo: backTo.subscriber.seq,
    sentUpTo: received,
    inFlightUpTo: head.seq,
    conflictsUpTo: 0,
    session: undefined,
  };
  const row = { ...subscription, state: next };
  const { peer } = subscription;
  const dropExceptions = uncertain.map((reason) => ({ peer, reason }));
  await store.update(async () => {
    const to = { peer, upTo: next.scannedUpTo };
    const deletions = await deletionsToTell(store, to);
    const isTold = new Set(deletions.map(({ gid }) => gid));
    const missing = (await stillMissing(store, to)).filter(({ gid }) => !isTold.has(gid));
    const exceptions = [...missing, ...deletions];
    return { batch: { subscriptions: [{ row, message: null }], dropExceptions, exceptions }, result: undefined };
  });
  return { ...row, version: row.version + 1 };
}

/**
 * Deletions that the publisher had forgotten, and that wait to be told or are told just now (ADRs 0018, 0027 and 0029): they stand before the checkpoint, where nothing else says
 * that they are still to be sent.
 */
async function deletionsToTell(store: SiteStore, to: GoneBack): Promise<NonNullable<Batch['exceptions']>> {
  const remembered = await rememberedFor(store, to.peer, ['waits', 'received']);
  return remembered.flatMap(({ gid, exception: { holds }, revision }) => {
    if (revision.seq > to.upTo || revision.state !== 'deleted' || holds.kind === 'nothing') return [];
    return [{ peer: to.peer, gid, exception: { reason: 'waits', clashes: ['existence'], holds } }];
  });
}

/** How far of this site's log the publisher has: all up to the restore point, when it had taken in as much of the former epoch. */
async function receivedUpTo({ store }: SiteContext, { takenUpTo }: PublisherHello, common: number): Promise<number> {
  const head = await store.head();
  if (takenUpTo === undefined || takenUpTo.epoch === head.epoch) return common;
  let seq = Math.min(takenUpTo.seq, head.seq);
  // Entries of the present epoch are newer than the restore point.
  for (
    let at = await store.positionAt(seq);
    at !== undefined && at.epoch !== takenUpTo.epoch && seq > common;
    at = await store.positionAt(seq)
  )
    seq -= 1;
  return Math.max(common, seq);
}
