import { describe, expect, it } from 'vitest';
import { readEvents } from '../web/event-stream.ts';
import type { SharedInstallation } from './shared-installation.ts';
import { credential, hasServers, sharedTitle, startSharedInstallation } from './shared-installation.ts';

const settled = { interval: 100 };
const password = 'a password of the operator';
const operator = `Basic ${Buffer.from(`operator:${password}`).toString('base64')}`;

async function ask(url: string, request: RequestInit = {}, authorization = credential): Promise<Response | undefined> {
  const headers = { Authorization: authorization, 'Content-Type': 'application/xml' };
  return fetch(url, { ...request, headers, signal: AbortSignal.timeout(10_000) }).catch(() => undefined);
}

/** The subscription has synchronised once. */
async function synchronised({ address }: SharedInstallation): Promise<void> {
  const sync = `${address}/cps_client/api/v1/subscriptions/Notes/sync`;
  await expect.poll(async () => (await ask(sync, { method: 'POST' }))?.status, settled).toBe(202);
  const ledger = `${address}/cps_client/api/v1/objects/notes/ledger`;
  await expect.poll(async () => (await ask(ledger))?.status, settled).toBe(200);
}

const idIn = (stream: string): string => /^id: (.+)$/m.exec(stream)?.[1] ?? '';

/** Of the next event. */
async function nextId({ body }: Response): Promise<string> {
  const decoder = new TextDecoder();
  let text = '';
  for await (const chunk of body ?? []) {
    // Holds: a body gives octets.
    text += decoder.decode(chunk as Uint8Array, { stream: true });
    if (/^id: .+\n/m.test(text)) break;
  }
  return idIn(text);
}

/** The value of one line of the figures. */
const valueIn = (figures: string, name: string): number =>
  Number(
    figures
      .split('\n')
      .find((line) => line.startsWith(`${name} `))
      ?.slice(name.length + 1),
  );

describe.skipIf(!hasServers)(`${sharedTitle}, seen from outside`, () => {
  it('tells who listens at one web process what is written through the other', async () => {
    await using installation = await startSharedInstallation();
    const { address } = installation;
    await synchronised(installation);
    const subscription = encodeURIComponent(`${address}/cps_client/Notes`);
    const changes = `${address}/cps/api/v1/publications/Notes/changes?subscription=${subscription}`;
    const write = async (id: string): Promise<number | undefined> =>
      (await ask(`${address}/cps/api/v1/objects/notes/${id}`, { method: 'PUT', body: `<note>${id}</note>` }))?.status;
    expect(await write('a')).toBe(201);
    const known = idIn(await readEvents(changes, 1, { Authorization: credential }));
    const leave = new AbortController();
    const headers = { Authorization: credential, 'Last-Event-ID': known };
    // The balancer hands each request to the next process in turn: one listens at each, and the change comes through one of them.
    const listeners = [];
    for (let at = 0; at < 2; at++) listeners.push(await fetch(changes, { headers, signal: leave.signal }));
    expect(await write('b')).toBe(201);
    await using here = await installation.open();
    const { seq } = await (await here.site('cps')).store.head();
    for (const listener of listeners) expect(Number((await nextId(listener)).split('.')[1])).toBe(seq);
    leave.abort();
  }, 120_000);

  it('says how much is queued in Redis, at each web process the same', async () => {
    await using installation = await startSharedInstallation();
    const { address, place, environment, redis } = installation;
    const who = ['user', 'add', 'operator', '--role', 'Manager', '--password-stdin'];
    await place.must(who, { environment, input: password });
    await synchronised(installation);
    await using here = await installation.open();
    const { queue } = await here.site('cps');
    const later = here.clock.now() + 3_600_000;
    for (let at = 0; at < 3; at++) await queue.add({ work: { name: 'collect-garbage' }, notBefore: later });
    const figures = async (): Promise<string> => (await (await ask(`${address}/metrics`, {}, operator))?.text()) ?? '';
    const waiting = 'concord_activities{site="cps",state="waiting"}';
    for (let round = 0; round < 2; round++) {
      const text = await figures();
      expect(valueIn(text, waiting)).toBe(3);
      expect(valueIn(text, 'concord_queue_up{site="cps"}')).toBe(1);
    }
    await redis.kill();
    await expect.poll(async () => valueIn(await figures(), 'concord_queue_up{site="cps"}'), settled).toBe(0);
    await redis.start();
    await expect.poll(async () => valueIn(await figures(), waiting), settled).toBe(3);
  }, 120_000);
});
