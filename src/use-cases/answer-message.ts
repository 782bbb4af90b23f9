import { createHash, timingSafeEqual } from 'node:crypto';
import { AuthenticityError, ConcordError, ProtocolError } from '../errors/concord-error.ts';
import type { Publication } from '../synchronization/publication.ts';
import type { Subscriber } from '../synchronization/subscriber.ts';
import { newSubscriberState } from '../synchronization/subscriber.ts';
import { defaultTerms } from '../synchronization/subscription.ts';
import { openingAlert } from '../synchronization/wire/read-commands.ts';
import { basicChal, readCred } from '../syncml/cred.ts';
import { defaultMessageLimits } from '../syncml/limits.ts';
import type { SyncMlMessage } from '../syncml/message.ts';
import { StatusCode } from '../syncml/status.ts';
import { decodeMessage } from '../syncml/xml/decode-message.ts';
import { encodeMessage } from '../syncml/xml/encode-message.ts';
import type { EngineServices } from './engine-services.ts';
import { stepPublisher } from './publisher-session.ts';
import { headerStatus, replyHeader } from './reply.ts';
import type { Actor, SiteContext } from './site-context.ts';

/** A SyncML message as it came in. */
export interface Request {
  readonly body: Uint8Array;
  readonly remoteAddress: string;
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
  const digest = createHash('sha256').update(request.body).digest('base64url');
  const message = decodeMessage(textOf(request.body), {
    ...defaultMessageLimits,
    maxOctets: services.maxMessageOctets * 2,
  });
  try {
    return await answer({ context, services, message, digest });
  } catch (cause) {
    if (!(cause instanceof ConcordError)) throw cause;
    await recordFailure(context, message, cause);
    return refusal(message, cause);
  }
}

interface Exchange {
  readonly context: SiteContext;
  readonly services: EngineServices;
  readonly message: SyncMlMessage;
  readonly digest: string;
}

async function answer(exchange: Exchange): Promise<Uint8Array> {
  const { context, message, digest } = exchange;
  const known = await findSubscriber(exchange);
  const admitted = await admit(exchange, known);
  const { subscriber, token } = admitted;
  const last = subscriber.state.lastExchange;
  if (last?.session === message.header.sessionId && last.message === message.header.msgId) {
    const stored = last.digest === digest ? await context.store.message(subscriber.peer) : undefined;
    if (stored !== undefined) return stored;
    throw new ProtocolError('CON-S003', 'Another message with the same ids has been answered already');
  }
  return stepPublisher({ ...exchange, publication: known.publication, subscriber, token });
}

interface Known {
  readonly publication: Publication;
  readonly subscriber: Subscriber | undefined;
}

/** By the Alert that opens a session, else by the session that is open. */
async function findSubscriber({ context, message }: Exchange): Promise<Known> {
  const { store } = context;
  const url = message.header.source.locUri;
  const alert = openingAlert(message);
  if (alert !== undefined) {
    const id = alert.items[0]?.target?.locUri ?? '';
    const publication = await store.publication(id);
    if (publication === undefined) throw new ProtocolError('CON-R003', `There is no publication “${id}” at this site`);
    return { publication, subscriber: await store.subscriber(publication.id, url) };
  }
  for (const publication of await store.publications()) {
    const subscriber = await store.subscriber(publication.id, url);
    if (
      subscriber?.state.session?.id === message.header.sessionId ||
      subscriber?.state.lastExchange?.session === message.header.sessionId
    ) {
      return { publication, subscriber };
    }
  }
  throw new ProtocolError('CON-S003', 'There is no such session');
}

/** Checks the credential; at first contact the subscriber gets its row and its token (engine.md §11). */
async function admit(
  exchange: Exchange,
  { publication, subscriber }: Known,
): Promise<{ readonly subscriber: Subscriber; readonly token: string | undefined }> {
  const { context, services, message } = exchange;
  const { cred } = message.header;
  if (cred === undefined) throw new AuthenticityError('CON-A001', 'Credentials are missing');
  const credential = readCred(cred);
  switch (credential.kind) {
    case 'token': {
      const actor =
        subscriber && isSameSecret(hashOf(credential.token), subscriber.tokenHash)
          ? await services.actorNamed(subscriber.account)
          : undefined;
      if (actor === undefined || subscriber === undefined)
        throw new AuthenticityError('CON-A001', 'The token is not known');
      requireSynchronizer(actor);
      return { subscriber, token: undefined };
    }
    case 'basic': {
      const actor = await services.authenticate(credential.user, credential.password);
      if (actor === undefined) throw new AuthenticityError('CON-A001', 'User name or password are wrong');
      requireSynchronizer(actor);
      if (subscriber !== undefined && subscriber.account !== actor.name) {
        throw new AuthenticityError('CON-A002', 'This subscription belongs to another account');
      }
      const token = context.identifiers.secret();
      const row = subscriber ?? (await addSubscriber(exchange, publication, actor));
      return { subscriber: await withToken(context, row, token), token };
    }
    case 'unsupported':
      throw new AuthenticityError('CON-A001', `Credentials of the type ${credential.type} are not understood`);
    default:
      return credential satisfies never;
  }
}

async function addSubscriber(
  { context, message }: Exchange,
  publication: Publication,
  actor: Actor,
): Promise<Subscriber> {
  return context.store.addSubscriber({
    publication: publication.id,
    url: message.header.source.locUri,
    account: actor.name,
    tokenHash: '',
    terms: defaultTerms,
    state: newSubscriberState,
  });
}

async function withToken({ store }: SiteContext, subscriber: Subscriber, token: string): Promise<Subscriber> {
  const row = { ...subscriber, tokenHash: hashOf(token) };
  await store.update(() => Promise.resolve({ batch: { subscribers: [{ row }] }, result: undefined }));
  return (await store.subscriber(subscriber.publication, subscriber.url)) ?? row;
}

function requireSynchronizer(actor: Actor): void {
  const may = actor.roles.includes('Synchronizer') || actor.roles.includes('Manager');
  if (!may) throw new AuthenticityError('CON-A002', 'This account may not synchronise');
}

function hashOf(token: string): string {
  return createHash('sha256').update(token).digest('base64url');
}

function isSameSecret(a: string, b: string): boolean {
  const [left, right] = [Buffer.from(a), Buffer.from(b)];
  return left.length === right.length && timingSafeEqual(left, right);
}

function textOf(body: Uint8Array): string {
  try {
    return utf8.decode(body);
  } catch (cause) {
    throw new ProtocolError('CON-S001', 'The message is not UTF-8', { cause });
  }
}

/** The answer to a message that cannot be carried out: one Status, for its header. */
function refusal(message: SyncMlMessage, cause: ConcordError): Uint8Array {
  const code = statusOf(cause, message.header.cred !== undefined);
  const chal =
    code === StatusCode.InvalidCredentials || code === StatusCode.MissingCredentials ? { chal: basicChal() } : {};
  const isSecret = cause instanceof AuthenticityError;
  const text = isSecret ? cause.code : `${cause.code} ${cause.message}`;
  const status = { ...headerStatus(message, '1', code), ...chal, items: [{ data: text }] };
  return new TextEncoder().encode(encodeMessage({ header: replyHeader(message), body: [status], isFinal: true }));
}

function statusOf(cause: ConcordError, hasCredentials: boolean): StatusCode {
  if (cause.code === 'CON-A002') return StatusCode.Forbidden;
  if (cause instanceof AuthenticityError)
    return hasCredentials ? StatusCode.InvalidCredentials : StatusCode.MissingCredentials;
  if (cause.code === 'CON-R003') return StatusCode.NotFound;
  if (cause.code === 'CON-S003') return StatusCode.Gone;
  if (cause.code === 'CON-E002') return StatusCode.CommandNotAllowed;
  if (cause.retry === 'later') return StatusCode.RetryLater;
  return cause instanceof ProtocolError ? StatusCode.BadRequest : StatusCode.CommandFailed;
}

async function recordFailure(context: SiteContext, message: SyncMlMessage, cause: ConcordError): Promise<void> {
  if (cause.retry === 'later') return;
  await context.store.record({
    at: context.clock.now(),
    kind: cause instanceof AuthenticityError ? 'access' : 'sync',
    level: 'warning',
    subject: message.header.source.locUri,
    text: `A message of ${message.header.source.locUri} was refused: ${cause.message}`,
    details: { code: cause.code, session: message.header.sessionId },
  });
}
