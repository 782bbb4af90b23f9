import { createHash } from 'node:crypto';
import { ProtocolError } from '../../errors/concord-error.ts';
import type { LogLine } from '../../ports/peer-reader.ts';
import type { MailFile, MailReader, ParsedMail } from '../../ports/mail-reader.ts';
import { readMailFileName } from '../../synchronization/mail-files.ts';
import type { Subscriber } from '../../synchronization/subscriber.ts';
import type { SiteContext } from '../site-context.ts';
import { noteUndelivered } from './carrier-state.ts';
import { dropParts, joinParts } from './join-parts.ts';
import type { CarriedMessage, Received, Reception } from './receive-message.ts';
import { receiveMessage } from './receive-message.ts';

/** What a script of the operator makes of a mail: who is to take it, or that nobody is, or what the sender is told. */
export type MailDecision = 'publication' | 'subscription' | 'both' | 'ignore' | { readonly refuse: string };

/** What it takes to receive mail. */
export interface MailReception extends Reception {
  readonly reader: MailReader;
  /** The largest mail that is even parsed. */
  readonly maxMailOctets: number;
  /** The operator's `mail_received`; without it the message itself says whose it is. */
  readonly decide?: (mail: ParsedMail) => Promise<MailDecision>;
}

/**
 * What came of a mail. `kept`: a part, and others are missing; `ignored`: nothing for us, or nothing good; `refused`: the operator's script wants the sender to hear
 * of it. Whichever it was, the mail is dealt with.
 */
export type MailOutcome =
  { readonly outcome: 'taken' | 'kept' } | { readonly outcome: 'ignored' | 'refused'; readonly why: string };

/** More servers than any way between two offices. */
const maxHops = 50;
/** No list of objects grows more, because each has a gid of its own: who sends a bomb must send much of it, and anybody can send mail. */
const mostGrowth = 200;
const shortOctets = 1_000_000;

/**
 * Takes in a mail: finds the message in it, joins parts, and gives it to whichever side it is for. Spam, replies of machines and mails that could not be delivered
 * are lines in the log, and are never answered.
 * @throws StoreError, RequestError CON-E001 (both `later`): give it again
 */
export function receiveMail(context: SiteContext, octets: Uint8Array, reception: MailReception): Promise<MailOutcome> {
  // Not `async`: such a function holds on to all that it has had in its hands until it ends, and a large mail goes while its message is taken in.
  return readWhole(octets, reception)
    .then((found) => sorted(context, found, reception))
    .then((found) => takenIn(context, found, reception));
}

/** A mail as far as it can be read; else why it cannot. */
type Read = { readonly mail: ParsedMail } | { readonly mail?: undefined; readonly why: string };

async function readWhole(octets: Uint8Array, { reader, maxMailOctets }: MailReception): Promise<Read> {
  if (octets.length > maxMailOctets) return { why: `The mail has more than ${maxMailOctets} octets` };
  try {
    return { mail: await reader.read(octets) };
  } catch (cause) {
    if (!(cause instanceof ProtocolError)) throw cause;
    return { why: cause.message };
  }
}

/** Who sent a mail, for the log. */
type Envelope = Pick<ParsedMail, 'from' | 'subject' | 'messageId'>;

/** What a mail comes to without taking in a message; or the messages in it, and for which side they are. */
type Sorted = { readonly envelope: Envelope | undefined } & (
  | { readonly outcome: MailOutcome }
  | { readonly bodies: Found[]; readonly only: 'publication' | 'subscription' | undefined }
);

/** A message that was in a mail. */
interface Found {
  readonly body: Uint8Array;
  /** As what its parts are kept, where it came in several. */
  readonly keptAs: string | undefined;
}

async function sorted(context: SiteContext, found: Read, reception: MailReception): Promise<Sorted> {
  if (found.mail === undefined) return { envelope: undefined, outcome: ignored(found.why) };
  const { mail } = found;
  const { from, subject, messageId } = mail;
  const envelope = { from, subject, messageId };
  try {
    const decision = (await reception.decide?.(mail)) ?? 'both';
    const outcome = await withoutMessage(context, mail, decision);
    if (outcome !== undefined) return { envelope, outcome };
    const bodies: Found[] = [];
    // All messages of one mail together are no larger than one may be.
    let maxOctets = reception.services.maxMessageOctets * 2;
    for (const file of mail.files.filter(isMessage)) {
      const message = await messageIn(context, { ...file, maxOctets }, reception);
      if (message === undefined) continue;
      bodies.push(message);
      maxOctets -= message.body.length;
    }
    return { envelope, bodies, only: decision === 'publication' || decision === 'subscription' ? decision : undefined };
  } catch (cause) {
    if (!(cause instanceof ProtocolError)) throw cause;
    return { envelope, outcome: ignored(cause.message) };
  }
}

async function withoutMessage(
  context: SiteContext,
  mail: ParsedMail,
  decision: MailDecision,
): Promise<MailOutcome | undefined> {
  if (typeof decision === 'object') return { outcome: 'refused', why: decision.refuse };
  if (decision === 'ignore') return ignored('the script mail_received ignores it');
  if (mail.kind === 'report') return reportOf(context, mail);
  if (mail.hops > maxHops) return ignored(`it came by more than ${maxHops} servers, which is a loop`);
  if (mail.files.some(isMessage)) return undefined;
  return ignored(mail.kind === 'reply' ? 'it is an automatic reply' : 'it carries no message of Concord');
}

async function takenIn(context: SiteContext, found: Sorted, reception: MailReception): Promise<MailOutcome> {
  const outcome = 'outcome' in found ? found.outcome : await takenOf(context, found, reception);
  if ('why' in outcome) await record(context, found.envelope, outcome.why);
  return outcome;
}

async function takenOf(
  context: SiteContext,
  { bodies, only, envelope }: Extract<Sorted, { readonly bodies: Found[] }>,
  reception: MailReception,
): Promise<MailOutcome> {
  const { from: sender, messageId: reference } = envelope ?? {};
  let outcome: MailOutcome = { outcome: 'kept' };
  while (bodies.length > 0) {
    const keptAs = bodies[0]?.keptAs;
    try {
      const taking = takeFirst(context, { bodies, only, sender, reference }, reception);
      outcome = outcomeOf(await taking);
    } catch (cause) {
      if (!(cause instanceof ProtocolError)) throw cause;
      await dropParts(context, keptAs);
      return ignored(cause.message);
    }
    // Not before it is taken in: of a mail that is to be given again, only the last part comes again.
    await dropParts(context, keptAs);
  }
  return outcome;
}

function takeFirst(
  context: SiteContext,
  { bodies, ...more }: Omit<CarriedMessage, 'body'> & { readonly bodies: Found[] },
  reception: MailReception,
): Promise<Received> {
  return receiveMessage(context, { ...more, body: bodies.shift()?.body ?? new Uint8Array() }, reception);
}

function outcomeOf({ outcome }: Received): MailOutcome {
  return outcome === 'ignored'
    ? ignored('it came twice or late, or is not from somebody who is known')
    : { outcome: 'taken' };
}

function ignored(why: string): MailOutcome {
  return { outcome: 'ignored', why };
}

/** By name; or, for what other programs send, by kind. */
function isMessage({ name, mediaType, octets }: MailFile): boolean {
  if (readMailFileName(name) !== undefined || mediaType === 'application/vnd.syncml+xml') return true;
  return Buffer.from(octets.subarray(0, 64)).toString('latin1').trimStart().startsWith('-----BEGIN PGP MESSAGE-----');
}

/** The message, when it is whole with this file. @throws ProtocolError CON-M001 when it is damaged */
async function messageIn(
  context: SiteContext,
  { name, octets, maxOctets }: MailFile & { readonly maxOctets: number },
  { reader, services }: MailReception,
): Promise<Found | undefined> {
  const place = readMailFileName(name);
  if (place === undefined) return { body: octets, keptAs: undefined };
  const whole =
    place.parts === 1
      ? { octets, keptAs: undefined }
      : await joinParts(context, { ...place, octets }, services.maxMessageOctets * 2);
  if (whole === undefined) return undefined;
  const { keptAs } = whole;
  try {
    // A signed mail may come with other line ends; its seal says whether it was changed.
    const isSealed = name.endsWith('.pgp');
    const digest = createHash('sha256').update(whole.octets).digest('hex');
    if (!isSealed && !digest.startsWith(place.digest))
      throw new ProtocolError('CON-M001', 'The file in the mail was cut or changed on its way');
    const most = Math.max(1, Math.min(maxOctets, shortOctets + mostGrowth * whole.octets.length));
    return { body: await reader.unpack(whole.octets, most), keptAs };
  } catch (cause) {
    // Its parts do not become good by coming again.
    if (cause instanceof ProtocolError) await dropParts(context, keptAs);
    throw cause;
  }
}

const adviceOnReturn =
  'Where a mailbox is full, have room made in it: it goes out again by itself. Else check the address of the publication';

/** A mail of ours that could not be delivered: said where the subscription is shown that waits for its answer. */
async function reportOf(context: SiteContext, mail: ParsedMail): Promise<MailOutcome> {
  const { store } = context;
  const quoted = mail.files.map(({ octets }) => Buffer.from(octets.subarray(0, 65_536)).toString('latin1')).join('\n');
  const session = /concord\.([\w-]{1,64})\.\d+\.(?:request|answer)\./.exec(`${mail.text}\n${quoted}`)?.[1];
  const subscriptions = await store.subscriptions();
  const subscription = subscriptions.find(({ state }) => state.session !== undefined && state.session.id === session);
  const reason = /^diagnostic-code:\s*(.{1,300})/im.exec(quoted)?.[1] ?? mail.text.trim().slice(0, 200);
  const why = reason.replace(/\s+/g, ' ');
  if (subscription !== undefined) await noteCameBack(store, subscription.id, { session, why });
  const peer = subscription?.peer ?? (await subscriberIn(context, session))?.peer;
  if (peer !== undefined) await noteUndelivered(context, peer, why);
  const whose = subscription === undefined ? '' : ` of the subscription ${subscription.id}`;
  return ignored(`a mail${whose} could not be delivered: ${why}. ${adviceOnReturn}`);
}

/** Whose answer it was. */
async function subscriberIn({ store }: SiteContext, session: string | undefined): Promise<Subscriber | undefined> {
  if (session === undefined) return undefined;
  for (const { id } of await store.publications()) {
    const found = (await store.subscribers(id)).find(({ state }) => state.lastExchange?.session === session);
    if (found !== undefined) return found;
  }
  return undefined;
}

/** Shown with what the subscription waits for, until the message goes out once more. */
async function noteCameBack(
  store: SiteContext['store'],
  id: string,
  { session, why }: { readonly session: string | undefined; readonly why: string },
): Promise<void> {
  await store.update(async () => {
    const now = await store.subscription(id);
    const open = now?.state.session;
    if (now === undefined || open?.handedOver === undefined || open.id !== session)
      return { batch: {}, result: undefined };
    const told = { ...open, handedOver: { ...open.handedOver, cameBack: why } };
    const row = { ...now, state: { ...now.state, session: told } };
    return { batch: { subscriptions: [{ row }] }, result: undefined };
  });
}

async function record(context: SiteContext, mail: Envelope | undefined, why: string): Promise<void> {
  const line: LogLine = {
    at: context.clock.now(),
    kind: 'sync',
    level: 'warning',
    subject: mail?.from ?? '',
    text: `A mail${mail === undefined ? '' : ` of ${mail.from} (“${mail.subject}”)`} was not taken in: ${why}`,
    details: { messageId: mail?.messageId ?? '' },
  };
  await context.store.record(line);
}
