import { conduitNamed, writingOf } from '../../conduits/conduit.ts';
import { InvariantError, ProtocolError, TransportError } from '../../errors/concord-error.ts';
import type { Batch } from '../../ports/site-store.ts';
import { deletionLimit } from '../../synchronization/brake.ts';
import type {
  HeardAnswer,
  SubscriberSession,
  Subscription,
  SubscriptionState,
  Waiting,
} from '../../synchronization/subscription.ts';
import { addTally } from '../../synchronization/tally.ts';
import type { PublisherHello } from '../../synchronization/wire/hello.ts';
import { readPublisherHello } from '../../synchronization/wire/hello.ts';
import { positionOf } from '../../synchronization/wire/read-position.ts';
import type { ReadSync } from '../../synchronization/wire/read-commands.ts';
import { openingAlert, statusesIn } from '../../synchronization/wire/read-commands.ts';
import { answersOf } from '../../synchronization/wire/statuses.ts';
import { messageLimitsFor } from '../../syncml/limits.ts';
import type { SyncMlMessage } from '../../syncml/message.ts';
import { StatusCode } from '../../syncml/status.ts';
import { decodeMessage } from '../../syncml/xml/decode-message.ts';
import { adoptTwins } from './adopt-twins.ts';
import { askEarly, mayAskEarly } from './ask-early.ts';
import { endSession } from './end-session.ts';
import type { EngineServices } from '../exchange/engine-services.ts';
import { largeOctets } from '../exchange/engine-services.ts';
import type { IncomingBody } from '../exchange/incoming-body.ts';
import { requireConcord } from '../exchange/introduction.ts';
import { beginAnew, meetRefusal, turnBack } from './hear-refusal.ts';
import { hearStatuses } from './hear-statuses.ts';
import { refusalIn } from './refusal.ts';
import type { RunningSync, TurnTaken, Underway } from './running-sync.ts';
import { Refusals } from '../exchange/refusals.ts';
import { defaultXmlLimits } from '../../xml/limits.ts';
import { readIncoming } from '../exchange/open-document.ts';
import { refuseRing } from '../exchange/topology.ts';
import { nextStage } from './next-stage.ts';
import { refuseForkedLog, refuseOvertakenSession } from './notice-copy.ts';
import { copiesOfConflicts } from './copies-of-conflicts.ts';
import { statusesFor } from './statuses-for.ts';
import { composeMessage } from './subscriber-turn.ts';
import type { TakenPackage } from './take-in-changes.ts';
import { ChangeIntake } from './take-in-changes.ts';
import { isAgreed, takeLeave } from './take-leave.ts';

/** The publisher's answer as it came. */
export interface Answer {
  readonly body: IncomingBody;
  /** Octets of the message that it answers. */
  readonly sent: number;
}

/** Takes in what the publisher answered, in one commit, and makes the next message in another; or ends the session. */
export async function hearAnswer(sync: RunningSync, subscription: Subscription, answer: Answer): Promise<TurnTaken> {
  const { session } = subscription.state;
  if (session === undefined) throw new ProtocolError('CON-S003', 'There is no session that waits for an answer');
  const message = await read(sync, answer.body);
  if (message.header.sessionId !== session.id || message.header.msgId !== session.lastMessage) {
    throw new ProtocolError('CON-S003', 'The answer belongs to another message');
  }
  const refusal = refusalIn(message);
  if (refusal !== undefined) refuseOvertakenSession(session, refusal);
  if (refusal !== undefined) return meetRefusal(sync, subscription, refusal);
  if (subscription.state.publisherEpoch === '') requireConcord(message);
  const alert = openingAlert(message);
  const hello = alert && readPublisherHello(alert);
  if (hello !== undefined) refuseRing(hello.chain, sync.services.identity);
  if (hello !== undefined && hello.needs !== 'nothing') {
    await refuseForkedLog(sync.context, hello);
    const turned = await turnBack(sync, subscription, hello);
    // The session is over, and yet its traffic belongs into the report.
    const { traffic } = heard(session, hello, answer);
    return turned.outcome === 'continue' ? turned : { ...turned, session: { ...session, traffic } };
  }
  return takeAnswer(sync, subscription, { session: heard(session, hello, answer), hello, message });
}

/** The octets go before the text is decoded, where they are many. */
async function read({ services }: RunningSync, body: IncomingBody): Promise<SyncMlMessage> {
  const text = [textOf(body)];
  if (body.length > largeOctets) await services.freeMemory?.();
  return decoded(text.pop() ?? '', services);
}

function textOf(body: IncomingBody): string {
  try {
    return new TextDecoder('utf-8', { fatal: true }).decode(body.octets);
  } catch (cause) {
    throw notSyncMl(cause);
  } finally {
    body.letGo();
  }
}

function decoded(text: string, { maxMessageOctets }: EngineServices): SyncMlMessage {
  try {
    return decodeMessage(text, messageLimitsFor(maxMessageOctets * 2));
  } catch (cause) {
    throw notSyncMl(cause);
  }
}

function notSyncMl(cause: unknown): TransportError {
  return new TransportError('CON-T002', 'The address does not answer with SyncML', { cause });
}

function heard(session: SubscriberSession, hello: PublisherHello | undefined, answer: Answer): SubscriberSession {
  const { traffic } = session;
  return {
    ...session,
    mayPush: hello?.mayPush ?? session.mayPush,
    publisherReadAt: hello?.position ?? session.publisherReadAt,
    publisherHad: hello?.takenUpTo ?? session.publisherHad,
    received: hello === undefined ? session.received : { ...session.received, expected: hello.members },
    traffic: {
      requests: traffic.requests + 1,
      octetsSent: traffic.octetsSent + answer.sent,
      octetsReceived: traffic.octetsReceived + answer.body.length,
    },
  };
}

interface Heard {
  readonly session: SubscriberSession;
  readonly hello: PublisherHello | undefined;
  readonly message: SyncMlMessage;
}

async function takeAnswer(sync: RunningSync, subscription: Subscription, input: Heard): Promise<TurnTaken> {
  const { session, message } = input;
  const epoch = session.publisherReadAt?.epoch ?? subscription.state.publisherEpoch;
  const { peer } = subscription;
  const changes = await readIncoming(sync.context, message, { peer, epoch, partial: session.partial });
  const isOpening = input.hello !== undefined;
  if (!isOpening && changes.partial === undefined && mayAskEarly(subscription, session, message)) {
    const asked = await askEarly(sync, subscription, { session, message });
    const { subscription: next } = await takeIn(sync, asked.subscription, { ...input, ...asked, changes, epoch });
    return { outcome: 'continue', subscription: next, underway: asked.underway };
  }
  const taken = await takeIn(sync, subscription, { ...input, changes, epoch });
  return goOn(sync, taken.subscription, taken.session);
}

/** After an answer has been taken in: makes the next message, or ends the session. */
export async function goOn(
  sync: RunningSync,
  subscription: Subscription,
  session: SubscriberSession,
): Promise<TurnTaken> {
  const { context, services } = sync;
  const { heard } = session;
  if (heard === undefined) throw new InvariantError('CON-I001', 'a session goes on that has heard nothing');
  if (heard.isOver) return endSession(sync, subscription, session);
  if (session.hasAdopted === true && session.stage === 'sending') return beginAnew(sync, subscription, session);
  const turn = { context, services, subscription, session, query: services.query(subscription.query) };
  if (isAgreed(subscription, session, heard)) return takeLeave(sync, turn);
  const { subscription: waiting, ...next } = await context.store.update(() => composeMessage(turn));
  return { outcome: 'continue', subscription: waiting, next };
}

interface Taking extends Heard {
  readonly changes: ReadSync;
  readonly epoch: string;
  readonly underway?: Underway;
}

interface Taken {
  readonly subscription: Subscription;
  readonly session: SubscriberSession;
}

async function takeIn(sync: RunningSync, subscription: Subscription, taking: Taking): Promise<Taken> {
  const { context } = sync;
  const { session, hello, message, changes, epoch } = taking;
  const all = changes.commands.flatMap((command) => command.changes);
  const hasDeletions = all.some((change) => change.kind === 'delete' || change.kind === 'leave');
  const deletionsLeft = hasDeletions ? await deletionsAllowed(sync, subscription, session) : 0;
  const told = toldOf(subscription.state, hello);
  const { keys, write: own } = conduitNamed(subscription.conduit);
  const rules = { deletionsLeft, keys, writers: { own, publishers: writingOf(told.publishersConduit) } };
  return context.store.update(async (head) => {
    const heardOf = await hearStatuses(sync, subscription, { session, message });
    const refused = new Map(heardOf.exceptions.map(({ gid, exception }) => [gid, exception]));
    const intake = new ChangeIntake({ ...sync, subscription, session, epoch, refused, ...rules }, head);
    const taken = await intake.takeIn(all);
    const batch = intake.batch();
    const writtenAt = head.seq + (batch.writes ?? []).length;
    const adopting = { context, subscription, publisherEpoch: epoch, namedAt: session.readAt.seq, writtenAt };
    const adoption = await adoptTwins(adopting, answersOf(statusesIn(message)));
    const publisherReadAt = positionOf(changes.sync) ?? session.publisherReadAt;
    const stage = nextStage(session, { message, hasItems: changes.commands.length > 0, members: hello?.members ?? 0 });
    const statuses = statusesFor(message, changes, taken.answers);
    const next: SubscriberSession = {
      ...session,
      ...(stage !== 'over' && stage),
      ...(adoption.hasAdopted && { hasAdopted: true }),
      publisherReadAt,
      partial: changes.partial,
      received: receivedAfter(session, taken, changes.sync?.numberOfChanges),
      ...said({ isOver: stage === 'over', asksForMore: !message.isFinal, statuses }, taking),
    };
    const token = hello?.token === undefined ? subscription.token : context.vault.seal(hello.token);
    const braked = heardOf.isBraked + brakedAtPublisher(message);
    const limit = deletionsLeft + session.received.deleted;
    const waiting = waitingAfter(subscription.state.waiting, { taken, braked, limit });
    const state: SubscriptionState = {
      ...subscription.state,
      publisherEpoch: epoch,
      ...told,
      waiting,
      session: next,
    };
    const row = { ...subscription, token, state };
    const conflicts = await copiesOfConflicts(context.store, subscription.peer, changes);
    const { maxOctets } = context.xmlLimits ?? defaultXmlLimits;
    const tooLarge = new Refusals(subscription.id, context.clock).addTooLarge(changes, maxOctets);
    const full: Batch = {
      writes: [...(batch.writes ?? []), ...adoption.writes],
      aliases: [...(batch.aliases ?? []), ...adoption.aliases],
      log: [...(batch.log ?? []), ...tooLarge.lines],
      pieces: changes.pieces === undefined ? [] : [{ peer: subscription.peer, ...changes.pieces }],
      exceptions: [...heardOf.exceptions, ...(batch.exceptions ?? []), ...adoption.exceptions],
      conflicts: [...conflicts, ...(batch.conflicts ?? [])],
      // What was answered is not sent again, and need not be written anew with the row.
      subscriptions: [taking.underway === undefined ? { row, message: null } : { row }],
    };
    return {
      batch: full,
      result: { subscription: { ...row, version: row.version + 1 }, session: next },
    };
  });
}

/** What the publisher has said of itself, in this answer or before. */
function toldOf(
  before: SubscriptionState,
  hello: PublisherHello | undefined,
): Pick<SubscriptionState, 'chain' | 'mayPush' | 'generation' | 'publishersConduit'> {
  const { chain, mayPush, generation, publishersConduit } = before;
  if (hello === undefined) return { chain, mayPush, generation, publishersConduit };
  const through = hello.chain.length === 0 ? chain : hello.chain;
  return {
    chain: through,
    mayPush: hello.mayPush,
    generation: hello.generation,
    publishersConduit: hello.conduit,
  };
}

/** What the answer leads to; when the next message has been sent already, what that has not said is left to the one after it. */
function said(heard: HeardAnswer, { underway }: Taking): Pick<SubscriberSession, 'heard' | 'unsaid' | 'isUntaken'> {
  if (underway === undefined) return { heard };
  return { heard: undefined, isUntaken: undefined, unsaid: heard.statuses.filter(({ cmd }) => cmd !== 'SyncHdr') };
}

function waitingAfter(
  waiting: Waiting | undefined,
  { taken, braked, limit }: { readonly taken: TakenPackage; readonly braked: number; readonly limit: number },
): Waiting | undefined {
  if (taken.brakedDeletions > 0) {
    return { for: 'permission', at: 'subscriber', deletions: taken.brakedDeletions, limit };
  }
  if (braked > 0) return { for: 'permission', at: 'publisher', deletions: braked };
  // What it was to be tried again for is over, now that there is an answer.
  return waiting?.for === 'retry' ? undefined : waiting;
}

/** Deletions that the publisher keeps back until it is permitted. */
function brakedAtPublisher(message: SyncMlMessage): number {
  const status = statusesIn(message).find((one) => one.cmd === 'Sync' && one.code === StatusCode.OperationCancelled);
  return status === undefined ? 0 : Number(status.items?.[0]?.data ?? 1);
}

async function deletionsAllowed(
  { context, services }: RunningSync,
  subscription: Subscription,
  session: SubscriberSession,
): Promise<number> {
  if (session.kind === 'refresh-from-publisher' && session.allowedDeletions === 0)
    return deletionLimit(0, 0, services.brake);
  const head = await context.store.head();
  const members = await context.store.countChanges(
    { collection: subscription.collection, after: 0, upTo: head.seq },
    'present',
  );
  return deletionLimit(members, session.allowedDeletions, services.brake) - session.received.deleted;
}

function receivedAfter(
  { received }: SubscriberSession,
  taken: TakenPackage,
  expected = received.expected,
): SubscriberSession['received'] {
  return addTally({ ...received, expected }, taken);
}
