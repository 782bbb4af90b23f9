import { ProtocolError, RequestError } from '../../errors/concord-error.ts';
import type { Position } from '../../objects/position.ts';
import { isSamePosition } from '../../objects/position.ts';
import type { SiteStore } from '../../ports/site-store.ts';
import type { Checkpoint } from '../../synchronization/checkpoint.ts';
import type { Publication } from '../../synchronization/publication.ts';
import { isAllowed } from '../../synchronization/publication.ts';
import type { PublisherSession, Subscriber, SubscriberState } from '../../synchronization/subscriber.ts';
import { emptyTally } from '../../synchronization/tally.ts';
import type { Needs, PublisherHello, SubscriberHello } from '../../synchronization/wire/hello.ts';
import type { Confirmed } from './confirm-offer.ts';
import { confirmation, goBack, inEpoch, saveConfirmed } from './confirm-offer.ts';
import { epochOfCopies } from './take-notes-back.ts';
import type { PublisherStep } from './publisher-step.ts';

/** How a subscriber's first message is met: its session is open, or it must do something else first. */
export type Welcome =
  /** Where it `isStored`; else its row is still to be written, together with what follows from the message. */
  | { readonly outcome: 'open'; readonly subscriber: Subscriber; readonly isStored: boolean }
  | { readonly outcome: 'turned-back'; readonly subscriber: Subscriber; readonly hello: PublisherHello };

type NeedsFirst = Exclude<Needs, 'nothing'>;

/**
 * Opens a session, when both sides agree on where they stand; else says what must come first: a comparison, the list of checkpoints, or the checkpoint to go back
 * to (engine.md §§9, 11).
 * @throws ProtocolError CON-S003 for a session number that is late
 * @throws RequestError CON-E002 when two installations use one identity
 */
export async function welcome(step: PublisherStep, hello: SubscriberHello): Promise<Welcome> {
  const { context, subscriber, message } = step;
  const { store } = context;
  refuseLate(subscriber.state, hello, message.header.sessionId);
  const confirmed = await confirmation(step, hello);
  const head = await store.head();
  const verdict =
    hello.kind === 'changes'
      ? await compareNotes({ store, head, publication: step.publication, state: confirmed.subscriber.state, hello })
      : 'nothing';
  if (verdict === 'nothing') await refuseOutdatedPlan(step, hello, head);
  if (verdict === 'nothing') return open(step, hello, { confirmed, head });
  const backTo = typeof verdict === 'object' ? verdict.backTo : undefined;
  const confirmedRow = await saveConfirmed(store, confirmed);
  const row = backTo === undefined ? confirmedRow : await goBack(store, confirmedRow, { backTo, hello, head });
  const needs: NeedsFirst = typeof verdict === 'object' ? 'go-back' : verdict;
  return { outcome: 'turned-back', subscriber: row, hello: turnedBack(step, { hello, needs, backTo, head }) };
}

/** What a session would begin with, without beginning it: for a preview. */
export async function agreement(
  step: PublisherStep,
  hello: SubscriberHello,
): Promise<{ readonly subscriber: Subscriber; readonly needs: PublisherHello['needs']; readonly head: Position }> {
  const { store } = step.context;
  const subscriber = await saveConfirmed(store, await confirmation(step, hello));
  const head = await store.head();
  const notes = { store, head, publication: step.publication, state: subscriber.state, hello };
  const verdict = hello.kind === 'changes' ? await compareNotes(notes) : 'nothing';
  return { subscriber, needs: typeof verdict === 'object' ? 'go-back' : verdict, head };
}

/**
 * A session number counts once in an epoch, and a log only grows (engine.md §§9, 11). What breaks that comes from a copy of the installation; what is only old, from a
 * message that is late. Who introduces itself once more has subscribed anew, and counts from the start, unless it is the same subscription: that began with one session, and a copy made before
 * it with another.
 * @throws ProtocolError CON-S003 late; RequestError CON-E002 a copy
 */
export function refuseLate(
  state: SubscriberState,
  { position, sessionNumber, publisherEpoch, introduction }: SubscriberHello,
  session: string,
): void {
  const seen = state.lastSeenAt;
  if (state.formerEpochs?.includes(position.epoch) === true) throw copied();
  if (seen === undefined || position.epoch !== seen.epoch) return;
  const isOtherLog = position.seq < seen.seq || (position.seq === seen.seq && position.hash !== seen.hash);
  const known = state.introduction;
  const isSameSubscription = known !== undefined && introduction?.subscription === known.subscription;
  const isOther = isSameSubscription && introduction.firstSession !== known.firstSession;
  const isAnew = publisherEpoch === '' && !isSameSubscription && session !== state.introducedBy;
  const isKnown = session === (state.session?.id ?? state.lastExchange?.session);
  const isOld = sessionNumber < state.sessionNumber;
  const isUsedUp = sessionNumber === state.sessionNumber && !isKnown;
  if (isOtherLog || isOther || (!isAnew && (isUsedUp || (isOld && position.seq > seen.seq)))) throw copied();
  if (isOld && !isAnew) throw new ProtocolError('CON-S003', 'A later session has begun already');
}

/** A plan that was shown is carried out exactly, or not at all (design.md §3). @throws RequestError CON-E004 when what is published has changed since */
export async function refuseOutdatedPlan(
  { context, publication }: PublisherStep,
  { plannedAt }: SubscriberHello,
  head: Position,
): Promise<void> {
  if (plannedAt === undefined) return;
  const range = { collection: publication.collection, after: plannedAt.seq, upTo: head.seq };
  const hasMoved = plannedAt.epoch !== head.epoch || (await context.store.countChanges(range, 'all')) > 0;
  if (hasMoved) throw new RequestError('CON-E004', 'Something has changed at the publisher since the plan was made');
}

interface Notes {
  readonly store: SiteStore;
  readonly head: Position;
  readonly publication: Publication;
  readonly state: SubscriberState;
  readonly hello: SubscriberHello;
}

async function compareNotes(notes: Notes): Promise<Needs | { readonly backTo: Checkpoint }> {
  const { state, hello, head, publication } = notes;
  const mine = state.checkpoints.at(-1);
  const theirs = hello.checkpoints.at(-1);
  if (mine === undefined || theirs === undefined) return comparison(notes);
  const isSameEpoch = hello.position.epoch === state.subscriberEpoch;
  if (isSameEpoch && isForked(mine, theirs)) throw copied();
  const agrees = hello.lastAnchor === state.agreedAnchor && isSameCheckpoint(mine, theirs);
  if (hello.generation !== publication.generation) return comparison(notes);
  if (isSameEpoch && hello.publisherEpoch === head.epoch && agrees) return 'nothing';
  const backTo = await newestCommon(notes);
  if (backTo !== undefined) return { backTo };
  return hello.areAllCheckpoints ? 'permission' : 'checkpoints';
}

/** Who agreed on something that this side does not know of needs permission to compare: what is missing on one side may be new on the other, or deleted. */
function comparison({ state, hello }: Notes): 'comparison' | 'permission' {
  return hello.lastAnchor === state.agreedAnchor || hello.lastAnchor === '' ? 'comparison' : 'permission';
}

function isForked(mine: Checkpoint, theirs: Checkpoint): boolean {
  const [a, b] = [mine.subscriber, theirs.subscriber];
  return a.seq === b.seq && a.epoch === b.epoch && a.hash !== b.hash;
}

function isSameCheckpoint(a: Checkpoint, b: Checkpoint): boolean {
  return isSamePosition(a.publisher, b.publisher) && isSamePosition(a.subscriber, b.subscriber);
}

async function newestCommon({ store, state, hello }: Notes): Promise<Checkpoint | undefined> {
  const known = state.offered === undefined ? state.checkpoints : [...state.checkpoints, state.offered.checkpoint];
  for (const theirs of [...hello.checkpoints].reverse()) {
    const mine = known.find((checkpoint) => isSameCheckpoint(checkpoint, theirs));
    const stands = mine && (mine.publisher.seq === 0 ? mine.publisher : await store.positionAt(mine.publisher.seq));
    if (mine !== undefined && stands !== undefined && isSamePosition(stands, mine.publisher)) return mine;
  }
  return undefined;
}

async function open(
  step: PublisherStep,
  hello: SubscriberHello,
  { confirmed, head }: { readonly confirmed: Confirmed; readonly head: Position },
): Promise<Welcome> {
  const { context, publication, message } = step;
  const { subscriber, settled } = confirmed;
  const { state } = subscriber;
  const isAfresh = hello.kind !== 'changes';
  const mayPush = isAllowed(publication.mayPush, subscriber.account);
  const after = isAfresh ? 0 : (state.checkpoints.at(-1)?.publisher.seq ?? 0);
  const range = { collection: publication.collection, after, upTo: head.seq };
  const expected = await context.store.countChanges(range, isAfresh ? 'present' : 'all');
  const session: PublisherSession = {
    id: message.header.sessionId,
    epoch: head.epoch,
    // Who may not push has nothing here replaced, and nothing deleted: both sides are compared.
    kind: hello.kind === 'refresh-from-subscriber' && !mayPush ? 'comparison' : hello.kind,
    stage: 'receiving',
    readAt: undefined,
    subscriberReadAt: hello.position,
    nextAnchor: hello.nextAnchor,
    cursor: { stage: 'start' },
    brakedDeletions: 0,
    hasOnlyGrown: hello.checkpoints.at(-1)?.publisher.epoch === head.epoch,
    sent: { ...emptyTally, expected },
    received: emptyTally,
    allowedDeletions: hello.allowedDeletions,
    maxMessageOctets: message.header.meta?.maxMsgSize ?? step.services.maxMessageOctets,
    partial: undefined,
    orphans: [],
    conflictsUpTo: isAfresh ? 0 : state.conflictsUpTo,
    startedAt: context.clock.now(),
    conduit: hello.conduit,
    hadTaken: hadTaken(state, hello),
    ...(isAfresh && (state.takenUpTo > 0 || hello.kind === 'refresh-from-subscriber') && { openedAt: head.seq }),
  };
  // An offer that is not confirmed is dropped: the subscriber may have taken in what went with it, or not.
  const unfinished = Math.max(state.session?.readAt?.seq ?? 0, state.offered?.checkpoint.publisher.seq ?? 0);
  const next: SubscriberState = {
    ...state,
    // Who begins with what both agreed on has heard it from here.
    ...inEpoch(state, { epoch: hello.position.epoch, hasHeard: hello.kind === 'changes' || message.header.msgId > 1 }),
    ...(isAfresh && { notesEpoch: await notesEpochOf(context.store, { state, hello, head }) }),
    lastSeenAt: hello.position,
    generation: publication.generation,
    introducedBy: hello.publisherEpoch === '' ? session.id : state.introducedBy,
    introduction: hello.introduction ?? state.introduction,
    checkpoints: isAfresh ? [] : state.checkpoints,
    sessionNumber: hello.sessionNumber,
    inFlightUpTo: isAfresh ? 0 : Math.max(state.inFlightUpTo, state.session?.id === session.id ? 0 : unfinished),
    session,
  };
  // Of a document that was on its way in a session that is given up.
  const pieces = state.session?.partial === undefined ? [] : [{ peer: subscriber.peer, from: 0, texts: [] }];
  const dropExceptions = isAfresh ? [{ peer: subscriber.peer, reason: undefined }] : [];
  const row = { ...subscriber, terms: hello.terms, state: next };
  // A subscriber of which nothing else is remembered is written once for each message: hubs answer little else.
  if (dropExceptions.length + pieces.length + settled.length === 0)
    return { outcome: 'open', subscriber: row, isStored: false };
  const exceptions = settled.map((gid) => ({ peer: row.peer, gid, exception: undefined }));
  const batch = { subscribers: [{ row }], exceptions, dropExceptions, pieces };
  await context.store.update(() => Promise.resolve({ batch, result: undefined }));
  return { outcome: 'open', subscriber: { ...row, version: row.version + 1 }, isStored: true };
}

/**
 * Which of this site's epochs the subscriber's copies of conflicts are of. One that is not known here any more is taken at its word where this site was ever restored: else
 * whoever may push could make up conflicts, and say that they are given back.
 */
async function notesEpochOf(
  store: SiteStore,
  { state, hello, head }: Pick<Notes, 'state' | 'hello' | 'head'>,
): Promise<string> {
  const known = epochOfCopies(state);
  // A copy of its first message may have come late, after this site was restored: of whom nothing more was heard, nothing is known by that.
  const isIntroducedOnly = known === head.epoch && state.lastSyncAt === undefined;
  if (known !== undefined && !isIntroducedOnly) return known;
  const { publisherEpoch } = hello;
  return publisherEpoch !== '' && (await store.hasLaterEpoch()) ? publisherEpoch : head.epoch;
}

/** How much a subscriber that was restored to before its first sync has had taken in before; said again until a session has ended. */
function hadTaken(state: SubscriberState, { introduction, position }: SubscriberHello): Position | undefined {
  const { introduction: known, subscriberEpoch: epoch, takenUpTo: seq, session } = state;
  const isOther = introduction !== undefined && introduction.subscription !== known?.subscription;
  if (isOther || epoch === '') return undefined;
  if (epoch === position.epoch) return session?.hadTaken;
  return session?.hadTaken ?? { epoch, seq, hash: '' };
}

function turnedBack(
  step: PublisherStep,
  {
    hello,
    needs,
    backTo,
    head,
  }: {
    readonly hello: SubscriberHello;
    readonly needs: NeedsFirst;
    readonly backTo: Checkpoint | undefined;
    readonly head: Position;
  },
): PublisherHello {
  const { publication, subscriber, token } = step;
  const { state } = subscriber;
  const { subscriberEpoch: epoch, refusedUpTo = 0, session } = state;
  const common = backTo?.subscriber.seq ?? state.takenUpTo;
  // Of what followed the checkpoint not all need have been taken in: then nothing of it counts as had.
  const isWhole = refusedUpTo <= common && session?.stage !== 'receiving';
  const seq = isWhole ? state.takenUpTo : common;
  const takenUpTo = epoch === '' ? undefined : { epoch, seq, hash: '' };
  return {
    kind: needs === 'comparison' || needs === 'permission' ? 'comparison' : 'changes',
    nextAnchor: hello.nextAnchor,
    lastAnchor: state.agreedAnchor,
    position: head,
    generation: publication.generation,
    mayPull: isAllowed(publication.mayPull, subscriber.account),
    mayPush: isAllowed(publication.mayPush, subscriber.account),
    deletions: 0,
    members: 0,
    chain: [],
    token,
    needs,
    backTo,
    takenUpTo,
    seenAt: state.lastSeenAt,
  };
}

function copied(): RequestError {
  return new RequestError('CON-E002', 'Two installations use the same identity: one is a copy of the other');
}
