import { afterEach, beforeEach, describe, expect, it } from 'vitest';
import type { Workplace } from './run-concord.ts';
import { makeWorkplace, startServer } from './run-concord.ts';

let place: Workplace;
beforeEach(() => {
  place = makeWorkplace();
});
afterEach(() => {
  place[Symbol.dispose]();
});

async function ask(address: string, path: string, password: string): Promise<Response> {
  const credentials = Buffer.from(`admin:${password}`).toString('base64');
  return fetch(address + path, { redirect: 'manual', headers: { authorization: `Basic ${credentials}` } });
}

async function mustChange(): Promise<unknown> {
  return (await place.must(['user', 'list', '--json'])).json();
}

describe('the password that the first start prints', () => {
  it('is good for programs until it is changed, and marked as one to be changed until then', async () => {
    await place.must(['site', 'add', 'cps']);
    await using server = await startServer(place);
    const password = /Password: (\S+)/.exec(server.printed)?.[1] ?? expect.unreachable('it is printed');
    expect((await ask(server.address, '/cps/api/v1/objects', password)).status).toBe(200);
    expect(await mustChange()).toMatchObject([{ name: 'admin', mustChangePassword: true }]);
    await place.must(['user', 'passwd', 'admin', '--password-stdin'], { input: 'a:better one' });
    expect(await mustChange()).toMatchObject([{ name: 'admin', mustChangePassword: false }]);
    expect((await ask(server.address, '/cps/api/v1/objects', password)).status).toBe(401);
    expect((await ask(server.address, '/cps/api/v1/objects', 'a:better one')).status).toBe(200);
  });
});
