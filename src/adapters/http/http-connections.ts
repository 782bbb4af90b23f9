import { readFileSync } from 'node:fs';
import type { SecureContext } from 'node:tls';
import { createSecureContext, rootCertificates } from 'node:tls';
import type { Dispatcher } from 'undici';
import { EnvHttpProxyAgent } from 'undici';
import { ConfigurationError } from '../../errors/concord-error.ts';

/** How connections to peers are made. */
export interface HttpConnectionSettings {
  readonly connectTimeoutMs: number;
  /** From the question sent to the first octet of the answer: the peer works on a whole message meanwhile. */
  readonly headersTimeoutMs: number;
  /** Between two octets of the answer. */
  readonly bodyTimeoutMs: number;
  /** The largest answer as it comes over the wire. */
  readonly maxAnswerOctets: number;
  /** Certificates (PEM) of authorities to trust beside those of Node. */
  readonly caFile?: string;
  /** Address of the proxy for `http:` addresses. It is asked plainly, as proxies for http expect, not to open a tunnel. */
  readonly httpProxy?: string;
  /** Address of the proxy for `https:` addresses, which is asked to open a tunnel. */
  readonly httpsProxy?: string;
  /** Hosts that are reached without proxy: names, with all below them, `host:port`, `*`; commas or blanks between. */
  readonly noProxy: string;
}

/** How long a connection is kept that nobody uses; the peer may ask for less. */
const keepAliveMs = 30_000;

/**
 * Opens nothing yet: connections are made when they are needed, several to one peer when it is asked several things at once, and kept for the next message.
 * @throws ConfigurationError CON-C001 when the file of authorities cannot be used
 */
export function openConnections(settings: HttpConnectionSettings): Dispatcher {
  const tls = settings.caFile === undefined ? {} : { secureContext: trustAlso(settings.caFile) };
  const connect = { timeout: settings.connectTimeoutMs, ...tls };
  return new EnvHttpProxyAgent({
    // An empty text, where nothing is set: undefined would let the agent look into the environment by itself.
    httpProxy: settings.httpProxy ?? '',
    httpsProxy: settings.httpsProxy ?? '',
    noProxy: settings.noProxy,
    proxyTunnel: false,
    connect,
    requestTls: connect,
    proxyTls: connect,
    headersTimeout: settings.headersTimeoutMs,
    bodyTimeout: settings.bodyTimeoutMs,
    maxResponseSize: settings.maxAnswerOctets,
    keepAliveTimeout: keepAliveMs,
  });
}

/** Made once: reading the authorities for every connection takes longer than the connection. */
function trustAlso(caFile: string): SecureContext {
  const certificates = readCertificates(caFile);
  try {
    return createSecureContext({ ca: [...rootCertificates, certificates] });
  } catch (cause) {
    throw unusable(caFile, cause);
  }
}

function readCertificates(caFile: string): string {
  let text: string;
  try {
    text = readFileSync(caFile, 'utf8');
  } catch (cause) {
    throw unusable(caFile, cause);
  }
  // Node passes over what is no certificate, and would then trust nobody more than before.
  if (!text.includes('-----BEGIN ')) throw unusable(caFile);
  return text;
}

function unusable(caFile: string, cause?: unknown): ConfigurationError {
  return new ConfigurationError('CON-C001', `transport.caFile: “${caFile}” cannot be read as PEM certificates`, {
    cause,
  });
}
