import type { Dispatcher } from 'undici';
import { request } from 'undici';
import { RequestError, TransportError } from '../../errors/concord-error.ts';
import { formatPosition, parsePosition } from '../../objects/position.ts';
import type { ChangeNews, ChangeQuestion, ChangeSource } from '../../ports/change-source.ts';
import type { HttpConnectionSettings } from './http-connections.ts';
import { openConnections } from './http-connections.ts';
import { addressOf, translateHttpFailure } from './http-failure.ts';
import { checkStatus } from './read-answer.ts';
import { readEvents } from './read-events.ts';

/** A publisher says each quarter of a minute that it is there: after so long without a word it is taken for gone. */
const leastSilenceMs = 60_000;

/** Listens over HTTP, by the same proxies and authorities as messages go. Owns its connections, hence a class. */
export class HttpChangeSource implements ChangeSource, AsyncDisposable {
  readonly #connections: Dispatcher;
  readonly #bodyTimeout: number;

  constructor(settings: HttpConnectionSettings) {
    this.#connections = openConnections(settings);
    this.#bodyTimeout = Math.max(leastSilenceMs, settings.bodyTimeoutMs);
  }

  async listen(question: ChangeQuestion, signal: AbortSignal): Promise<AsyncIterable<ChangeNews>> {
    const url = addressFor(question);
    const isStopped = (): boolean => signal.aborted;
    const { after } = question;
    try {
      const answer = await request(url, {
        dispatcher: this.#connections,
        headers: {
          accept: 'text/event-stream',
          authorization: authorizationOf(question),
          ...(after === undefined ? {} : { 'last-event-id': formatPosition(after) }),
        },
        bodyTimeout: this.#bodyTimeout,
        signal,
      });
      await checkAnswer(url, answer);
      return newsFrom(url, answer.body, isStopped);
    } catch (cause) {
      throw translated(cause, { url, isStopped: isStopped() });
    }
  }

  async [Symbol.asyncDispose](): Promise<void> {
    await this.#connections.destroy();
  }
}

function addressFor({ publicationUrl, publication, subscription }: ChangeQuestion): URL {
  const base = publicationUrl.replace(/\/+$/, '');
  const address = `${base}/api/v1/publications/${encodeURIComponent(publication)}/changes?subscription=${encodeURIComponent(subscription)}`;
  const url = URL.canParse(address) ? new URL(address) : undefined;
  if (url?.protocol === 'http:' || url?.protocol === 'https:') return url;
  throw new RequestError('CON-R008', `“${publicationUrl}” is not an http or https address: it cannot be followed`);
}

function authorizationOf({ credential }: ChangeQuestion): string {
  if (credential.kind === 'token') return `Bearer ${credential.token}`;
  return `Basic ${Buffer.from(`${credential.user}:${credential.password}`).toString('base64')}`;
}

async function checkAnswer(url: URL, { statusCode, headers, body }: Dispatcher.ResponseData): Promise<void> {
  const isStream = String(headers['content-type']).startsWith('text/event-stream');
  if (statusCode === 200 && isStream) return;
  await body.dump();
  checkStatus({ url, status: statusCode, headers, body: new Uint8Array() });
  throw new TransportError('CON-T002', `${addressOf(url)}: it does not tell of changes`);
}

async function* newsFrom(
  url: URL,
  octets: AsyncIterable<Uint8Array>,
  isStopped: () => boolean,
): AsyncGenerator<ChangeNews> {
  try {
    for await (const { id, event } of readEvents(octets, addressOf(url))) {
      const position = event === 'changed' ? parsePosition(id) : undefined;
      if (position !== undefined) yield position;
      if (event === 'settled') yield 'settled';
    }
  } catch (cause) {
    if (!isStopped()) throw translated(cause, { url, isStopped: false });
  }
}

function translated(cause: unknown, exchange: { readonly url: URL; readonly isStopped: boolean }): unknown {
  const isOurs = cause instanceof TransportError || (cause instanceof Error && 'remedy' in cause);
  return isOurs ? cause : translateHttpFailure(cause, { ...exchange, isLate: false });
}
