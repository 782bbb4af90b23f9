import { promisify } from 'node:util';
import { constants, gzip, gzipSync } from 'node:zlib';
import type { Dispatcher } from 'undici';
import { request } from 'undici';
import { RequestError } from '../../errors/concord-error.ts';
import type { Delivery, OutgoingMessage, Transport } from '../../ports/transport.ts';
import type { HttpConnectionSettings } from './http-connections.ts';
import { openConnections } from './http-connections.ts';
import { isCutOff, translateHttpFailure } from './http-failure.ts';
import type { HttpAnswer } from './read-answer.ts';
import { readAnswer, refusesCompression } from './read-answer.ts';

/** How messages go out over HTTP. */
export interface HttpTransportSettings extends HttpConnectionSettings {
  /** The whole exchange, so that a peer who sends one octet a minute cannot hold a sync for ever. */
  readonly exchangeTimeoutMs: number;
  /** An answer, before and after decompression. */
  readonly maxAnswerOctets: number;
}

/** Waits that suit bad lines; an answer may be a few messages large, because a peer may not know our MaxMsgSize yet. */
export const defaultHttpTransportSettings: HttpTransportSettings = {
  connectTimeoutMs: 10_000,
  headersTimeoutMs: 60_000,
  bodyTimeoutMs: 60_000,
  exchangeTimeoutMs: 15 * 60_000,
  maxAnswerOctets: 64 * 1024 * 1024,
  noProxy: '',
};

/** Shorter bodies do not get smaller by much, and gzip's own 20 octets count. */
const compressFromOctets = 500;
/** Text shrinks to a quarter even at the fastest level, which takes a third of the default's time. */
const compression = { level: constants.Z_BEST_SPEED, chunkSize: 256 * 1024 };
/** Up to here it is done on the spot: handing it to another thread would take longer. */
const onTheSpotOctets = 128 * 1024;
const compressElsewhere = promisify(gzip);

/**
 * Takes messages to `http:` and `https:` addresses, over connections that are kept. Redirects are not followed: credentials are inside the message, and an
 * operator should know where they go. A message is gzipped; a peer that refuses that gets it once more as it is, and is remembered.
 */
export class HttpTransport implements Transport, AsyncDisposable {
  readonly schemes: readonly string[] = ['http', 'https'];
  readonly #settings: HttpTransportSettings;
  readonly #connections: Dispatcher;
  readonly #plainOrigins = new Set<string>();
  /** What was compressed before it is delivered, or is being. */
  readonly #prepared = new WeakMap<Uint8Array, Promise<Uint8Array>>();

  constructor(settings: HttpTransportSettings = defaultHttpTransportSettings) {
    this.#settings = settings;
    this.#connections = openConnections(settings);
  }

  async deliver(message: OutgoingMessage, signal?: AbortSignal): Promise<Delivery> {
    const url = parseUrl(message.url);
    const isCompressed = this.#isCompressed(url, message);
    let answer = await this.#exchange(url, { message, isCompressed, signal });
    if (isCompressed && refusesCompression(answer)) {
      this.#plainOrigins.add(url.origin);
      answer = await this.#exchange(url, { message, isCompressed: false, signal });
    }
    const date = Date.parse(String(answer.headers['date']));
    const body = await readAnswer(answer, this.#settings.maxAnswerOctets);
    return { outcome: 'answered', body, ...(!Number.isNaN(date) && { date }) };
  }

  prepare(message: Omit<OutgoingMessage, 'route'>): void {
    if (!URL.canParse(message.url) || !this.#isCompressed(new URL(message.url), message)) return;
    const compressed = compressElsewhere(message.body, compression);
    // Who delivers it hears of a failure; until then it is nobody's.
    compressed.catch(() => undefined);
    this.#prepared.set(message.body, compressed);
  }

  async [Symbol.asyncDispose](): Promise<void> {
    await this.#connections.destroy();
  }

  #isCompressed({ origin }: URL, message: Omit<OutgoingMessage, 'route'>): boolean {
    return message.body.length >= compressFromOctets && !isSealed(message) && !this.#plainOrigins.has(origin);
  }

  async #compressed(octets: Uint8Array): Promise<Uint8Array> {
    return (await this.#prepared.get(octets)) ?? compress(octets);
  }

  /** One question and its whole answer, as it came. */
  async #exchange(
    url: URL,
    options: {
      readonly message: OutgoingMessage;
      readonly isCompressed: boolean;
      readonly signal: AbortSignal | undefined;
    },
  ): Promise<HttpAnswer> {
    const { message, isCompressed } = options;
    const body = isCompressed ? await this.#compressed(message.body) : message.body;
    using deadline = startDeadline(this.#settings.exchangeTimeoutMs, options.signal);
    const question = { body, contentType: message.contentType, isCompressed, signal: deadline.signal };
    try {
      const { statusCode, headers, body: answer } = await this.#askTwice(url, question);
      return { url, status: statusCode, headers, body: new Uint8Array(await answer.arrayBuffer()) };
    } catch (cause) {
      throw translateHttpFailure(cause, {
        url,
        isStopped: options.signal?.aborted === true,
        isLate: deadline.isOver(),
      });
    }
  }

  /** A peer may close a connection that it kept, just when it is used again. The message may have arrived: it is then answered identically. */
  async #askTwice(url: URL, question: HttpQuestion): Promise<Dispatcher.ResponseData> {
    try {
      return await this.#ask(url, question);
    } catch (cause) {
      if (isCutOff(cause)) return this.#ask(url, question);
      throw cause;
    }
  }

  #ask(url: URL, { body, contentType, isCompressed, signal }: HttpQuestion): Promise<Dispatcher.ResponseData> {
    const encoding = isCompressed ? { 'content-encoding': 'gzip' } : {};
    return request(`${url.origin}${url.pathname}${url.search}`, {
      dispatcher: this.#connections,
      method: 'POST',
      headers: { 'content-type': contentType, 'accept-encoding': 'gzip', ...encoding },
      body,
      signal,
    });
  }
}

/** What is sealed was compressed before, and cannot be any more. */
function isSealed({ contentType }: Pick<OutgoingMessage, 'contentType'>): boolean {
  return contentType.endsWith('+pgp');
}

async function compress(octets: Uint8Array): Promise<Uint8Array> {
  return octets.length <= onTheSpotOctets ? gzipSync(octets, compression) : compressElsewhere(octets, compression);
}

interface HttpQuestion {
  readonly body: Uint8Array;
  readonly contentType: string;
  readonly isCompressed: boolean;
  readonly signal: AbortSignal;
}

function parseUrl(text: string): URL {
  const url = URL.canParse(text) ? new URL(text) : undefined;
  if (url?.protocol === 'http:' || url?.protocol === 'https:') return url;
  throw new RequestError('CON-R008', `“${text}” is not an http or https address`);
}

interface Deadline extends Disposable {
  readonly signal: AbortSignal;
  isOver(): boolean;
}

/** A signal that is given at the latest after `timeoutMs`; dispose it, so that the caller's signal does not keep it. */
function startDeadline(timeoutMs: number, outer: AbortSignal | undefined): Deadline {
  const controller = new AbortController();
  const stop = (): void => controller.abort();
  let isOver = false;
  const timer = setTimeout(() => {
    isOver = true;
    stop();
  }, timeoutMs);
  if (outer?.aborted === true) stop();
  outer?.addEventListener('abort', stop);
  return {
    signal: controller.signal,
    isOver: () => isOver,
    [Symbol.dispose]: () => {
      clearTimeout(timer);
      outer?.removeEventListener('abort', stop);
    },
  };
}
