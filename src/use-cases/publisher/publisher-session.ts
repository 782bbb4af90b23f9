import { conduitNamed, writingOf } from '../../conduits/conduit.ts';
import { ProtocolError } from '../../errors/concord-error.ts';
import type { Position } from '../../objects/position.ts';
import type { Query } from '../../objects/query.ts';
import type { Batch, Decision, SiteStore } from '../../ports/site-store.ts';
import { deletionLimit } from '../../synchronization/brake.ts';
import type { Exception } from '../../synchronization/exception.ts';
import { isAllowed } from '../../synchronization/publication.ts';
import type { PublisherSession, Subscriber } from '../../synchronization/subscriber.ts';
import { readSubscriberHello } from '../../synchronization/wire/hello.ts';
import type { ReadSync } from '../../synchronization/wire/read-commands.ts';
import { openingAlert } from '../../synchronization/wire/read-commands.ts';
import type { EngineServices } from '../exchange/engine-services.ts';
import type { Opening } from './publisher-turn.ts';
import { PublisherTurn } from './publisher-turn.ts';
import { goneWithParents } from './gone-with-parents.ts';
import { publisherOutlook } from './publisher-outlook.ts';
import type { ReceivedPackage } from './reception.ts';
import { receiveChanges } from './receive-changes.ts';
import { answerPreview } from './answer-preview.ts';
import { turnBackAnswer } from './greeting.ts';
import { settleByRules } from '../exchange/conflict-rules.ts';
import { deletionsOf, unknownToPeer } from '../exchange/refresh.ts';
import type { PublisherStep } from './publisher-step.ts';
import { readIncoming } from '../exchange/open-document.ts';
import { chainTo } from '../exchange/topology.ts';
import { welcome } from './welcome.ts';

/**
 * Takes the next step of a session as publisher, and returns the answer, which is stored before it is given (engine.md §11): what came in is applied in one
 * commit; then, when the subscriber's package is complete, the own changes follow, as of one position of the log.
 */
export async function stepPublisher(step: PublisherStep): Promise<Uint8Array> {
  const alert = openingAlert(step.message);
  if (alert === undefined) return continueSession(step, { opening: undefined, isStored: true });
  const hello = readSubscriberHello(alert);
  if (hello.isPreview) return answerPreview(step, hello, alert.cmdId);
  const welcomed = await welcome(step, hello);
  const next = { ...step, subscriber: welcomed.subscriber };
  if (welcomed.outcome === 'turned-back') return turnBackAnswer(next, { hello: welcomed.hello, alertCmd: alert.cmdId });
  return continueSession(next, { opening: { hello, alertCmd: alert.cmdId }, isStored: welcomed.isStored });
}

/** `isStored`: the subscriber's row is written already; else it is written before anything else, or with the answer where nothing else comes of the message. */
interface Entry {
  readonly opening: Opening | undefined;
  readonly isStored: boolean;
}

async function continueSession(entered: PublisherStep, { opening, isStored }: Entry): Promise<Uint8Array> {
  const { message } = entered;
  const { session } = entered.subscriber.state;
  if (session?.id !== message.header.sessionId) throw new ProtocolError('CON-S003', 'There is no such session');
  if (opening === undefined) await refuseLostEpoch(entered, session);
  const { partial } = session;
  const { epoch } = session.subscriberReadAt;
  const sync = await readIncoming(entered.context, message, { peer: entered.subscriber.peer, epoch, partial });
  const brings = sync.commands.length > 0 || sync.pieces !== undefined;
  const step = isStored || !brings ? entered : { ...entered, subscriber: await stored(entered) };
  const { subscriber } = step;
  const received = await receive(step, session, sync);
  if (received.outcomes.length > 0) await settleByRules(step.context, subscriber.peer);
  if (isEndOfRefresh(step, session)) await dropUnknown(step, session);
  const query = step.services.query(step.publication.query);
  const chain =
    session.kind === 'changes' ? [] : await chainTo(step.context.store, step.publication, step.services.identity);
  const { body, following } = await decided(step.context.store, async (head) => {
    const along = session.stage === 'receiving' && message.isFinal ? await goingAlong(step, query, head) : [];
    if (along.length > 0) return { batch: { exceptions: along }, result: undefined };
    return new PublisherTurn({ step, session, sync, received, query, head, opening, chain }).decide();
  });
  if (following !== undefined) step.context.fillingAhead?.begin(following);
  return body;
}

/**
 * A session that was under way when the backup was made that this site was restored from is over (engine.md §11): what it said belongs to a log that is lost.
 * @throws ProtocolError CON-S003
 */
async function refuseLostEpoch({ context }: PublisherStep, { epoch }: PublisherSession): Promise<void> {
  if (epoch === undefined || (await context.store.head()).epoch === epoch) return;
  throw new ProtocolError('CON-S003', 'This site has been restored since the session began');
}

/** Decides again where something had to be written before. */
async function decided<Result>(
  store: SiteStore,
  decide: (head: Position) => Promise<Decision<Result | undefined>>,
): Promise<Result> {
  for (;;) {
    const result = await store.update(decide);
    if (result !== undefined) return result;
  }
}

/** What comes or goes with something above it in this package (ADR 0025), where it is not remembered yet. */
async function goingAlong(
  { context, publication, subscriber }: PublisherStep,
  query: Query,
  head: Position,
): Promise<NonNullable<Batch['exceptions']>> {
  if (subscriber.state.session?.kind !== 'changes') return [];
  const along = await goneWithParents(publisherOutlook(context, { publication, subscriber, query }, head.seq));
  return along.map((one) => ({ peer: subscriber.peer, ...one }));
}

async function stored({ context, subscriber: row }: PublisherStep): Promise<Subscriber> {
  await context.store.update(() => Promise.resolve({ batch: { subscribers: [{ row }] }, result: undefined }));
  return { ...row, version: row.version + 1 };
}

async function receive(step: PublisherStep, session: PublisherSession, sync: ReadSync): Promise<ReceivedPackage> {
  const { context, publication, subscriber, services, message } = step;
  const changes = sync.commands.flatMap((command) => command.changes);
  const isFinal = message.isFinal && session.stage === 'receiving';
  if (changes.length === 0 && !(isFinal && session.orphans.length > 0)) {
    return { outcomes: [], orphans: session.orphans, created: 0, updated: 0, deleted: 0 };
  }
  const conduit = conduitNamed(publication.conduit);
  const hasDeletions = changes.some((change) => change.kind === 'delete' || change.kind === 'leave');
  const limit = hasDeletions ? await deletionsAllowed(step, session, services) : 0;
  const reception = {
    context,
    freeMemory: services.freeMemory,
    publication,
    subscriber,
    epoch: session.subscriberReadAt.epoch,
    deletionsLeft: limit - session.received.deleted,
    mayPush: isAllowed(publication.mayPush, subscriber.account),
    isRefresh: session.kind === 'refresh-from-subscriber',
    hasOnlyGrown: session.hasOnlyGrown === true,
    namesLostLog: session.kind === 'comparison' && session.hasOnlyGrown !== true,
    keys: conduit.keys,
    write: conduit.write,
    subscribersWrite: writingOf(session.conduit),
    keyOf: (version: Parameters<NonNullable<typeof conduit.keyOf>>[0]) => conduit.keyOf?.(version),
  };
  return receiveChanges(reception, changes, { orphans: session.orphans, isFinal });
}

function isEndOfRefresh({ message }: PublisherStep, session: PublisherSession): boolean {
  return session.kind === 'refresh-from-subscriber' && session.stage === 'receiving' && message.isFinal;
}

/** What the subscriber does not have goes, unless it is too much to go without permission: then it stays, and is not sent either. */
async function dropUnknown(step: PublisherStep, session: PublisherSession): Promise<void> {
  const { context, publication, subscriber, services } = step;
  const limit = await deletionsAllowed(step, session, services);
  await context.store.update(async (head) => {
    const query = services.query(publication.query);
    const outlook = publisherOutlook(context, { publication, subscriber, query }, head.seq);
    const gids = await unknownToPeer({ ...outlook, withheldBy: () => undefined }, session.openedAt ?? head.seq);
    if (gids.length > limit) {
      const exception: Exception = { reason: 'withheld', by: 'brake', holds: { kind: 'nothing' } };
      return {
        batch: { exceptions: gids.map((gid) => ({ peer: subscriber.peer, gid, exception })) },
        result: undefined,
      };
    }
    const deletion = { head, at: context.clock.now(), by: subscriber.account, origin: undefined };
    return { batch: { writes: await deletionsOf(context.store, gids, deletion) }, result: undefined };
  });
}

async function deletionsAllowed(
  { context, publication }: PublisherStep,
  session: PublisherSession,
  { brake }: EngineServices,
): Promise<number> {
  const head = await context.store.head();
  const members = await context.store.countChanges(
    { collection: publication.collection, after: 0, upTo: head.seq },
    'present',
  );
  return deletionLimit(members, session.allowedDeletions, brake);
}
