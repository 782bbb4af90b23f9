import { once } from 'node:events';
import type { IncomingMessage, ServerResponse } from 'node:http';
import { createServer, request } from 'node:http';
import { freePort } from './concord-process.ts';

/** What stands before several web processes. Disposing ends it. */
export interface Balancer extends AsyncDisposable {
  readonly address: string;
  /** How many requests went to each. */
  readonly served: readonly number[];
}

/** Hands each request to the next server in turn; one that takes no connections is left out. */
export async function balance(ports: readonly number[]): Promise<Balancer> {
  const served = ports.map(() => 0);
  let count = 0;
  const forward = (incoming: IncomingMessage, answer: ServerResponse, left: number): void => {
    const at = count++ % ports.length;
    const { method, url, headers } = incoming;
    const onwards = request(
      { host: '127.0.0.1', port: ports[at], method, path: url, headers },
      (reply: IncomingMessage) => {
        served[at] = (served[at] ?? 0) + 1;
        answer.writeHead(reply.statusCode ?? 502, reply.headers);
        reply.pipe(answer);
        reply.on('error', () => answer.destroy());
      },
    );
    onwards.on('socket', (socket) => {
      // Nothing of the body is given away before somebody is there to take it.
      if (socket.connecting) socket.once('connect', () => incoming.pipe(onwards));
      else incoming.pipe(onwards);
    });
    onwards.on('error', (error: NodeJS.ErrnoException) => {
      if (error.code === 'ECONNREFUSED' && left > 1) forward(incoming, answer, left - 1);
      else if (answer.headersSent) answer.destroy();
      else answer.writeHead(502).end();
    });
  };
  const server = createServer((incoming, answer) => {
    forward(incoming, answer, ports.length);
  });
  const port = await freePort();
  server.listen(port, '127.0.0.1');
  await once(server, 'listening');
  return {
    address: `http://localhost:${port}`,
    served,
    [Symbol.asyncDispose]: async () => {
      server.closeAllConnections();
      server.close();
      await once(server, 'close');
    },
  };
}
