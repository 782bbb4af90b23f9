import { AuthenticityError, ConcordError, RequestError, StoreError } from '../../errors/concord-error.ts';
import type { NewActivity } from '../../activities/activity.ts';
import type { OutgoingMessage, Transport } from '../../ports/transport.ts';
import { schemeOf } from '../../synchronization/carried.ts';
import type { Subscriber } from '../../synchronization/subscriber.ts';
import { messageLimitsFor } from '../../syncml/limits.ts';
import type { SyncHdr } from '../../syncml/message.ts';
import { decodeBeginning } from '../../syncml/xml/decode-beginning.ts';
import { decodeMessage } from '../../syncml/xml/decode-message.ts';
import type { CarriedReply } from '../publisher/answer-message.ts';
import { answerCarried } from '../publisher/answer-message.ts';
import type { SiteContext } from '../site-context.ts';
import type { SyncReport } from '../subscriber/run-sync.ts';
import { takeInAnswer } from '../subscriber/run-sync.ts';
import { noteReceived, noteSent, noteUndelivered } from './carrier-state.ts';
import type { EngineServices } from './engine-services.ts';
import type { IncomingBody } from './incoming-body.ts';
import type { Opened, Seal, SealContext } from './seals.ts';
import { mayTellStranger } from './tell-stranger.ts';
import { openSeal, recordBadSeal, requireSeal, sealedType, sealFor } from './seals.ts';

/** A SyncML message that somebody brought. */
export interface CarriedMessage {
  readonly body: Uint8Array;
  /** Where answers go, on a way where that is not the address that the sender calls its own. */
  readonly replyTo?: string;
  /** Where the way says that it comes from: an address, in any letters. Proves nothing. */
  readonly sender?: string | undefined;
  /** What the way calls it, for the answer to refer to. */
  readonly reference?: string | undefined;
  /** Only if it is for this side. */
  readonly only?: 'publication' | 'subscription' | undefined;
}

/** What it takes to receive. */
export interface Reception {
  readonly services: EngineServices;
  readonly transport: Transport;
  /** A name for this reception, for the lease of a subscription. */
  readonly holder: string;
  readonly signal?: AbortSignal;
}

/**
 * What came of a message. `answered`: as publisher, and the answer is on its way; `went-on`: as subscriber, the session went on or ended; `ignored`: it came twice
 * or late, or from somebody who does not get an answer.
 */
export type Received =
  | { readonly outcome: 'answered' | 'ignored' }
  /** Without a report where the sync failed, which is recorded with it. */
  | { readonly outcome: 'went-on'; readonly report: SyncReport | undefined };

const contentType = 'application/vnd.syncml+xml';
const answerRetries = 50;

/**
 * Takes in one message of a way that has no answers of its own, whichever side it is for, and hands over what follows from it. The same message may be given twice,
 * late, and by two processes at a time: it counts once (engine.md §11). What is wrong with a sync is recorded with the sync; the message is dealt with all the same.
 * @throws ProtocolError CON-S001, CON-X00n when it is no SyncML message
 * @throws StoreError, RequestError CON-E001 (both `later`): give it again
 */
export function receiveMessage(
  context: SiteContext,
  { body, ...message }: CarriedMessage,
  reception: Reception,
): Promise<Received> {
  // Not `async`: such a function holds on to the octets until it ends.
  const opening = openSeal(context, body, reception.services.maxMessageOctets * 2);
  return receiveOpened(context, { ...message, opening }, reception);
}

interface Opening extends Omit<CarriedMessage, 'body'> {
  readonly opening: Promise<Opened>;
}

async function receiveOpened(
  context: SiteContext,
  { opening, ...message }: Opening,
  reception: Reception,
): Promise<Received> {
  try {
    const opened = await opening;
    // Only who sent it is read here: a package may be large, and who takes it in reads it whole.
    const header = headerOf(opened.body);
    // Requests carry a credential, answers never: so no two sites ever answer each other's answers.
    const side = header.cred === undefined ? 'subscription' : 'publication';
    if (message.only !== undefined && message.only !== side) return { outcome: 'ignored' };
    return await (side === 'subscription'
      ? hearCarried(context, { opened, header }, reception)
      : answerRequest(context, { ...message, opened }, reception));
  } catch (cause) {
    if (!(cause instanceof AuthenticityError) || cause.code !== 'CON-A005') throw cause;
    await recordBadSeal(context, cause);
    return { outcome: 'ignored' };
  }
}

function headerOf({ octets }: IncomingBody): SyncHdr {
  return decodeBeginning(octets).header;
}

async function hearCarried(
  context: SiteContext,
  { opened, header }: { readonly opened: Opened; readonly header: SyncHdr },
  { services, transport, holder, signal }: Reception,
): Promise<Received> {
  const { sessionId: session, msgId } = header;
  const subscriptions = await context.store.subscriptions();
  const subscription = subscriptions.find(({ state }) => state.session?.id === session);
  if (subscription === undefined) return { outcome: 'ignored' };
  requireSeal(subscription.keyName, `subscription:${subscription.id}`, opened.sealedBy);
  const answer = { body: opened.body, session, message: msgId };
  const control = { services, transport, ...(signal !== undefined && { signal }) };
  try {
    await noteReceived(context, subscription.peer);
    const report = await takeInAnswer(context, { id: subscription.id, holder, answer }, control);
    return report === undefined ? { outcome: 'ignored' } : { outcome: 'went-on', report };
  } catch (cause) {
    if (!(cause instanceof ConcordError) || mustComeAgain(cause)) throw cause;
    return { outcome: 'went-on', report: undefined };
  }
}

/** What is recorded with the sync need not come again; what could not even be looked at must. */
function mustComeAgain(cause: ConcordError): boolean {
  return cause instanceof StoreError || (cause instanceof RequestError && cause.code === 'CON-E001');
}

async function answerRequest(
  context: SiteContext,
  { opened, replyTo, sender, reference }: Omit<CarriedMessage, 'body'> & { readonly opened: Opened },
  { services, transport, signal }: Reception,
): Promise<Received> {
  const reply = await answerCarried(context, services, { ...opened, remoteAddress: 'carried' });
  const { header } = reply;
  const to = replyTo ?? header.source.locUri;
  const known = await subscriberOf(context, header);
  if (known !== undefined && !reply.isToStranger) await noteReceived(context, known.peer);
  if (header.noResp === true) return { outcome: 'answered' };
  // What came by mail goes back by mail: a subscriber must not choose a folder of this machine.
  if (replyTo === undefined && schemeOf(to) !== 'mailto') return { outcome: 'ignored' };
  // Whoever has never shown who it is names an address that may be anybody's.
  const isStranger = replyTo === undefined && reply.isToStranger && known === undefined;
  if (isStranger && (reply.isOfTheMoment || !(await mayTellStranger(context, header, sender))))
    return { outcome: 'ignored' };
  try {
    const answer = await outgoing(context, reply, { to, publication: known?.publication ?? '', reference });
    await transport.deliver(answer, signal);
    if (known !== undefined) await noteSent(context, known.peer);
  } catch (cause) {
    if (!(cause instanceof ConcordError) || cause.retry !== 'later') throw cause;
    if (known !== undefined) {
      await noteUndelivered(context, known.peer, cause.message);
      await context.queue.add(deliverLater(header, known, to));
    }
  }
  return { outcome: 'answered' };
}

/** Who has this address: of several publications the one whose session it is. */
async function subscriberOf({ store }: SiteContext, { source, sessionId }: SyncHdr): Promise<Subscriber | undefined> {
  let known: Subscriber | undefined;
  for (const { id } of await store.publications()) {
    const subscriber = await store.subscriber(id, source.locUri);
    if (subscriber?.state.lastExchange?.session === sessionId) return subscriber;
    known ??= subscriber;
  }
  return known;
}

interface Addressed {
  readonly to: string;
  readonly publication: string;
  readonly reference: string | undefined;
}

async function outgoing(
  context: SiteContext,
  { body, header, seal }: CarriedReply,
  { to, publication, reference }: Addressed,
): Promise<OutgoingMessage> {
  const { source, target, sessionId: session, msgId: message } = header;
  const url = (await context.store.publication(publication))?.url ?? '';
  const from = url === '' ? target.locUri : url;
  const route = {
    kind: 'answer',
    site: context.site,
    from,
    publication,
    subscription: source.locUri,
    session,
    message,
  } as const;
  return { url: to, ...(await sealedAs(context, seal && { ...seal, to }, body)), route: { ...route, reference } };
}

/** The body as it goes out, and what it is then. */
export async function sealedAs(
  context: SealContext,
  seal: Seal | undefined,
  body: Uint8Array,
): Promise<Pick<OutgoingMessage, 'body' | 'contentType'>> {
  if (seal === undefined) return { body, contentType };
  return { body: await sealFor(context, seal, body), contentType: sealedType };
}

function deliverLater(header: SyncHdr, { publication, url }: Subscriber, to: string): NewActivity {
  const { sessionId: session, msgId: message } = header;
  return {
    work: { name: 'deliver-answer', publication, subscriber: url, session, message, to },
    deduplicate: `answer:${session}:${message}`,
    maxRetries: answerRetries,
  };
}

/** What a stored answer is known by. */
export interface StoredAnswer {
  readonly publication: string;
  readonly subscriber: string;
  readonly session: string;
  readonly message: number;
  readonly to: string;
}

/** Hands over the stored answer, unless the session has gone on without it. Throws as the way does. */
export async function deliverStored(
  context: SiteContext,
  stored: StoredAnswer,
  { transport, signal }: Pick<Reception, 'transport' | 'signal'>,
): Promise<void> {
  const { publication, session, message, to } = stored;
  const subscriber = await context.store.subscriber(publication, stored.subscriber);
  const last = subscriber?.state.lastExchange;
  if (subscriber === undefined || last?.session !== session || last.message !== message) return;
  const body = await context.store.message(subscriber.peer);
  if (body === undefined) return;
  const from = decodeMessage(new TextDecoder().decode(body), messageLimitsFor(body.length)).header.source.locUri;
  const route = {
    kind: 'answer',
    site: context.site,
    from,
    publication,
    subscription: subscriber.url,
    session,
    message,
  } as const;
  const { keyName = '' } = (await context.store.publication(publication)) ?? {};
  const owner = `account:${subscriber.account}` as const;
  const seal = keyName === '' ? undefined : { keyNames: [keyName], owner, to };
  await transport.deliver({ url: to, ...(await sealedAs(context, seal, body)), route }, signal);
  await noteSent(context, subscriber.peer);
}
