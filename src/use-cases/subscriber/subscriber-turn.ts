import { conduitNamed } from '../../conduits/conduit.ts';
import type { Batch, Decision } from '../../ports/site-store.ts';
import type { Change, Difference } from '../../synchronization/change.ts';
import type { SubscriberSession, Subscription } from '../../synchronization/subscription.ts';
import { isAtStart } from '../../synchronization/subscription.ts';
import { addTally } from '../../synchronization/tally.ts';
import { SyncWriter } from '../../synchronization/wire/sync-writer.ts';
import { digestOfVersion } from '../../objects/version.ts';
import type { Command, SyncMlMessage } from '../../syncml/message.ts';
import { encodeMessage } from '../../syncml/xml/encode-message.ts';
import { askForMore, frameOf, subscriberHeader, syncOf } from './compose-message.ts';
import type { Outlook } from '../exchange/outlook.ts';
import { agreedOn } from '../exchange/held-by-peer.ts';
import { returnNotes } from './return-notes.ts';
import type { fillMessage, Filling } from '../exchange/fill-message.ts';
import type { FilledMessage, MessageSource, WrittenAhead } from '../exchange/filling-ahead.ts';
import { fillNow } from '../exchange/filling-ahead.ts';
import { commandNumbers } from '../exchange/reply.ts';
import type { Transport } from '../../ports/transport.ts';
import type { SiteContext } from '../site-context.ts';
import { Closings } from './closings.ts';
import { Leftovers } from './leftovers.ts';
import type { NextMessage } from './running-sync.ts';
import { opening } from './opening.ts';
import { subscriberOutlook } from './subscriber-outlook.ts';
import type { Turn } from './turn.ts';
import { writeAhead } from './write-ahead.ts';

/** The subscription as it waits for the answer, and the message that is to be answered. */
interface Composed extends NextMessage {
  readonly subscription: Subscription;
}

const frameOctets = 6144;
/** What is ready goes out at once: the peer has it soon. */
const shortHeadStartMs = 4;

/** Makes the next message of a session, with the state in which it is kept until it is answered (engine.md §11). */
export async function composeMessage(turn: Turn): Promise<Decision<Composed>> {
  const { services, subscription } = turn;
  const number = commandNumbers();
  const isFirst = turn.session.lastMessage === 0;
  const { heard, unsaid = [] } = turn.session;
  const lastMessage = turn.session.lastMessage + 1;
  const said = { heard: undefined, unsaid: undefined, handedOver: undefined };
  let session: SubscriberSession = { ...turn.session, ...said, lastMessage };
  // The Status of the header comes first (SyncML Representation 1.2, Status).
  const [header, ...statuses] = heard?.statuses ?? [];
  const body: Command[] = [...(header === undefined ? [] : [header]), ...unsaid, ...statuses].map((status) => ({
    ...status,
    cmdId: number(),
  }));
  if (isFirst) body.push(...(await opening(turn, number)));
  const batch: { exceptions: NonNullable<Batch['exceptions']>[number][] } = { exceptions: [] };
  let isFinal = session.stage === 'ending';
  let ahead: WrittenAhead | undefined;
  if (session.stage === 'opening') body.push(syncOf(subscription, number, { writer: new SyncWriter('', 0) }));
  if (session.stage === 'claiming' || session.stage === 'sending') {
    const sent = await send(turn, session);
    body.push(
      syncOf(subscription, number, { writer: sent.writer, announced: sent.isFirst ? sent.session.sent : undefined }),
    );
    for (const { gid, exception } of sent.exceptions)
      batch.exceptions.push({ peer: subscription.peer, gid, exception });
    ({ session, isFinal, ahead } = sent);
  } else if (heard?.asksForMore === true) body.push(askForMore(subscription, number));
  const sessionHeader = subscriberHeader(
    subscription,
    { session: session.id, message: session.lastMessage },
    services.maxMessageOctets,
  );
  const message: SyncMlMessage = {
    header: turn.isFarewell === true ? { ...sessionHeader, noResp: true } : sessionHeader,
    body,
    isFinal,
  };
  const written = ahead?.frame === frameOf(message, subscription) ? ahead : undefined;
  const kept = written?.kept ?? new TextEncoder().encode(encodeMessage(message));
  const row: Subscription = { ...subscription, state: { ...subscription.state, session } };
  return {
    batch: { ...batch, subscriptions: [{ row, message: kept }] },
    result: { subscription: { ...row, version: row.version + 1 }, kept, sent: written?.sent },
  };
}

interface Sent {
  readonly session: SubscriberSession;
  readonly writer: SyncWriter;
  readonly exceptions: Awaited<ReturnType<typeof fillMessage>>['exceptions'];
  /** The changes begin with this message. */
  readonly isFirst: boolean;
  readonly isFinal: boolean;
  /** The message as it was written ahead, if it rests on nothing else. */
  readonly ahead?: WrittenAhead | undefined;
}

async function send(turn: Turn, session: SubscriberSession): Promise<Sent> {
  const { context, subscription, query } = turn;
  const closings = new Closings(turn);
  const source = sourceOf(turn, session, await closings.ofObjects());
  const isClaiming = session.stage === 'claiming';
  const claim = isClaiming ? { claim: (difference: Difference) => claimOf(difference, subscription) } : {};
  // After the claims only what the publisher asked for is sent: it stands among the exceptions.
  const isRest = session.kind !== 'changes' && !isClaiming && session.hasClaimed;
  const ordinary = subscriberOutlook(context, subscription, { session: { ...session, kind: 'changes' }, query });
  const only = session.kind === 'refresh-from-publisher' ? 'nothing' : 'wanted';
  const { writer, filled, written }: FilledMessage = isFilledAhead(source, session)
    ? await (context.fillingAhead?.take(source) ?? fillNow(source))
    : await fillInTurn(context, {
        ...source,
        // To name what is here sends none of it, whatever mode or right keep back.
        ...(isClaiming && { outlook: { ...source.outlook, withheldBy: () => undefined } }),
        filling: {
          ...source.filling,
          ...claim,
          ...(isRest && { only }),
          ...((isRest || isAgain(session)) && { agreedOn: agreement(turn, ordinary) }),
        },
      });
  const isFirst = !isClaiming && isAtStart(session.cursor);
  const wanted = isFirst && isRest ? await context.store.countExceptions(subscription.peer, ['wanted']) : undefined;
  const expected = wanted ?? session.sent.expected;
  const tally = isClaiming ? session.sent : { ...addTally(session.sent, filled.tally), expected };
  const next: SubscriberSession = { ...session, cursor: filled.cursor, sent: tally };
  if (!filled.isDone)
    return { session: next, writer, exceptions: filled.exceptions, isFirst, isFinal: false, ahead: written };
  if (isClaiming)
    return {
      session: { ...next, stage: 'sending', hasClaimed: true, cursor: { stage: 'start' } },
      writer,
      exceptions: filled.exceptions,
      isFirst,
      isFinal: false,
    };
  const notes = await returnNotes(turn, writer, { upTo: session.notesUpTo ?? 0, begun: session.noteBegun });
  const told = notes.isDone ? await closings.addTo(writer) : undefined;
  const isRoom = told?.isDone === true;
  const closed = told === undefined ? {} : { toldUpTo: told.upTo };
  return {
    session: {
      ...next,
      ...closed,
      notesUpTo: notes.upTo,
      noteBegun: notes.begun,
      stage: isRoom ? 'receiving' : 'sending',
    },
    writer,
    exceptions: filled.exceptions,
    isFirst,
    isFinal: isRoom,
  };
}

function fillInTurn({ fillingAhead }: SiteContext, source: MessageSource): Promise<FilledMessage> {
  return fillingAhead?.fill(source) ?? fillNow(source);
}

/** What both sides once agreed on: by this subscription, else by one that ended before it. */
function agreement(
  { context: { store }, subscription, session }: Turn,
  ordinary: Outlook,
): NonNullable<Filling['agreedOn']> {
  const publisherEpoch = session.publisherReadAt?.epoch ?? subscription.state.publisherEpoch;
  const leftovers = new Leftovers({ store, subscription, publisherEpoch });
  return async (gid) => {
    const agreed = await agreedOn(ordinary, gid);
    const held = agreed.base === undefined ? await leftovers.shadow(gid) : undefined;
    return held === undefined ? agreed : { held, base: { digest: digestOfVersion(held), position: 0 } };
  };
}

/** Begins to fill and to write the message after the one that goes out now; `isReady`: for that one there is nothing left to do. */
export function fillAhead(
  turn: Pick<Turn, 'context' | 'services' | 'subscription' | 'session' | 'query'>,
  { transport, isReady }: { readonly transport: Transport; readonly isReady: boolean },
): void {
  const source = sourceOf(turn, turn.session, undefined);
  if (!isFilledAhead(source, turn.session)) return;
  turn.context.fillingAhead?.begin(source, {
    write: (message) => writeAhead(turn, message, transport),
    ...(isReady && { headStartMs: shortHeadStartMs }),
  });
}

/** Only changes are, and without closings: what is named or asked for in a comparison depends on more than the log. */
function isFilledAhead({ filling }: MessageSource, session: SubscriberSession): boolean {
  const isOrdinary = session.kind === 'changes' || (!session.hasClaimed && !isAgain(session));
  return session.stage === 'sending' && isOrdinary && filling.closingsOf === undefined;
}

/** A comparison of sites that may have agreed before, be it in a first sync that did not end. */
function isAgain({ kind, stage, number }: SubscriberSession): boolean {
  return kind !== 'changes' && stage === 'sending' && number > 1;
}

function sourceOf(
  { context, services, subscription, query }: Pick<Turn, 'context' | 'services' | 'subscription' | 'query'>,
  session: SubscriberSession,
  closingsOf: Filling['closingsOf'],
): MessageSource {
  const room = services.maxMessageOctets - frameOctets;
  const outlook = subscriberOutlook(context, subscription, { session, query });
  const { cursor, isBraked, kind, mayPush } = session;
  const { peer, collection, root, terms, conduit } = subscription;
  const { from, heldAt, upTo, inFlightUpTo, hasReceived, peersEpoch, basePosition } = outlook;
  const positions = [from, heldAt, upTo, inFlightUpTo, hasReceived, peersEpoch, basePosition(undefined)];
  const settings = [peer, collection, root, terms, conduit, query.text, room, isBraked, kind, mayPush];
  const key = JSON.stringify([context.site, session.id, cursor, positions, settings]);
  return { key, outlook, filling: { cursor, closingsOf, isBraked }, epoch: session.readAt.epoch, room };
}

/** What is here is named; what was deleted here since the publisher had it is told so at once, and what left goes whole. */
function claimOf(difference: Difference, subscription: Subscription): Change | undefined {
  if (difference.state !== 'present' || difference.hasLeft === true) return undefined;
  const { version, gid, number } = difference;
  const { documentDigest, parent, id, type } = version;
  const key = conduitNamed(subscription.conduit).keyOf?.(version);
  const { lastAnchor, scannedUpTo } = subscription.state;
  // What is kept back or waits was never agreed on as it is.
  const wasAgreed = lastAnchor !== '' && number <= scannedUpTo && difference.exception === undefined;
  return {
    kind: 'have',
    gid,
    number,
    claim: { result: digestOfVersion(version), documentDigest, parent, id, type, key, wasAgreed },
  };
}
