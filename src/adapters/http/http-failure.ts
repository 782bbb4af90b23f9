import { errors } from 'undici';
import type { ConcordError } from '../../errors/concord-error.ts';
import { AuthenticityError, TransportError } from '../../errors/concord-error.ts';

/** What is known about the exchange that failed. */
export interface FailedExchange {
  readonly url: URL;
  /** The caller asked for the end. */
  readonly isStopped: boolean;
  /** The time for the whole exchange was over. */
  readonly isLate: boolean;
}

interface Verdict {
  readonly code: 'CON-T001' | 'CON-T002' | 'CON-T003' | 'CON-T004' | 'CON-T005';
  readonly text: string;
}

/** By the code that Node, OpenSSL or undici gives; certificates have too many codes and are told by their form. */
const verdicts: Readonly<Record<string, Verdict>> = {
  ENOTFOUND: { code: 'CON-T001', text: 'the name of the host is not known' },
  EAI_AGAIN: { code: 'CON-T001', text: 'the name of the host cannot be looked up at the moment' },
  ECONNREFUSED: { code: 'CON-T001', text: 'nothing listens at this address' },
  EHOSTUNREACH: { code: 'CON-T001', text: 'there is no way to the host' },
  ENETUNREACH: { code: 'CON-T001', text: 'there is no way to its network' },
  ETIMEDOUT: { code: 'CON-T001', text: 'the host does not answer' },
  UND_ERR_CONNECT_TIMEOUT: { code: 'CON-T001', text: 'the host does not answer' },
  UND_ERR_HEADERS_TIMEOUT: { code: 'CON-T003', text: 'no answer came in time' },
  UND_ERR_BODY_TIMEOUT: { code: 'CON-T003', text: 'the answer stopped in the middle' },
  UND_ERR_SOCKET: { code: 'CON-T003', text: 'the connection was cut off' },
  ECONNRESET: { code: 'CON-T003', text: 'the connection was cut off' },
  UND_ERR_RES_CONTENT_LENGTH_MISMATCH: { code: 'CON-T003', text: 'the answer was cut off in the middle' },
  EPIPE: { code: 'CON-T003', text: 'the connection was cut off' },
  UND_ERR_RES_EXCEEDED_MAX_SIZE: { code: 'CON-T002', text: 'the answer is larger than any answer of a Concord site' },
  UND_ERR_HEADERS_OVERFLOW: { code: 'CON-T002', text: 'the answer is not that of a Concord site' },
  EPROTO: { code: 'CON-T002', text: 'it does not speak TLS; perhaps the address should begin with http:' },
  ERR_SSL_WRONG_VERSION_NUMBER: {
    code: 'CON-T002',
    text: 'it does not speak TLS; perhaps the address should begin with http:',
  },
  ERR_SSL_PACKET_LENGTH_TOO_LONG: {
    code: 'CON-T002',
    text: 'it does not speak TLS; perhaps the address should begin with http:',
  },
};

/**
 * What the failure of an exchange means for the one who sends: CON-T001 not reached, CON-T002 reached something that does not speak SyncML over HTTP,
 * CON-T003 too slow or cut off, CON-T004 certificate, CON-T005 the proxy refuses, CON-A004 it asks for a sign-in. Names the address without its user, password and query.
 */
export function translateHttpFailure(cause: unknown, exchange: FailedExchange): ConcordError {
  if (asksForProxySignIn(cause))
    return new AuthenticityError('CON-A004', `${addressOf(exchange.url)}: the proxy asks for user and password`, {
      cause,
    });
  const { code, text } = verdictOf(cause, exchange);
  const retry = code === 'CON-T002' || code === 'CON-T004' ? 'never' : 'later';
  return new TransportError(code, `${addressOf(exchange.url)}: ${text}`, { retry, cause });
}

/** The address as it may be shown and logged. */
export function addressOf(url: URL): string {
  return `${url.origin}${url.pathname}`;
}

/** Whether the peer, or something between, ended the connection. */
export function isCutOff(cause: unknown): boolean {
  return codesOf(cause).some((code) => code === 'UND_ERR_SOCKET' || code === 'ECONNRESET' || code === 'EPIPE');
}

function verdictOf(cause: unknown, { isStopped, isLate }: FailedExchange): Verdict {
  if (isStopped) return { code: 'CON-T003', text: 'the exchange was stopped' };
  if (isLate) return { code: 'CON-T003', text: 'the exchange took too long as a whole' };
  const codes = codesOf(cause);
  const known = codes.map((code) => verdicts[code]).find((verdict) => verdict !== undefined);
  if (codes.some(isCertificateCode))
    return { code: 'CON-T004', text: `its certificate is not trusted (${codes.join(', ')})` };
  if (known !== undefined) return known;
  if (cause instanceof errors.HTTPParserError) return { code: 'CON-T002', text: 'it does not speak HTTP' };
  if (cause instanceof Error && /proxy/i.test(cause.message))
    return { code: 'CON-T005', text: `the proxy refuses (${cause.message})` };
  return { code: 'CON-T001', text: cause instanceof Error ? cause.message : 'the exchange failed' };
}

/** undici has no code for it: of a plain question to a proxy, and of one for a tunnel. */
function asksForProxySignIn(cause: unknown): boolean {
  return cause instanceof Error && /^Proxy .*\(407\)/.test(cause.message);
}

function isCertificateCode(code: string): boolean {
  return /CERT|^UNABLE_TO_|SIGNATURE|^HOSTNAME_MISMATCH$|^INVALID_CA$|^UND_ERR_PRX_TLS$/.test(code);
}

/** The codes of an error and of what caused it, the outermost first; of several addresses that were tried, those of each. */
function codesOf(cause: unknown): readonly string[] {
  if (!(cause instanceof Error)) return [];
  const own = 'code' in cause && typeof cause.code === 'string' ? [cause.code] : [];
  const tried = cause instanceof AggregateError ? cause.errors.flatMap(codesOf) : [];
  return [...own, ...tried, ...codesOf(cause.cause)];
}
