import { promisify } from 'node:util';
import { gunzip, gunzipSync } from 'node:zlib';
import { AuthenticityError, TransportError } from '../../errors/concord-error.ts';
import { addressOf } from './http-failure.ts';

/** An answer as it came. */
export interface HttpAnswer {
  readonly url: URL;
  readonly status: number;
  readonly headers: Readonly<Record<string, string | readonly string[] | undefined>>;
  readonly body: Uint8Array;
}

const decompressElsewhere = promisify(gunzip);
/** Up to here it is done on the spot: handing it to another thread would take longer. */
const onTheSpotOctets = 32 * 1024;
const syncmlType = /^application\/vnd\.syncml\+(xml|wbxml|pgp)\s*(;|$)/i;

/**
 * Whether the peer did not take a message because it was gzipped: 415 says so (RFC 7694, section 3); servers that never heard of it take it for a bad request.
 */
export function refusesCompression({ status }: HttpAnswer): boolean {
  return status === 415 || status === 400 || status === 501;
}

/**
 * The SyncML in an answer, at most `maxOctets` of it.
 * @throws TransportError CON-T002 for anything but SyncML, CON-T003 for a damaged one, CON-T005 when the peer is busy or failing
 * @throws AuthenticityError CON-A004 when the way asks for a sign-in
 */
export async function readAnswer(answer: HttpAnswer, maxOctets: number): Promise<Uint8Array> {
  checkStatus(answer);
  const type = headerOf(answer, 'content-type');
  if (!syncmlType.test(type))
    throw notSyncml(answer, type === '' ? 'the answer does not say what it is' : `the answer is “${type}”, not SyncML`);
  const encoding = headerOf(answer, 'content-encoding').toLowerCase();
  if (encoding === '' || encoding === 'identity') return answer.body;
  if (encoding === 'gzip' || encoding === 'x-gzip') return decompressed(answer, maxOctets);
  throw notSyncml(answer, `the answer is compressed as “${encoding}”, which was not asked for`);
}

/**
 * Returns for 200. Throws as `readAnswer` for anything else.
 */
export function checkStatus(answer: HttpAnswer): void {
  const { status } = answer;
  const where = addressOf(answer.url);
  if (status === 200) return;
  if (status === 429 || status >= 500) {
    const retryAfter = headerOf(answer, 'retry-after');
    throw new TransportError('CON-T005', `${where}: busy or failing, it answered ${status}`, {
      retry: 'later',
      status,
      retryAfter,
    });
  }
  if (status === 408)
    throw new TransportError('CON-T003', `${where}: the message came too slowly`, { retry: 'later', status });
  if (status === 401 || status === 403 || status === 407)
    throw new AuthenticityError('CON-A004', `${where}: the way there asks for a sign-in (${status})`, { status });
  if (status >= 300 && status < 400)
    throw notSyncml(answer, `it sends us on to “${headerOf(answer, 'location')}”; use that address`);
  if (status === 413) throw notSyncml(answer, 'it takes only smaller messages (413); lower `sync.messageOctets`');
  throw notSyncml(answer, `it answered ${status}`);
}

function notSyncml(answer: HttpAnswer, text: string): TransportError {
  return new TransportError('CON-T002', `${addressOf(answer.url)}: ${text}`, { status: answer.status });
}

async function decompressed(answer: HttpAnswer, maxOctets: number): Promise<Uint8Array> {
  try {
    const limits = { maxOutputLength: maxOctets, chunkSize: 64 * 1024 };
    const isShort = answer.body.length <= onTheSpotOctets;
    return isShort ? gunzipSync(answer.body, limits) : await decompressElsewhere(answer.body, limits);
  } catch (cause) {
    if (cause instanceof RangeError)
      throw notSyncml(answer, `the answer has more than ${maxOctets} octets when decompressed`);
    throw new TransportError('CON-T003', `${addressOf(answer.url)}: the answer was damaged on its way`, {
      retry: 'later',
      cause,
    });
  }
}

function headerOf(answer: HttpAnswer, name: string): string {
  const value = answer.headers[name];
  return typeof value === 'string' ? value : (value?.join(', ') ?? '');
}
