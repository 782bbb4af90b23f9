import type { ImapFlow, MailboxLockObject } from 'imapflow';
import { ConcordError, TransportError } from '../../errors/concord-error.ts';
import type { Clock } from '../../ports/clock.ts';
import type { OpenMailbox } from './take-mails.ts';
import { MailboxTaker } from './take-mails.ts';

/** A mailbox that is watched. */
export interface MailboxSettings {
  /** `imap://user:password@host:port`, or `imaps:` for TLS from the first octet. */
  readonly url: string;
  readonly folder: string;
  /** Where mails go that were dealt with, and those that were for nobody here. */
  readonly processed: string;
  readonly failed: string;
  /** How often it is looked at when the server does not tell. */
  readonly pollMs: number;
  readonly maxMailOctets: number;
  readonly ca: string | undefined;
}

/** What is done with a mail. */
export interface MailboxWork {
  /** True when it goes to the processed, false when to the failed. @throws what is `later`: it stays for the next look */
  readonly take: (mail: Uint8Array) => Promise<boolean>;
  readonly tooLarge: (octets: number) => Promise<void>;
  /** The mailbox could not be used; it is tried again. */
  readonly reportFault: (error: unknown) => void;
  /** The mailbox could be used. */
  readonly worked?: () => void;
  readonly clock: Clock;
}

const loopback: ReadonlySet<string> = new Set(['localhost', '127.0.0.1', '[::1]']);
const firstPauseMs = 1_000;
const longestPauseMs = 5 * 60_000;

/** Watches a mailbox until the signal is aborted: takes what is there, then what comes, and connects again after every failure. */
export async function watchMailbox(settings: MailboxSettings, work: MailboxWork, signal: AbortSignal): Promise<void> {
  let failures = 0;
  const taker = new MailboxTaker({ ...settings, ...work });
  while (!signal.aborted) {
    try {
      const looked = (isFaulty: boolean): void => {
        failures = 0;
        if (!isFaulty) work.worked?.();
      };
      await watchOnce(settings, { ...work, taker, signal, looked });
    } catch (cause) {
      failures += 1;
      if (!isAborted(signal)) work.reportFault(translated(cause, settings));
    }
    await work.clock.sleep(Math.min(firstPauseMs * 2 ** failures, longestPauseMs), signal);
  }
}

/** Asked anew: it changes while one waits. */
function isAborted({ aborted }: AbortSignal): boolean {
  return aborted;
}

type Watching = MailboxWork & {
  readonly taker: MailboxTaker;
  readonly signal: AbortSignal;
  readonly looked: (isFaulty: boolean) => void;
};

async function watchOnce(settings: MailboxSettings, watching: Watching): Promise<void> {
  const client = await connect(settings);
  const stop = (): void => {
    client.close();
  };
  watching.signal.addEventListener('abort', stop);
  try {
    for (const folder of [settings.processed, settings.failed]) await makeFolder(client, folder);
    const lock = await client.getMailboxLock(settings.folder);
    await watchLocked(client, { settings, watching, lock });
  } finally {
    watching.signal.removeEventListener('abort', stop);
    client.close();
  }
}

interface Locked {
  readonly settings: MailboxSettings;
  readonly watching: Watching;
  readonly lock: MailboxLockObject;
}

async function watchLocked(client: ImapFlow, { settings, watching, lock }: Locked): Promise<void> {
  const { taker, clock, signal } = watching;
  try {
    while (!signal.aborted && client.usable) {
      const rest = new AbortController();
      const waiting = AbortSignal.any([signal, rest.signal]);
      try {
        const news = nextNews(client, { rest, looked: clock.sleep(settings.pollMs, waiting) });
        const { isFaulty, againMs = settings.pollMs } = await taker.takeAll(openMailbox(client), signal);
        watching.looked(isFaulty);
        // What came while the mails were taken has been told already.
        await Promise.race([news, clock.sleep(againMs, waiting), idle(client)]);
      } finally {
        rest.abort();
      }
      await client.noop();
    }
  } finally {
    lock.release();
  }
}

/** Ends when a command interrupts it. */
async function idle(client: ImapFlow): Promise<void> {
  await client.idle();
}

/** Resolves when a mail has come, the connection has ended, or it is time to look. */
async function nextNews(
  client: ImapFlow,
  { rest, looked }: { readonly rest: AbortController; readonly looked: Promise<void> },
): Promise<void> {
  const tell = (): void => {
    rest.abort();
  };
  client.once('exists', tell);
  client.once('close', tell);
  await looked;
  client.off('exists', tell);
  client.off('close', tell);
}

function openMailbox(client: ImapFlow): OpenMailbox {
  const byUid = { uid: true };
  return {
    validity: client.mailbox === false ? '' : String(client.mailbox.uidValidity),
    list: async () => {
      const found = await client.fetchAll('1:*', { uid: true, size: true }).catch(emptyMailbox);
      return found.map(({ uid, size = 0 }) => ({ uid, size }));
    },
    fetch: async (uid) => {
      const mail = await client.fetchOne(String(uid), { source: true }, byUid);
      return mail === false || mail === undefined ? undefined : mail.source;
    },
    move: async (uid, folder) => {
      const isMoved = async (): Promise<boolean> =>
        typeof (await client.messageMove(String(uid), folder, byUid)) === 'object';
      if (await isMoved()) return true;
      // Whoever empties it may have deleted it.
      return (await makeFolder(client, folder)) && isMoved();
    },
  };
}

/** False when it is there, or cannot be made: whoever moves a mail there is told. */
async function makeFolder(client: ImapFlow, folder: string): Promise<boolean> {
  const made = await client.mailboxCreate(folder).catch(() => undefined);
  return made?.created === true;
}

/** Some servers refuse to fetch from a mailbox that has nothing. */
function emptyMailbox(cause: unknown): never[] {
  if (cause instanceof Error && 'responseStatus' in cause) return [];
  throw cause;
}

async function connect({ url, ca }: MailboxSettings): Promise<ImapFlow> {
  const { ImapFlow: Client } = await import('imapflow');
  const { protocol, hostname, port, username, password } = new URL(url);
  const secure = protocol === 'imaps:';
  const client = new Client({
    host: hostname.replace(/^\[|\]$/g, ''),
    port: port === '' ? (secure ? 993 : 143) : Number(port),
    secure,
    // A password never goes in clear to another machine, whatever the server offers, or somebody on the way lets it offer.
    ...(!secure && { doSTARTTLS: !loopback.has(hostname) }),
    auth: { user: decodeURIComponent(username), pass: decodeURIComponent(password) },
    logger: false,
    disableAutoIdle: true,
    ...(ca !== undefined && { tls: { ca } }),
  });
  // Whoever waits for an answer is told by a rejection; without a listener the process would end.
  client.on('error', () => undefined);
  try {
    await client.connect();
    return client;
  } catch (cause) {
    // What could not begin is not closed by itself.
    client.close();
    throw cause;
  }
}

function translated(cause: unknown, { url }: MailboxSettings): ConcordError {
  if (cause instanceof ConcordError) return cause;
  const { host, username } = new URL(url);
  const why = isWithoutTls(cause)
    ? 'it begins no TLS, and no password goes to another machine in clear. Take imaps:, or find out who is between'
    : reasonOf(cause);
  return new TransportError('CON-M003', `The mailbox of ${username} at ${host} cannot be used: ${why}`, {
    cause,
    retry: 'later',
  });
}

function reasonOf(cause: unknown): string {
  return cause instanceof Error ? cause.message : String(cause);
}

/** A certificate that is not trusted is marked as well, and has a code. */
function isWithoutTls(cause: unknown): boolean {
  return cause instanceof Error && 'tlsFailed' in cause && !('code' in cause);
}
