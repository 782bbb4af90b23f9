import type { SendMailOptions, Transporter } from 'nodemailer';
import { AuthenticityError, TransportError } from '../../errors/concord-error.ts';
import type { Clock } from '../../ports/clock.ts';
import type { Delivery, OutgoingMessage, Transport } from '../../ports/transport.ts';
import { layOutMails } from './mail-layout.ts';

/** How mails go out. */
export interface SmtpSettings {
  /** `smtp://user:password@host:port`, or `smtps:` for TLS from the first octet. */
  readonly url: string;
  /** Who mails come from, where publication or subscription have no mail address of their own. */
  readonly from: string | undefined;
  readonly maxMailOctets: number;
  readonly timeoutMs: number;
  /** How long a connection stays open for the next mail. It holds on to a mail that went over it, which may be large. */
  readonly idleMs?: number;
  /** `http://host:port` of a proxy. */
  readonly proxy: string | undefined;
  /** PEM, beside the authorities of Node. */
  readonly ca: string | undefined;
}

/** The parts of a message, and messages of several subscriptions, follow each other much sooner; the next turn of a sync takes a mail there and back. */
const usualIdleMs = 5_000;
const loopback: ReadonlySet<string> = new Set(['localhost', '127.0.0.1', '[::1]']);

/** Takes messages to `mailto:` addresses, by way of one mail server. */
export class SmtpTransport implements Transport, AsyncDisposable {
  readonly schemes: readonly string[] = ['mailto'];
  readonly #settings: SmtpSettings;
  readonly #clock: Clock;
  #transporter: Transporter | undefined;

  constructor(settings: SmtpSettings, clock: Clock) {
    this.#settings = settings;
    this.#clock = clock;
  }

  async deliver(message: OutgoingMessage, signal?: AbortSignal): Promise<Delivery> {
    const { from, maxMailOctets } = this.#settings;
    const mails = await layOutMails(message, { from, maxMailOctets, at: this.#clock.now() });
    this.#transporter ??= await openTransporter(this.#settings);
    for (const mail of mails) {
      signal?.throwIfAborted();
      await this.#send(this.#transporter, mail);
    }
    return { outcome: 'handed-over' };
  }

  async [Symbol.asyncDispose](): Promise<void> {
    this.#transporter?.close();
  }

  async #send(transporter: Transporter, mail: SendMailOptions): Promise<void> {
    try {
      await transporter.sendMail({ ...mail, disableFileAccess: true, disableUrlAccess: true });
    } catch (cause) {
      throw translated(cause, new URL(this.#settings.url).host);
    }
  }
}

async function openTransporter({
  url,
  timeoutMs,
  idleMs = usualIdleMs,
  proxy,
  ca,
}: SmtpSettings): Promise<Transporter> {
  const { createTransport } = await import('nodemailer');
  const { protocol, hostname, port, username, password } = new URL(url);
  const isOwnMachine = loopback.has(hostname);
  return createTransport({
    pool: true,
    maxConnections: 2,
    idleTimeout: idleMs,
    host: hostname.replace(/^\[|\]$/g, ''),
    port: port === '' ? (protocol === 'smtps:' ? 465 : 25) : Number(port),
    secure: protocol === 'smtps:',
    // Within the machine there is nobody to hide it from, and its mail server has a certificate of its own making.
    ignoreTLS: isOwnMachine && protocol === 'smtp:',
    // A password never goes in clear to another machine.
    requireTLS: !isOwnMachine && username !== '',
    ...(username !== '' && { auth: { user: decodeURIComponent(username), pass: decodeURIComponent(password) } }),
    connectionTimeout: timeoutMs,
    greetingTimeout: timeoutMs,
    socketTimeout: timeoutMs,
    ...(proxy !== undefined && !isOwnMachine && { proxy }),
    ...(ca !== undefined && { tls: { ca } }),
    disableFileAccess: true,
    disableUrlAccess: true,
  });
}

/** RFC 5321, section 4.2.3: exceeded storage allocation, for good or for now. */
const storageExceeded = 552;
const insufficientStorage = 452;

/** What a failure of nodemailer means. A 4xx of a mail server is of the moment, a 5xx is meant. */
function translated(cause: unknown, host: string): Error {
  const { code, responseCode, message } = factsOf(cause);
  const where = `the mail server ${host}`;
  if (code === 'EAUTH')
    return new AuthenticityError('CON-M002', `User name or password are wrong at ${where}: ${message}`, { cause });
  if (isTooLarge(message, responseCode))
    return new TransportError('CON-M005', `The mail is too large for ${where}: ${message}`, { cause });
  if (responseCode === storageExceeded || responseCode === insufficientStorage) {
    const text = `There is no room for the mail behind ${where}: ${message}`;
    return new TransportError('CON-M006', text, { cause, retry: 'later' });
  }
  if (responseCode !== undefined && responseCode >= 500)
    return new TransportError('CON-M002', `The mail was refused by ${where}: ${message}`, { cause });
  if (responseCode !== undefined)
    return new TransportError('CON-T005', `The mail was put off by ${where}: ${message}`, { cause, retry: 'later' });
  if (/certificate|self.signed/i.test(message))
    return new TransportError('CON-T004', `The certificate of ${where} is not trusted: ${message}`, { cause });
  return new TransportError('CON-T001', `Cannot reach ${where}: ${message}`, { cause, retry: 'later' });
}

/** By the words of nodemailer and our own receiver; else by RFC 3463: 5.2.3 and 5.3.4, where 5.2.2 is a mailbox that is full; or by the words of a server that knows none. */
function isTooLarge(message: string, responseCode: number | undefined): boolean {
  if (/\b(?:mail is|size) larger than\b/.test(message)) return true;
  if (responseCode !== storageExceeded || /\b5\.2\.2\b/.test(message)) return false;
  return /\b5\.(?:2\.3|3\.4)\b/.test(message) || /\b(?:message|mail)\b.*(?:too (?:large|big)|size)/i.test(message);
}

interface MailFailure {
  readonly code: string | undefined;
  readonly responseCode: number | undefined;
  readonly message: string;
}

function factsOf(cause: unknown): MailFailure {
  if (!(cause instanceof Error)) return { code: undefined, responseCode: undefined, message: String(cause) };
  const code = 'code' in cause && typeof cause.code === 'string' ? cause.code : undefined;
  const responseCode =
    'responseCode' in cause && typeof cause.responseCode === 'number' ? cause.responseCode : undefined;
  return { code, responseCode, message: cause.message.replace(/\s+/g, ' ') };
}
