import { createServer } from 'node:http';
import type { AddressInfo } from 'node:net';
import { gunzipSync } from 'node:zlib';
import { request } from 'undici';

/** What stands before a publisher, passes everything on, and keeps what was asked. */
export interface RecordingProxy extends AsyncDisposable {
  readonly url: string;
  /** The messages of the last sync, as they were before compression; begins anew. */
  readonly take: () => readonly string[];
}

/** Starts one on loopback. */
export async function startRecordingProxy(publisher: string): Promise<RecordingProxy> {
  let seen: string[] = [];
  const server = createServer((incoming, outgoing) => {
    const parts: Buffer[] = [];
    incoming.on('data', (part: Buffer) => parts.push(part));
    incoming.on('end', () => {
      const body = Buffer.concat(parts);
      const isCompressed = incoming.headers['content-encoding'] === 'gzip';
      seen.push((isCompressed ? gunzipSync(body) : body).toString('utf8'));
      const headers = {
        'content-type': incoming.headers['content-type'] ?? '',
        ...(isCompressed && { 'content-encoding': 'gzip' }),
      };
      request(`${publisher}${incoming.url ?? ''}`, { method: 'POST', headers, body }).then(
        async (answer) => {
          outgoing.writeHead(answer.statusCode, { 'content-type': String(answer.headers['content-type'] ?? '') });
          outgoing.end(Buffer.from(await answer.body.arrayBuffer()));
        },
        (error: unknown) => outgoing.destroy(error instanceof Error ? error : new Error(String(error))),
      );
    });
  });
  await new Promise<void>((resolve) => server.listen(0, '127.0.0.1', resolve));
  // Holds: the server listens at a port, not at a pipe.
  const { port } = server.address() as AddressInfo;
  return {
    url: `http://127.0.0.1:${port}`,
    take: () => {
      const taken = seen;
      seen = [];
      return taken;
    },
    [Symbol.asyncDispose]: async () => {
      server.closeAllConnections();
      await new Promise<void>((resolve) => {
        server.close(() => {
          resolve();
        });
      });
    },
  };
}

/** What a simulated subscriber says in place of the one that was recorded. */
export interface Spoken {
  readonly session: string;
  readonly url: string;
  readonly token: string;
  readonly last: string;
  readonly next: string;
  readonly number: number;
}

/** A message of a sync that really was, to be said again by others. */
export type Replay = (spoken: Spoken) => string;

/** Where what a message says of its sender stands, in the order in which it stands there. */
const places: readonly (readonly [keyof Spoken, RegExp])[] = [
  ['session', /(?<=<SessionID>)[^<]+/],
  ['url', /(?<=<Source><LocURI>)[^<]+/],
  ['token', /(?<=<Data>)[^<]+(?=<\/Data><\/Cred>)/],
  ['last', /(?<=<Last>)[^<]*/],
  ['next', /(?<=<Next>)[^<]+/],
  ['number', /(?<=>number=)\d+(?=<)/],
];

/** Cuts a message at what its sender says of itself, once, so that saying it again costs next to nothing. */
export function replayOf(message: string): Replay {
  const texts: string[] = [];
  const names: (keyof Spoken)[] = [];
  let rest = message;
  for (const [name, place] of places) {
    const found = place.exec(rest);
    if (found === null) continue;
    texts.push(rest.slice(0, found.index));
    names.push(name);
    rest = rest.slice(found.index + found[0].length);
  }
  return (spoken) => texts.map((text, at) => `${text}${spoken[names[at] ?? 'session']}`).join('') + rest;
}
