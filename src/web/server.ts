import type { RequestListener, Server, ServerResponse } from 'node:http';
import { createServer } from 'node:http';
import { ConfigurationError } from '../errors/concord-error.ts';
import type { MessageClasses } from './messages.ts';

/** Where the server listens, and how it stops. */
export interface ServerSettings {
  readonly host: string;
  /** 0 takes any free port. */
  readonly port: number;
  /** How long a stop waits for what is being answered. */
  readonly stopMs: number;
}

/** A connection that nobody uses is kept for longer than clients keep theirs, so that they, who know when they will speak, close it. */
const keepAliveMs = 35_000;
/** A whole request: a large message over a slow line. */
const requestTimeoutMs = 300_000;

/** While it stops: how often connections that have become idle are closed. */
const idleCheckMs = 20;

/** A server that listens. */
export interface RunningServer extends AsyncDisposable {
  /** `http://host:port`, with the port that was really taken. */
  readonly address: string;
  readonly port: number;
}

/**
 * Listens, and stops when it is disposed: it takes no new connection, finishes what is being answered, and after `stopMs` cuts off what is left.
 * Streams of events, which never finish, are cut off at once: who listens comes again and goes on.
 * @throws ConfigurationError CON-C002 when the port is in use, CON-C001 when the host is none of this machine's
 */
export async function startServer(
  listener: RequestListener,
  settings: ServerSettings,
  classes?: MessageClasses,
): Promise<RunningServer> {
  const timeouts = { keepAliveTimeout: keepAliveMs, requestTimeout: requestTimeoutMs };
  const server = createServer({ ...timeouts, ...classes }, listener);
  const answering = new Set<ServerResponse>();
  server.on('request', (_, response: ServerResponse) => {
    answering.add(response);
    response.once('close', () => answering.delete(response));
  });
  await listen(server, settings);
  const bound = server.address();
  const port = typeof bound === 'object' && bound !== null ? bound.port : settings.port;
  return {
    address: `http://${nameOf(settings.host)}:${port}`,
    port,
    [Symbol.asyncDispose]: () => stop(server, answering, settings.stopMs),
  };
}

/** What can be typed into a browser: the address for all interfaces, and that of this machine, are written as its name. */
function nameOf(host: string): string {
  if (['0.0.0.0', '::', '127.0.0.1', '::1'].includes(host)) return 'localhost';
  return host.includes(':') ? `[${host}]` : host;
}

function listen(server: Server, { host, port }: ServerSettings): Promise<void> {
  return new Promise((resolve, reject) => {
    server.once('error', (cause: NodeJS.ErrnoException) => {
      const isTaken = cause.code === 'EADDRINUSE';
      const text = isTaken ? `The port ${port} is in use` : `Cannot listen at ${host}:${port}: ${cause.message}`;
      reject(new ConfigurationError(isTaken ? 'CON-C002' : 'CON-C001', text, { cause }));
    });
    server.listen({ host, port }, resolve);
  });
}

function stop(server: Server, answering: ReadonlySet<ServerResponse>, stopMs: number): Promise<void> {
  return new Promise((resolve) => {
    const cutOff = setTimeout(() => {
      server.closeAllConnections();
    }, stopMs);
    // A connection that is answering now is idle afterwards, and nobody else would close it.
    const closing = setInterval(endWhatWaits, idleCheckMs);
    endWhatWaits();
    server.close(() => {
      clearTimeout(cutOff);
      clearInterval(closing);
      resolve();
    });

    function endWhatWaits(): void {
      for (const response of answering) if (isStream(response)) response.destroy();
      server.closeIdleConnections();
    }
  });
}

function isStream(response: ServerResponse): boolean {
  return String(response.getHeader('content-type')).startsWith('text/event-stream');
}
