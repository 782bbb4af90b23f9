import { connect } from 'node:net';
import { request as undiciRequest } from 'undici';
import { gunzipSync, gzipSync, deflateSync } from 'node:zlib';
import { describe, expect, it } from 'vitest';
import { ProtocolError, StoreError } from '../../src/errors/concord-error.ts';
import type { IncomingMessage } from '../../src/web/web-services.ts';
import type { AskOptions } from './web-fixture.ts';
import { askRaw, startWeb } from './web-fixture.ts';

const syncml = 'application/vnd.syncml+xml';
const message = '<SyncML xmlns="SYNCML:SYNCML1.2"/>';

function post(body: string | Uint8Array<ArrayBuffer>, headers: Readonly<Record<string, string>> = {}): AskOptions {
  return { method: 'POST', as: '', body, headers: { 'content-type': syncml, ...headers } };
}

describe('a SyncML message', () => {
  it('is answered at the address of the site, without a sign-in of HTTP', async () => {
    const seen: IncomingMessage[] = [];
    const web = await startWeb({
      services: {
        answerMessage: async (context, incoming) => {
          seen.push(incoming);
          return Buffer.from(`answer of ${context.site}`);
        },
      },
    });
    for (const path of ['/cps', '/cps/', '/cps?sessionid=7']) {
      const answer = await web.ask(path, post(message));
      expect(answer).toMatchObject({ status: 200, text: 'answer of cps' });
      expect(answer.headers.get('content-type')).toBe(syncml);
    }
    expect(seen.map(({ url }) => url)).toEqual(['/cps', '/cps/', '/cps?sessionid=7'].map((path) => web.address + path));
    expect(Buffer.from(seen[0]?.body ?? []).toString()).toBe(message);
    expect(seen[0]?.remoteAddress).toMatch(/127\.0\.0\.1|::1/);
  });

  it('is answered with hardly any headers: less than 200 octets of them', async () => {
    const web = await startWeb();
    const raw = await askRaw(
      web.address,
      `POST /cps HTTP/1.1\r\nHost: x\r\nConnection: close\r\nContent-Type: ${syncml}\r\nContent-Length: 2\r\n\r\nab`,
    );
    const [headers = '', body] = raw.split('\r\n\r\n');
    expect(body).toBe('ab');
    expect(headers.length).toBeLessThan(200);
    expect(headers).not.toMatch(/etag|powered|security|policy|cookie/i);
  });

  it.each([
    ['gzip', gzipSync],
    ['deflate', deflateSync],
  ])('is unpacked when it comes as %s', async (encoding, pack) => {
    const web = await startWeb();
    const answer = await web.ask('/cps', post(new Uint8Array(pack(message)), { 'content-encoding': encoding }));
    expect(answer).toMatchObject({ status: 200, text: message });
  });

  it('is answered in gzip where that is accepted and worth it', async () => {
    const web = await startWeb();
    const ask = async (body: string, acceptEncoding: string) => {
      const answer = await undiciRequest(`${web.address}/cps`, {
        method: 'POST',
        body,
        headers: { 'content-type': syncml, 'accept-encoding': acceptEncoding },
      });
      return { encoding: answer.headers['content-encoding'], octets: Buffer.from(await answer.body.arrayBuffer()) };
    };
    const long = 'x'.repeat(2_000);
    const packed = await ask(long, 'deflate, gzip;q=0.5');
    expect(packed.encoding).toBe('gzip');
    expect(gunzipSync(packed.octets).toString()).toBe(long);
    for (const accepted of ['', 'deflate', 'gzip;q=0'])
      expect(await ask(long, accepted)).toMatchObject({ encoding: undefined, octets: Buffer.from(long) });
    expect((await ask('short', 'gzip')).encoding).toBeUndefined();
  });

  it('is refused when it is too large, packed or not, and never unpacked further than allowed', async () => {
    const web = await startWeb({ settings: { maxMessageOctets: 10_000 } });
    const large = Buffer.alloc(50_000_000);
    const refused = { status: 413, json: { code: 'CON-W003' } };
    expect(await web.ask('/cps', post(new Uint8Array(large.subarray(0, 10_001))))).toMatchObject(refused);
    const bomb = new Uint8Array(gzipSync(large));
    expect(bomb.length).toBeGreaterThan(10_000);
    expect(await web.ask('/cps', post(bomb, { 'content-encoding': 'gzip' }))).toMatchObject(refused);
    const small = new Uint8Array(gzipSync(large.subarray(0, 5_000_000)));
    expect(small.length).toBeLessThan(10_000);
    expect(await web.ask('/cps', post(small, { 'content-encoding': 'gzip' }))).toMatchObject(refused);
    expect(await web.ask('/cps', post(new Uint8Array(10_000)))).toMatchObject({ status: 200 });
  });

  it('is refused when its compression is damaged or unknown', async () => {
    const web = await startWeb();
    const damaged = await web.ask('/cps', post('no gzip', { 'content-encoding': 'gzip' }));
    expect(damaged).toMatchObject({ status: 400, json: { code: 'CON-R008' } });
    const unknown = await web.ask('/cps', post('br', { 'content-encoding': 'br' }));
    expect(unknown).toMatchObject({ status: 415, json: { code: 'CON-W004' } });
  });

  it('for a site that is not there is told so', async () => {
    const web = await startWeb();
    expect(await web.ask('/nowhere', post(message))).toMatchObject({ status: 404, json: { code: 'CON-R001' } });
    expect(await web.ask('/', post(message))).toMatchObject({ status: 404, json: { code: 'CON-W001' } });
  });

  it('to a subscription URL is told that this is only a name', async () => {
    const web = await startWeb();
    const answer = await web.ask('/cps_client/Repository', post(message));
    expect(answer).toMatchObject({ status: 404, json: { code: 'CON-W001' } });
    expect(answer.text).toContain('/cps_client');
  });

  it('in WBXML is told to come in XML', async () => {
    const web = await startWeb();
    const answer = await web.ask('/cps', post('\u0002', { 'content-type': 'application/vnd.syncml+wbxml' }));
    expect(answer).toMatchObject({ status: 415, json: { code: 'CON-W004' } });
    expect(answer.text).toContain(syncml);
  });

  it('that is none is refused with what is wrong', async () => {
    const error = new ProtocolError('CON-X001', 'not well-formed at 1:2');
    const web = await startWeb({ services: { answerMessage: () => Promise.reject(error) } });
    const answer = await web.ask('/cps', post('<a'));
    expect(answer).toMatchObject({ status: 400, json: { code: 'CON-X001', detail: 'not well-formed at 1:2' } });
  });

  it('that comes while the store is busy is asked to come again', async () => {
    const error = new StoreError('CON-D001', 'locked', { retry: 'later' });
    const web = await startWeb({ services: { answerMessage: () => Promise.reject(error) } });
    const answer = await web.ask('/cps', post(message));
    expect(answer.status).toBe(503);
    expect(answer.headers.get('retry-after')).toBe('5');
    expect(web.faults).toEqual([]);
  });

  it('that is cut off in the middle does no harm', async () => {
    const web = await startWeb();
    const { port } = new URL(web.address);
    await new Promise<void>((resolve) => {
      const socket = connect(Number(port), '127.0.0.1', () => {
        socket.write(`POST /cps HTTP/1.1\r\nHost: x\r\nContent-Type: ${syncml}\r\nContent-Length: 100\r\n\r\n<Sync`);
        socket.end();
      });
      socket.on('close', () => {
        resolve();
      });
      socket.resume();
    });
    expect(await web.ask('/cps', post(message))).toMatchObject({ status: 200 });
    expect(web.faults).toEqual([]);
  });
});
