import { createHash } from 'node:crypto';
import { AuthenticityError, ConcordError, ProtocolError } from '../../errors/concord-error.ts';
import type { Publication } from '../../synchronization/publication.ts';
import type { Subscriber } from '../../synchronization/subscriber.ts';
import { newSubscriberState } from '../../synchronization/subscriber.ts';
import { defaultTerms } from '../../synchronization/subscription.ts';
import { readSubscriberHello } from '../../synchronization/wire/hello.ts';
import { openingAlert } from '../../synchronization/wire/read-commands.ts';
import { messageLimitsFor } from '../../syncml/limits.ts';
import type { SyncHdr, SyncMlMessage } from '../../syncml/message.ts';
import { beginningOctets, decodeBeginning, decodeCutOff } from '../../syncml/xml/decode-beginning.ts';
import { decodeMessage } from '../../syncml/xml/decode-message.ts';
import type { EngineServices } from '../exchange/engine-services.ts';
import { largeOctets } from '../exchange/engine-services.ts';
import { IncomingBody } from '../exchange/incoming-body.ts';
import { tracesLeft } from '../exchange/taken-off.ts';
import type { Admitted } from './admit.ts';
import { hashOf } from './credentials.ts';
import { noteFault } from './hold-back.ts';
import type { Exchange, Identified, Known } from './identify.ts';
import { identifyHeard } from './identify.ts';
import { stepPublisher } from './publisher-session.ts';
import { recordRefusal, refusal } from './refusal.ts';
import { sealOfRefusal } from './seal-of-refusal.ts';
import { refuseLate } from './welcome.ts';
import type { Seal } from '../exchange/seals.ts';
import type { Actor, SiteContext } from '../site-context.ts';

/** A SyncML message as it came in. */
export interface Request {
  readonly body: Uint8Array;
  readonly remoteAddress: string;
  /** Whose keys have signed it; undefined when it came in clear. */
  readonly sealedBy?: readonly string[] | undefined;
}

const utf8 = new TextDecoder('utf-8', { fatal: true });

/**
 * Answers a SyncML message as publisher: the same bytes get the same answer, without being done again (engine.md §11). Whatever is wrong with its content is said
 * in Statuses of the answer.
 * @throws ProtocolError CON-S001, CON-X00n when it is no SyncML message, so that there is nobody to answer
 */
export async function answerMessage(
  context: SiteContext,
  services: EngineServices,
  request: Request,
): Promise<Uint8Array> {
  const body = new IncomingBody(request.body);
  return (await answerCarried(context, services, { ...request, body })).body;
}

/** A request that many have in their hands. */
export interface CarriedRequest extends Omit<Request, 'body'> {
  readonly body: IncomingBody;
}

/** An answer that somebody has to carry: where it belongs, and whether its addressee has shown who it is. */
export interface CarriedReply {
  readonly body: Uint8Array;
  readonly header: SyncHdr;
  /** The credential was refused: whoever wrote the message may be anybody. */
  readonly isToStranger: boolean;
  /** The same message may be taken another time. */
  readonly isOfTheMoment: boolean;
  /** The answer is to be sealed so; undefined where nothing was agreed, or nobody known has signed. */
  readonly seal: Seal | undefined;
}

/** As `answerMessage`, for a way that must be told where the answer goes. Throws as that does. */
export async function answerCarried(
  context: SiteContext,
  services: EngineServices,
  request: CarriedRequest,
): Promise<CarriedReply> {
  const { body, sealedBy } = request;
  const asked = { context, services, sealedBy };
  // Strangers, and who is held back, are turned away by the beginning of what they send, however much they send.
  const isLarge = body.length > beginningOctets;
  const early = isLarge ? await attempt({ ...asked, message: beginningOf(body) }, identifyHeard) : undefined;
  if (early?.refusal !== undefined) return early.refusal;
  const short = isLarge ? undefined : body.octets;
  const incoming = await readOrRefuse(asked, { short, known: early?.result.subscriber }, () => read(body, services));
  if ('refusal' in incoming) return incoming.refusal;
  const { digest, message } = incoming;
  services.onSession?.(message.header.sessionId);
  let seal: Seal | undefined;
  const attempted = await attempt({ ...asked, message }, async (exchange) => {
    const identified = await identifyHeard(exchange);
    seal = identified.seal;
    return notingFaults(context, identified.subscriber, () => answer({ ...exchange, digest }, identified));
  });
  if (attempted.refusal !== undefined) return attempted.refusal;
  return { body: attempted.result, header: message.header, isToStranger: false, isOfTheMoment: false, seal };
}

/** Does what a subscriber that has shown who it is asks for; what it does wrong is remembered. */
async function notingFaults<Result>(
  context: SiteContext,
  subscriber: Subscriber | undefined,
  work: () => Result | Promise<Result>,
): Promise<Result> {
  try {
    return await work();
  } catch (cause) {
    await noteFault(context, subscriber, cause);
    throw cause;
  }
}

/** Of a short message that cannot be read it is asked afterwards who sent it; its fault, too, is one of a subscriber that has shown who it is. */
async function readOrRefuse<Read extends object>(
  asked: Omit<Exchange, 'message'>,
  { short, known }: { readonly short: Uint8Array | undefined; readonly known: Subscriber | undefined },
  work: () => Promise<Read>,
): Promise<Read | { readonly refusal: CarriedReply }> {
  try {
    return await work();
  } catch (cause) {
    const heard = short === undefined ? undefined : await whoSent(asked, short);
    if (heard?.refusal?.isOfTheMoment === true) return { refusal: heard.refusal };
    const sender = heard === undefined || heard.refusal !== undefined ? known : heard.result.subscriber;
    await noteFault(asked.context, sender, cause);
    throw cause;
  }
}

/** Undefined where not even the header of the message can be read. */
async function whoSent(asked: Omit<Exchange, 'message'>, octets: Uint8Array): Promise<Attempt<Identified> | undefined> {
  let message: SyncMlMessage;
  try {
    message = decodeCutOff(octets);
  } catch (cause) {
    if (cause instanceof ProtocolError) return undefined;
    throw cause;
  }
  return attempt({ ...asked, message }, identifyHeard);
}

function beginningOf({ octets }: IncomingBody): SyncMlMessage {
  return decodeBeginning(octets);
}

/** The octets go before the text is decoded, where they are many. */
async function read(
  body: IncomingBody,
  { maxMessageOctets, freeMemory }: EngineServices,
): Promise<{ readonly digest: string; readonly message: SyncMlMessage }> {
  const digest = createHash('sha256').update(body.octets).digest('base64url');
  const text = [textOf(body.octets)];
  body.letGo();
  if (body.length > largeOctets) await freeMemory?.();
  return { digest, message: decodeMessage(text.pop() ?? '', messageLimitsFor(maxMessageOctets * 2)) };
}

type Attempt<Result> = { readonly result: Result; readonly refusal?: undefined } | { readonly refusal: CarriedReply };

/** What came of it; or the answer that says why nothing did, which is recorded. */
async function attempt<Result>(
  exchange: Exchange,
  work: (exchange: Exchange) => Promise<Result>,
): Promise<Attempt<Result>> {
  const { context, message, sealedBy } = exchange;
  const { header } = message;
  try {
    return { result: await work(exchange) };
  } catch (cause) {
    if (!(cause instanceof ConcordError)) throw cause;
    // A farewell that comes late has nothing to say any more.
    if (header.noResp !== true || cause.code !== 'CON-S003') await recordRefusal(context, message, cause);
    const isToStranger = cause instanceof AuthenticityError;
    const isOfTheMoment = cause.retry === 'later';
    const seal = await sealOfRefusal(context.store, message, sealedBy);
    return { refusal: { body: refusal(message, cause), header, isToStranger, isOfTheMoment, seal } };
  }
}

async function answer(
  exchange: Exchange & { readonly digest: string },
  { account, ...known }: Identified,
): Promise<Uint8Array> {
  const repeated = known.subscriber && (await answeredBefore(exchange, known.subscriber));
  if (repeated !== undefined) return repeated;
  const { subscriber, token } = await received(exchange, known, account);
  return stepPublisher({ ...exchange, publication: known.publication, subscriber, token });
}

/** The answer that these very bytes got already. @throws ProtocolError CON-S003 for a message that comes late, or other bytes under the same ids */
async function answeredBefore(
  { context, message, digest }: Exchange & { readonly digest: string },
  { peer, state }: Subscriber,
): Promise<Uint8Array | undefined> {
  const { lastExchange: last } = state;
  const { sessionId, msgId } = message.header;
  if (last?.session !== sessionId || msgId > last.message) return undefined;
  const stored = last.message === msgId && last.digest === digest ? await context.store.message(peer) : undefined;
  if (stored !== undefined) return stored;
  const text =
    last.message === msgId
      ? 'Another message with the same ids has been answered already'
      : 'A later message of the session has been answered already';
  throw new ProtocolError('CON-S003', text);
}

/** The subscriber's row, made at first contact, and its new token if it needs one. */
async function received(
  exchange: Exchange,
  { publication, subscriber }: Known,
  { actor, needsToken }: Admitted,
): Promise<{ readonly subscriber: Subscriber; readonly token: string | undefined }> {
  const row = subscriber ?? (await addSubscriber(exchange, publication, actor));
  if (!needsToken) return { subscriber: row, token: undefined };
  // A late message must not take the token away that was given since.
  const alert = openingAlert(exchange.message);
  if (alert !== undefined) refuseLate(row.state, readSubscriberHello(alert), exchange.message.header.sessionId);
  const token = exchange.context.identifiers.secret();
  return { subscriber: await withToken(exchange.context, row, token), token };
}

async function addSubscriber(
  { context, message }: Exchange,
  publication: Publication,
  actor: Actor,
): Promise<Subscriber> {
  const named = { publication: publication.id, url: message.header.source.locUri };
  return context.store.addSubscriber({
    ...named,
    account: actor.name,
    tokenHash: '',
    terms: defaultTerms,
    state: { ...newSubscriberState, ...(await tracesLeft(context.store, named)) },
  });
}

async function withToken({ store }: SiteContext, subscriber: Subscriber, token: string): Promise<Subscriber> {
  const row = { ...subscriber, tokenHash: hashOf(token) };
  await store.update(() => Promise.resolve({ batch: { subscribers: [{ row }] }, result: undefined }));
  return (await store.subscriber(subscriber.publication, subscriber.url)) ?? row;
}

function textOf(body: Uint8Array): string {
  try {
    return utf8.decode(body);
  } catch (cause) {
    throw new ProtocolError('CON-S001', 'The message is not UTF-8', { cause });
  }
}
