import type { AddressInfo } from 'node:net';
import type { SMTPServerDataStream, SMTPServerSession } from 'smtp-server';
import { ConcordError, ConfigurationError, TransportError } from '../../errors/concord-error.ts';
import { roomFor } from './large-room.ts';

/** Where mails are taken in, and which. */
export interface ReceiverSettings {
  readonly host: string;
  /** 0 takes any free port. */
  readonly port: number;
  readonly protocol: 'smtp' | 'lmtp';
  readonly maxMailOctets: number;
}

/** Who takes a mail. */
export interface MailTaker {
  /** Whether anybody here has this address. */
  readonly knows: (address: string) => Promise<boolean>;
  /** Takes the mail for one address; its octets are its own. Returns what the sender is told, when it is refused. @throws what is `later` */
  readonly take: (address: string, mail: Uint8Array) => Promise<string | undefined>;
  readonly reportFault: (error: unknown) => void;
  /** Called now and then while a large mail comes: the pieces that it came in are there no more. */
  readonly freeMemory?: () => Promise<void>;
}

/** A receiver that listens. */
export interface RunningReceiver extends AsyncDisposable {
  readonly port: number;
}

const closeTimeoutMs = 5_000;
/** Room for most mails; and by how much it grows for the others. */
const firstOctets = 64 * 1024;
const growth = 4;
/** How much comes until its pieces are let go of. */
const stretch = 2 * 1024 * 1024;

/**
 * Takes mails by SMTP or LMTP, without a mailbox between: for addresses that are known only, and none to be passed on. Plain: it is for the mail server of the same
 * machine or network.
 * @throws ConfigurationError CON-C002 when the port is in use
 */
export async function startReceiver(settings: ReceiverSettings, taker: MailTaker): Promise<RunningReceiver> {
  const { SMTPServer } = await import('smtp-server');
  let underWay = 0;
  const server = new SMTPServer({
    lmtp: settings.protocol === 'lmtp',
    authOptional: true,
    disabledCommands: ['AUTH', 'STARTTLS'],
    size: settings.maxMailOctets,
    closeTimeout: closeTimeoutMs,
    logger: false,
    banner: 'Concord',
    onRcptTo: ({ address }, _session, callback) => {
      taker.knows(address.toLowerCase()).then(
        (isKnown) => {
          callback(isKnown ? null : reply(550, `Nobody here has the address ${address}`));
        },
        (cause: unknown) => {
          callback(replyTo(cause, taker));
        },
      );
    },
    onData: (stream, session, callback) => {
      underWay += 1;
      receive(stream, session, { settings, taker })
        .then(
          (answers) => {
            const said = settings.protocol === 'lmtp' ? answers : [answerForAll(answers)];
            const texts = said.map((answer) => answer ?? 'The mail was taken');
            callback(null, texts);
          },
          (cause: unknown) => {
            callback(replyTo(cause, taker));
          },
        )
        .finally(() => {
          underWay -= 1;
        });
    },
  });
  server.on('error', taker.reportFault);
  await listen(server.listen.bind(server), { server: server.server, settings });
  // Holds: a server that listens at a port has an address of this kind.
  const { port } = server.server.address() as AddressInfo;
  return {
    port,
    [Symbol.asyncDispose]: () =>
      new Promise((resolve) => {
        server.close(() => {
          resolve();
        });
        // A mail server keeps its connection for the next mail. Nobody waits for that.
        if (underWay > 0) return;
        for (const connection of server.connections) connection.close();
      }),
  };
}

function listen(
  start: (port: number, host: string, listening: () => void) => unknown,
  { server, settings }: { readonly server: NodeJS.EventEmitter; readonly settings: ReceiverSettings },
): Promise<void> {
  return new Promise((resolve, reject) => {
    server.once('error', (cause: Error) => {
      const text = `The mail receiver cannot listen at ${settings.host}:${settings.port}: ${cause.message}`;
      reject(new ConfigurationError('CON-C002', text, { cause }));
    });
    start(settings.port, settings.host, resolve);
  });
}

interface Surroundings {
  readonly settings: ReceiverSettings;
  readonly taker: MailTaker;
}

// Not `async`, because such a function holds on to all that it has had in its hands until it ends: the mail is large, and may go while it is taken in.
function receive(
  stream: SMTPServerDataStream,
  session: SMTPServerSession,
  { settings, taker }: Surroundings,
): Promise<readonly Answer[]> {
  const { maxMailOctets } = settings;
  const addresses = session.envelope.rcptTo.map(({ address }) => address.toLowerCase());
  return wholeMail(stream, maxMailOctets, taker).then((mail) => {
    if (mail !== undefined) return takeForAll(taker, addresses, mail);
    const tooLarge = reply(550, `The mail is larger than ${maxMailOctets} octets`);
    return addresses.map(() => tooLarge);
  });
}

/** What is said of the mail for one address: why it was not taken, or nothing. */
type Answer = Reply | undefined;

function takeForAll(taker: MailTaker, addresses: readonly string[], mail: Uint8Array): Promise<readonly Answer[]> {
  const [first = '', ...others] = addresses;
  if (others.length > 0) return takeForEach(taker, addresses, mail);
  return answerTo(taker.take(first, mail), taker).then((answer) => [answer]);
}

async function takeForEach(
  taker: MailTaker,
  addresses: readonly string[],
  mail: Uint8Array,
): Promise<readonly Answer[]> {
  const answers: Answer[] = [];
  // Whoever takes a mail may write over it. What one says is nothing to the next.
  for (const address of addresses) answers.push(await answerTo(taker.take(address, Uint8Array.from(mail)), taker));
  return answers;
}

function answerTo(taking: Promise<string | undefined>, taker: MailTaker): Promise<Answer> {
  return taking.then(
    (refusal) => (refusal === undefined ? undefined : reply(550, refusal)),
    (cause: unknown) => replyTo(cause, taker),
  );
}

/**
 * SMTP has one answer for all addresses. It comes again for all while one could not take it, which is nothing to those that had it; and is sent back only where
 * nobody took it, since whoever gets it back thinks that of each.
 */
function answerForAll(answers: readonly Answer[]): Answer {
  const putOff = answers.find((answer) => answer?.responseCode === notNow);
  if (putOff !== undefined || answers.includes(undefined)) return putOff;
  const reasons = new Set(answers.map((answer) => answer?.message ?? ''));
  return reply(550, [...reasons].join('; '));
}

/** Undefined when it is too large. */
async function wholeMail(
  stream: SMTPServerDataStream,
  maxMailOctets: number,
  { freeMemory }: MailTaker,
): Promise<Uint8Array | undefined> {
  let mail = Buffer.allocUnsafeSlow(firstOctets);
  let octets = 0;
  // Holds: the stream of a mail has no encoding set, so it gives octets.
  for await (const part of stream as AsyncIterable<Uint8Array>) {
    const end = octets + part.length;
    // It is read to its end all the same: only then can the sender be told.
    if (end <= maxMailOctets) {
      // Into one place, so that the pieces can go as they come.
      if (end > mail.length) mail = enlarged(mail, roomFor(Math.max(end, mail.length * growth)));
      mail.set(part, octets);
    }
    if (Math.floor(end / stretch) > Math.floor(octets / stretch)) await freeMemory?.();
    octets = end;
  }
  return octets > maxMailOctets ? undefined : mail.subarray(0, octets);
}

function enlarged(mail: Buffer<ArrayBuffer>, octets: number): Buffer<ArrayBuffer> {
  const larger = Buffer.allocUnsafeSlow(octets);
  mail.copy(larger);
  return larger;
}

type Reply = TransportError & { readonly responseCode: number };

const notNow = 451;

/** The sender keeps the mail, and brings it again. */
function replyTo(cause: unknown, { reportFault }: MailTaker): Reply {
  if (!(cause instanceof ConcordError) || cause.retry !== 'later') reportFault(cause);
  return reply(notNow, 'Not now; bring it again');
}

function reply(responseCode: number, text: string): Reply {
  return Object.assign(new TransportError('CON-T005', text.replace(/[^\x20-\x7e]/g, '?')), { responseCode });
}
