import type { Gid } from '../../objects/gid.ts';
import type { Position } from '../../objects/position.ts';
import type { SiteStore } from '../../ports/site-store.ts';
import type { Checkpoint } from '../../synchronization/checkpoint.ts';
import { withCheckpoint } from '../../synchronization/checkpoint.ts';
import type { Exception } from '../../synchronization/exception.ts';
import type { Subscriber, SubscriberState } from '../../synchronization/subscriber.ts';
import type { SubscriberHello } from '../../synchronization/wire/hello.ts';
import type { Outlook } from '../exchange/outlook.ts';
import { hasCaughtUp } from '../exchange/held-by-peer.ts';
import { soundCheckpoints } from '../exchange/sound-checkpoints.ts';
import { stillMissing } from '../exchange/still-missing.ts';
import { publisherOutlook } from './publisher-outlook.ts';
import type { PublisherStep } from './publisher-step.ts';

const mostFormerEpochs = 8;

/**
 * A subscriber of which a message of this epoch has come. Until it has shown that it heard an answer, the message may be a late one of an epoch that nobody knew of here, and
 * the one before may come back.
 */
export function inEpoch(
  state: SubscriberState,
  { epoch, hasHeard }: { readonly epoch: string; readonly hasHeard: boolean },
): Pick<SubscriberState, 'subscriberEpoch' | 'formerEpochs' | 'leftEpochs'> {
  const { subscriberEpoch: before, formerEpochs, leftEpochs = [] } = state;
  const isOther = before !== '' && before !== epoch;
  const left = isOther ? [...leftEpochs.filter((one) => one !== epoch), before].slice(-mostFormerEpochs) : leftEpochs;
  const present = { subscriberEpoch: epoch, formerEpochs, leftEpochs: left.length === 0 ? undefined : left };
  return hasHeard ? { ...present, ...settledIn(present) } : present;
}

/** It has heard an answer in its present epoch: those before are left for good. */
function settledIn({
  formerEpochs = [],
  leftEpochs = [],
}: Pick<SubscriberState, 'formerEpochs' | 'leftEpochs'>): Pick<SubscriberState, 'formerEpochs' | 'leftEpochs'> {
  if (leftEpochs.length === 0) return {};
  return { formerEpochs: [...formerEpochs, ...leftEpochs].slice(-mostFormerEpochs), leftEpochs: undefined };
}

/** What a subscriber's last anchor makes of its row; nothing of it is stored yet. */
export interface Confirmed {
  readonly subscriber: Subscriber;
  /** False where the anchor changes nothing. */
  readonly isNew: boolean;
  /** Exceptions that go with it. */
  readonly settled: readonly Gid[];
}

/**
 * Takes the anchor that a subscriber names as its last (engine.md §11): the offered one confirms the offer, whose exceptions go; the agreed one drops it; a third
 * changes nothing, and the checkpoints decide.
 */
export async function confirmation(
  step: PublisherStep,
  { lastAnchor, position }: Pick<SubscriberHello, 'lastAnchor' | 'position'>,
): Promise<Confirmed> {
  const { context, subscriber, services, publication } = step;
  const { state } = subscriber;
  const { offered } = state;
  if (offered === undefined || lastAnchor !== offered.anchor) return { subscriber, isNew: false, settled: [] };
  const query = services.query(publication.query);
  const outlook = publisherOutlook(context, { publication, subscriber, query }, offered.checkpoint.publisher.seq);
  const settled = await settledAt(outlook);
  const { store } = context;
  const { collection, root } = publication;
  const place = {
    store,
    collection,
    root,
    checkpoints: state.checkpoints,
    seqAt: ({ publisher }: Checkpoint) => publisher.seq,
  };
  const next: SubscriberState = {
    ...state,
    ...(position.epoch === state.subscriberEpoch && settledIn(state)),
    checkpoints: withCheckpoint(await soundCheckpoints(place, settled), offered.checkpoint),
    agreedAnchor: offered.anchor,
    offered: undefined,
    inFlightUpTo: 0,
    conflictsUpTo: offered.conflictsUpTo,
    notesEpoch: state.notesEpoch === offered.checkpoint.publisher.epoch ? undefined : state.notesEpoch,
    session: undefined,
  };
  return { subscriber: { ...subscriber, state: next }, isNew: true, settled: settled.map(([gid]) => gid) };
}

/** Stores what was confirmed. Returns the row as it is then. */
export async function saveConfirmed(
  store: SiteStore,
  { subscriber: row, isNew, settled }: Confirmed,
): Promise<Subscriber> {
  if (!isNew) return row;
  const exceptions = settled.map((gid) => ({ peer: row.peer, gid, exception: undefined }));
  await store.update(() => Promise.resolve({ batch: { subscribers: [{ row }], exceptions }, result: undefined }));
  return { ...row, version: row.version + 1 };
}

/** Exceptions that the checkpoint makes needless: what came of it has been taken in, or the subscriber had it all the time. */
async function settledAt(outlook: Outlook): Promise<readonly (readonly [Gid, Exception])[]> {
  const { store, peer } = outlook;
  const settled: [Gid, Exception][] = [];
  if ((await store.countExceptions(peer)) === 0) return settled;
  for (let after = ''; ;) {
    const page = await store.exceptions(peer, { after, limit: 500 });
    for (const [gid, exception] of page) {
      if (await isSettled(outlook, gid, exception)) settled.push([gid, exception]);
      after = gid;
    }
    if (page.size < 500) return settled;
  }
}

async function isSettled(outlook: Outlook, gid: Gid, exception: Exception): Promise<boolean> {
  if (exception.reason === 'held' || exception.reason === 'with-parent') return true;
  if (exception.reason === 'received' && exception.received.outcome <= outlook.upTo) return true;
  return exception.reason === 'not-taken' && (await hasCaughtUp(outlook, gid, exception));
}

/** Goes back to a checkpoint that both sides still have; all that was sent or received since is uncertain, and goes again (engine.md §9). */
export async function goBack(
  store: SiteStore,
  subscriber: Subscriber,
  { backTo, hello, head }: { readonly backTo: Checkpoint; readonly hello: SubscriberHello; readonly head: Position },
): Promise<Subscriber> {
  const { state } = subscriber;
  const index = state.checkpoints.findIndex(
    (checkpoint) =>
      checkpoint.publisher.seq === backTo.publisher.seq && checkpoint.subscriber.seq === backTo.subscriber.seq,
  );
  const isNewEpoch = hello.position.epoch !== state.subscriberEpoch;
  const next: SubscriberState = {
    ...state,
    checkpoints: index < 0 ? [backTo] : state.checkpoints.slice(0, index + 1),
    ...inEpoch(state, { epoch: hello.position.epoch, hasHeard: false }),
    ...(isNewEpoch && { takenUpTo: backTo.subscriber.seq, refusedUpTo: undefined }),
    // What it has given back since may have come from a copy of it.
    notesEpoch: state.notesEpoch === head.epoch ? undefined : state.notesEpoch,
    agreedAnchor: hello.nextAnchor,
    offered: undefined,
    inFlightUpTo: head.seq,
    conflictsUpTo: 0,
    session: undefined,
  };
  const reasons = ['received', 'not-taken', 'held', 'with-parent', 'wanted', 'refused'] as const;
  const row = { ...subscriber, state: next };
  const { peer } = subscriber;
  const dropExceptions = reasons.map((reason) => ({ peer, reason }));
  await store.update(async () => {
    const exceptions = await stillMissing(store, { peer, upTo: backTo.publisher.seq });
    return { batch: { subscribers: [{ row }], dropExceptions, exceptions }, result: undefined };
  });
  return { ...row, version: row.version + 1 };
}
