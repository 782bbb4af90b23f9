import { createServer as createPlainServer, request as plainRequest } from 'node:http';
import type { IncomingMessage, RequestListener, Server, ServerResponse } from 'node:http';
import { createServer as createTlsServer } from 'node:https';
import { mkdtempSync, rmSync, writeFileSync } from 'node:fs';
import type { AddressInfo } from 'node:net';
import { connect, createServer as createSocketServer } from 'node:net';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { gunzipSync, gzipSync } from 'node:zlib';
import { afterEach, describe, expect, it } from 'vitest';
import type { HttpTransportSettings } from '../../../src/adapters/http/http-transport.ts';
import { defaultHttpTransportSettings, HttpTransport } from '../../../src/adapters/http/http-transport.ts';
import type { Delivery } from '../../../src/ports/transport.ts';
import { makeCertificate } from './make-certificate.ts';

const syncml = 'application/vnd.syncml+xml';
const toClose: (() => unknown)[] = [];

afterEach(async () => {
  for (const close of toClose.splice(0).reverse()) await close();
});

interface Listening {
  readonly port: number;
}

async function listening(server: Server | ReturnType<typeof createSocketServer>): Promise<Listening> {
  await new Promise<void>((resolve) => server.listen(0, '127.0.0.1', resolve));
  toClose.push(() => {
    server.close();
    if ('closeAllConnections' in server) server.closeAllConnections();
  });
  // A server that listens on a port has an address of this kind.
  return { port: (server.address() as AddressInfo).port };
}

async function peer(answer: RequestListener): Promise<string> {
  const { port } = await listening(createPlainServer(answer));
  return `http://127.0.0.1:${port}/cps`;
}

function answering(status: number, headers: Record<string, string>, body: string | Uint8Array = ''): RequestListener {
  return (request, response) => {
    request.resume();
    request.on('end', () => response.writeHead(status, headers).end(body));
  };
}

async function bodyOf(request: IncomingMessage): Promise<Buffer> {
  const chunks: Uint8Array[] = [];
  // Without an encoding set, a request gives its octets.
  for await (const chunk of request) chunks.push(chunk as Uint8Array);
  return Buffer.concat(chunks);
}

function transport(settings: Partial<HttpTransportSettings> = {}): HttpTransport {
  const made = new HttpTransport({ ...defaultHttpTransportSettings, ...settings });
  toClose.push(() => made[Symbol.asyncDispose]());
  return made;
}

function send(
  url: string,
  { via = transport(), body = '<SyncML/>', signal }: { via?: HttpTransport; body?: string; signal?: AbortSignal } = {},
): Promise<Delivery> {
  return via.deliver({ url, contentType: syncml, body: Buffer.from(body) }, signal);
}

function textOf(delivery: Delivery): string {
  return delivery.outcome === 'answered' ? Buffer.from(delivery.body).toString() : delivery.outcome;
}

describe('a message over HTTP', () => {
  it('is posted as it is when short, and its answer comes back', async () => {
    const seen: { headers?: IncomingMessage['headers']; body?: string; line?: string } = {};
    const url = await peer((request, response) => {
      seen.headers = request.headers;
      seen.line = `${request.method} ${request.url}`;
      void bodyOf(request).then((body) => {
        seen.body = body.toString();
        response.writeHead(200, { 'content-type': `${syncml}; charset=utf-8` }).end('<answer/>');
      });
    });
    expect(textOf(await send(`${url}?sessionid=1`))).toBe('<answer/>');
    expect(seen).toMatchObject({ body: '<SyncML/>', line: 'POST /cps?sessionid=1' });
    expect(seen.headers).toMatchObject({ 'content-type': syncml, 'accept-encoding': 'gzip' });
    expect(seen.headers).not.toHaveProperty('content-encoding');
  });

  it('is gzipped when long, and a gzipped answer is unpacked', async () => {
    const long = `<SyncML>${'x'.repeat(5_000)}</SyncML>`;
    const seen: { wire?: number; body?: string } = {};
    const url = await peer((request, response) => {
      void bodyOf(request).then((body) => {
        seen.wire = body.length;
        seen.body = gunzipSync(body).toString();
        response.writeHead(200, { 'content-type': syncml, 'content-encoding': 'gzip' }).end(gzipSync('<answer/>'));
      });
    });
    expect(textOf(await send(url, { body: long }))).toBe('<answer/>');
    expect(seen.body).toBe(long);
    expect(seen.wire).toBeLessThan(200);
  });

  it.each([400, 415, 501])(
    'is sent once more as it is to a peer that answers %i to gzip, and from then on',
    async (status) => {
      const encodings: (string | undefined)[] = [];
      const url = await peer((request, response) => {
        encodings.push(request.headers['content-encoding']);
        const isPlain = request.headers['content-encoding'] === undefined;
        answering(isPlain ? 200 : status, { 'content-type': syncml }, '<answer/>')(request, response);
      });
      const via = transport();
      const body = 'x'.repeat(1_000);
      expect(textOf(await send(url, { via, body }))).toBe('<answer/>');
      expect(textOf(await send(url, { via, body }))).toBe('<answer/>');
      expect(encodings).toEqual(['gzip', undefined, undefined]);
    },
  );

  it('is sent as it was compressed when it was prepared, and only then', async () => {
    const seen: Buffer[] = [];
    const url = await peer((request, response) => {
      void bodyOf(request).then((body) => {
        seen.push(gunzipSync(body));
        response.writeHead(200, { 'content-type': syncml }).end('<SyncML/>');
      });
    });
    const via = transport();
    const message = { url, contentType: syncml, body: Buffer.from('<SyncML>'.repeat(20_000)) };
    const text = message.body.toString();
    via.prepare(message);
    via.prepare({ ...message, url: 'no address' });
    await via.deliver(message);
    await via.deliver({ ...message, body: Buffer.from(`${text} another`) });
    expect(seen.map(String)).toEqual([text, `${text} another`]);
  });

  it('goes over connections that are kept', async () => {
    const ports = new Set<number | undefined>();
    const url = await peer((request, response) => {
      ports.add(request.socket.remotePort);
      answering(200, { 'content-type': syncml }, '<answer/>')(request, response);
    });
    const via = transport();
    for (let message = 0; message < 20; message++) await send(url, { via });
    expect(ports.size).toBeLessThanOrEqual(2);
  });

  it('is sent again when the connection that was kept turns out to be closed', async () => {
    let messages = 0;
    const url = await peer((request, response) => {
      messages += 1;
      if (messages === 2) request.socket.destroy();
      else answering(200, { 'content-type': syncml }, '<answer/>')(request, response);
    });
    const via = transport();
    await send(url, { via });
    expect(textOf(await send(url, { via }))).toBe('<answer/>');
  });

  it('leaves out the user of the address: credentials travel inside the message', async () => {
    let authorization: string | undefined = 'not asked';
    const url = await peer((request, response) => {
      authorization = request.headers.authorization;
      answering(200, { 'content-type': syncml }, '<answer/>')(request, response);
    });
    await send(url.replace('http://', 'http://seb:secret@'));
    expect(authorization).toBeUndefined();
  });
});

describe('an address that cannot be used', () => {
  it('is refused when it is none of http', async () => {
    for (const url of ['ftp://example.org/cps', 'nonsense', ''])
      await expect(send(url)).rejects.toMatchObject({ code: 'CON-R008' });
  });

  it('is unreachable where nothing listens, and may be tried later', async () => {
    const { port } = await listening(createPlainServer());
    for (const close of toClose.splice(0)) await close();
    const url = `http://seb:secret@127.0.0.1:${port}/cps?token=1`;
    const failure = await send(url).catch((error: unknown) => error);
    expect(failure).toMatchObject({ code: 'CON-T001', retry: 'later' });
    expect(String(failure)).toContain(`http://127.0.0.1:${port}/cps: `);
    expect(String(failure)).not.toMatch(/secret|token/);
  });

  it('is unreachable when its host has no address', async () => {
    await expect(send('http://no-such-host.invalid/')).rejects.toMatchObject({ code: 'CON-T001', retry: 'later' });
  });
});

describe('a peer that hangs', () => {
  const impatient = { headersTimeoutMs: 150, bodyTimeoutMs: 150 };

  it('before it answers is too slow', async () => {
    const url = await peer((request) => request.resume());
    await expect(send(url, { via: transport(impatient) })).rejects.toMatchObject({ code: 'CON-T003', retry: 'later' });
  });

  it('in the middle of its answer is too slow', async () => {
    const url = await peer((_, response) => {
      response.writeHead(200, { 'content-type': syncml, 'content-length': '100' }).write('<answer');
    });
    await expect(send(url, { via: transport(impatient) })).rejects.toMatchObject({ code: 'CON-T003', retry: 'later' });
  });

  it('is given up although an octet comes from time to time', async () => {
    const url = await peer((_, response) => {
      response.writeHead(200, { 'content-type': syncml });
      const drip = setInterval(() => response.write(' '), 20);
      response.on('close', () => clearInterval(drip));
    });
    const failure = await send(url, { via: transport({ exchangeTimeoutMs: 200 }) }).catch((error: unknown) => error);
    expect(failure).toMatchObject({ code: 'CON-T003', retry: 'later' });
    expect(String(failure)).toContain('as a whole');
  });

  it('does not keep a caller who stops', async () => {
    const controller = new AbortController();
    const url = await peer((request) => {
      request.resume();
      controller.abort();
    });
    await expect(send(url, { signal: controller.signal })).rejects.toMatchObject({ code: 'CON-T003', retry: 'later' });
    await expect(send(url, { signal: AbortSignal.abort() })).rejects.toMatchObject({ code: 'CON-T003' });
  });
});

describe('a peer that cuts off', () => {
  it('before its answer is reported as cut off after a second try', async () => {
    let tries = 0;
    const url = await peer((request) => {
      tries += 1;
      request.socket.destroy();
    });
    await expect(send(url)).rejects.toMatchObject({ code: 'CON-T003', retry: 'later' });
    expect(tries).toBe(2);
  });

  it.each([
    ['with a length', { 'content-length': '1000' }],
    ['in chunks', {}],
  ])('in the middle of an answer %s is reported as cut off', async (_, headers) => {
    const url = await peer((request, response) => {
      response.writeHead(200, { 'content-type': syncml, ...headers }).write('<answer', () => request.socket.destroy());
    });
    await expect(send(url)).rejects.toMatchObject({ code: 'CON-T003', retry: 'later' });
  });

  it('in the middle of an answer, as politely as one that is complete, is reported as cut off', async () => {
    const url = await peer((request, response) => {
      response.writeHead(200, { 'content-type': syncml, 'content-length': '1000' });
      response.write('<answer', () => request.socket.end());
    });
    await expect(send(url)).rejects.toMatchObject({ code: 'CON-T003', retry: 'later' });
  });

  it('in the middle of a gzipped answer is reported as damaged', async () => {
    const half = gzipSync('<answer/>'.repeat(100)).subarray(0, 20);
    const url = await peer(answering(200, { 'content-type': syncml, 'content-encoding': 'gzip' }, half));
    await expect(send(url)).rejects.toMatchObject({ code: 'CON-T003', retry: 'later' });
  });
});

describe('an address that answers something else', () => {
  it.each([
    ['a page', 200, { 'content-type': 'text/html' }],
    ['nothing', 204, {}],
    ['what has no type', 200, {}],
    ['not found', 404, { 'content-type': 'text/html' }],
    ['gone', 410, {}],
    ['not this method', 405, {}],
    ['bad request', 400, {}],
    ['an unknown compression', 200, { 'content-type': syncml, 'content-encoding': 'br' }],
  ])('is not a Concord site: %s', async (_, status, headers) => {
    await expect(send(await peer(answering(status, headers)))).rejects.toMatchObject({
      code: 'CON-T002',
      retry: 'never',
    });
  });

  it('is named with where it sends us, and not followed there', async () => {
    let followed = false;
    const other = await peer((request, response) => {
      followed = true;
      answering(200, { 'content-type': syncml })(request, response);
    });
    const failure = await send(await peer(answering(308, { location: other }))).catch((error: unknown) => error);
    expect(failure).toMatchObject({ code: 'CON-T002', retry: 'never' });
    expect(String(failure)).toContain(other);
    expect(followed).toBe(false);
  });

  it.each([401, 403, 407])('asks for a sign-in when it answers %i', async (status) => {
    await expect(send(await peer(answering(status, {})))).rejects.toMatchObject({ code: 'CON-A004', retry: 'never' });
  });

  it.each([429, 500, 502, 503, 504])('is busy or failing when it answers %i', async (status) => {
    await expect(send(await peer(answering(status, {})))).rejects.toMatchObject({ code: 'CON-T005', retry: 'later' });
  });

  it('is not a Concord site when it does not speak HTTP', async () => {
    const { port } = await listening(createSocketServer((socket) => socket.end('220 mail.example.org ESMTP\r\n')));
    await expect(send(`http://127.0.0.1:${port}/cps`)).rejects.toMatchObject({ code: 'CON-T002', retry: 'never' });
  });

  it('is not a Concord site when its answer never ends', async () => {
    const url = await peer((_, response) => {
      response.writeHead(200, { 'content-type': syncml });
      const more = (): void => {
        if (!response.destroyed) response.write('x'.repeat(10_000), more);
      };
      more();
    });
    await expect(send(url, { via: transport({ maxAnswerOctets: 100_000 }) })).rejects.toMatchObject({
      code: 'CON-T002',
      retry: 'never',
    });
  });

  it('is not a Concord site when a small answer unpacks to a huge one', async () => {
    const bomb = gzipSync(Buffer.alloc(10_000_000));
    const url = await peer(answering(200, { 'content-type': syncml, 'content-encoding': 'gzip' }, bomb));
    await expect(send(url, { via: transport({ maxAnswerOctets: 100_000 }) })).rejects.toMatchObject({
      code: 'CON-T002',
      retry: 'never',
    });
  });
});

describe('a peer with a certificate', () => {
  function trusting(certificate: string): HttpTransport {
    const folder = mkdtempSync(join(tmpdir(), 'concord-ca-'));
    toClose.push(() => rmSync(folder, { recursive: true }));
    writeFileSync(join(folder, 'ca.pem'), certificate);
    return transport({ caFile: join(folder, 'ca.pem') });
  }

  async function tlsPeer({ certificate, key }: { certificate: string; key: string }): Promise<string> {
    const server = createTlsServer({ cert: certificate, key }, answering(200, { 'content-type': syncml }, '<answer/>'));
    return `https://localhost:${(await listening(server)).port}/cps`;
  }

  it('of an own authority is trusted when the authority is given', async () => {
    const made = makeCertificate('localhost', new Date());
    expect(textOf(await send(await tlsPeer(made), { via: trusting(made.certificate) }))).toBe('<answer/>');
  });

  it('of an unknown authority is refused, and not tried again', async () => {
    const url = await tlsPeer(makeCertificate('localhost', new Date()));
    await expect(send(url)).rejects.toMatchObject({ code: 'CON-T004', retry: 'never' });
  });

  it('for another name is refused', async () => {
    const made = makeCertificate('example.org', new Date());
    await expect(send(await tlsPeer(made), { via: trusting(made.certificate) })).rejects.toMatchObject({
      code: 'CON-T004',
    });
  });

  it('that has run out is refused', async () => {
    const made = makeCertificate('localhost', new Date(Date.UTC(2001, 0, 1)));
    await expect(send(await tlsPeer(made), { via: trusting(made.certificate) })).rejects.toMatchObject({
      code: 'CON-T004',
    });
  });

  it('is not asked for by https where only http is spoken: the address is wrong', async () => {
    const url = await peer(answering(200, { 'content-type': syncml }));
    await expect(send(url.replace('http:', 'https:'))).rejects.toMatchObject({ code: 'CON-T002', retry: 'never' });
  });

  it('needs a file of authorities that can be read', () => {
    expect(() => transport({ caFile: join(tmpdir(), 'no-such-concord-ca.pem') })).toThrow(
      expect.objectContaining({ code: 'CON-C001' }),
    );
  });
});

describe('a proxy', () => {
  interface Proxy {
    readonly url: string;
    readonly asked: string[];
  }

  /** Forwards what is asked plainly, and opens tunnels. */
  async function proxy(refuse?: number): Promise<Proxy> {
    const asked: string[] = [];
    const server = createPlainServer((request: IncomingMessage, response: ServerResponse) => {
      asked.push(`${request.method} ${request.url}`);
      if (refuse !== undefined) {
        response.writeHead(refuse).end();
        return;
      }
      const onward = plainRequest(request.url ?? '', { method: 'POST', headers: request.headers }, (answer) => {
        response.writeHead(answer.statusCode ?? 500, answer.headers);
        answer.pipe(response);
      });
      request.pipe(onward);
    });
    server.on('connect', (request: IncomingMessage, socket) => {
      asked.push(`CONNECT ${request.url}`);
      if (refuse !== undefined) {
        socket.end(`HTTP/1.1 ${refuse} Refused\r\n\r\n`);
        return;
      }
      const [host = '', port = ''] = (request.url ?? '').split(':');
      const onward = connect(Number(port), host, () => {
        socket.write('HTTP/1.1 200 OK\r\n\r\n');
        onward.pipe(socket).pipe(onward);
      });
      for (const end of [onward, socket]) end.on('error', () => onward.destroy());
      toClose.push(() => onward.destroy());
    });
    return { url: `http://127.0.0.1:${(await listening(server)).port}`, asked };
  }

  it('is asked plainly for http addresses', async () => {
    const { url: httpProxy, asked } = await proxy();
    const url = await peer(answering(200, { 'content-type': syncml }, '<answer/>'));
    expect(textOf(await send(url, { via: transport({ httpProxy }) }))).toBe('<answer/>');
    expect(asked).toEqual([`POST ${url}`]);
  });

  it('is asked for a tunnel to https addresses', async () => {
    const { url: httpsProxy, asked } = await proxy();
    const made = makeCertificate('localhost', new Date());
    const server = createTlsServer(
      { cert: made.certificate, key: made.key },
      answering(200, { 'content-type': syncml }, '<answer/>'),
    );
    const { port } = await listening(server);
    const folder = mkdtempSync(join(tmpdir(), 'concord-ca-'));
    toClose.push(() => rmSync(folder, { recursive: true }));
    writeFileSync(join(folder, 'ca.pem'), made.certificate);
    const via = transport({ httpsProxy, caFile: join(folder, 'ca.pem') });
    expect(textOf(await send(`https://localhost:${port}/cps`, { via }))).toBe('<answer/>');
    expect(asked).toEqual([`CONNECT localhost:${port}`]);
  });

  it.each(['127.0.0.1', '*', 'example.org, 127.0.0.1'])('is left out for hosts of the list %j', async (noProxy) => {
    const { url: httpProxy, asked } = await proxy();
    const url = await peer(answering(200, { 'content-type': syncml }, '<answer/>'));
    expect(textOf(await send(url, { via: transport({ httpProxy, noProxy }) }))).toBe('<answer/>');
    expect(asked).toEqual([]);
  });

  it('is never taken from the environment', async () => {
    const { url: httpProxy, asked } = await proxy();
    process.env['HTTP_PROXY'] = httpProxy;
    toClose.push(() => delete process.env['HTTP_PROXY']);
    const url = await peer(answering(200, { 'content-type': syncml }, '<answer/>'));
    expect(textOf(await send(url))).toBe('<answer/>');
    expect(asked).toEqual([]);
  });

  it('that asks for a sign-in says so', async () => {
    const { url } = await proxy(407);
    const via = transport({ httpProxy: url, httpsProxy: url });
    for (const address of ['http://example.invalid/cps', 'https://example.invalid/cps'])
      await expect(send(address, { via })).rejects.toMatchObject({ code: 'CON-A004' });
  });

  it('that refuses a tunnel says so', async () => {
    const { url: httpsProxy } = await proxy(403);
    await expect(send('https://example.invalid/cps', { via: transport({ httpsProxy }) })).rejects.toMatchObject({
      code: 'CON-T005',
      retry: 'later',
    });
  });
});
