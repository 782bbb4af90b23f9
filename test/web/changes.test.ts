import { describe, expect, it } from 'vitest';
import { parsePath } from '../../src/objects/path.ts';
import { newSubscriberState } from '../../src/synchronization/subscriber.ts';
import { defaultTerms } from '../../src/synchronization/subscription.ts';
import { putObject } from '../../src/use-cases/objects/write-object.ts';
import { hashOf } from '../../src/use-cases/publisher/credentials.ts';
import { readEvents } from './event-stream.ts';
import type { WebFixture } from './web-fixture.ts';
import { manager, startWeb } from './web-fixture.ts';

const url = 'http://localhost:9673/cps_client/R';
const address = `/cps/api/v1/publications/R/changes?subscription=${encodeURIComponent(url)}`;
const token = 'the-token-of-the-subscription';

async function published(settings: Parameters<typeof startWeb>[0] = {}): Promise<WebFixture> {
  const web = await startWeb(settings);
  const { store } = web.site;
  await putObject(web.site, manager, { path: parsePath('/people') });
  await web.services.publish(web.site, { id: 'R', path: '/people', actor: manager });
  await store.addSubscriber({
    publication: 'R',
    url,
    account: 'sync',
    tokenHash: hashOf(token),
    terms: defaultTerms,
    state: newSubscriberState,
  });
  return web;
}

async function put({ site }: WebFixture, id: string): Promise<void> {
  await putObject(site, manager, { path: ['people', id], document: '<object><n>1</n></object>' });
}

/** Reads of a stream until so many events have come, then goes away. */
function listen(web: WebFixture, count: number, headers: Readonly<Record<string, string>>): Promise<string> {
  return readEvents(web.address + address, count, headers);
}

const idIn = (stream: string): string => /^id: (.+)$/m.exec(stream)?.[1] ?? '';
const basic = (name: string): string => `Basic ${Buffer.from(`${name}:${name}:secret`).toString('base64')}`;

describe('the changes of a publication', () => {
  it('are told of with nothing but a position, to the account and to the token of the subscription', async () => {
    const web = await published();
    await put(web, 'ann');
    for (const authorization of [`Bearer ${token}`, basic('sync')]) {
      const stream = await listen(web, 1, { authorization });
      expect(stream).toMatch(/^retry: 2000\n: listening\n\nid: [\w-]+\.\d+\.[\w-]+\nevent: changed\ndata: \{\}\n\n$/);
    }
  });

  it('are told of when they are made, by whatever process', async () => {
    const web = await published();
    await put(web, 'ann');
    const first = await listen(web, 1, { authorization: `Bearer ${token}` });
    const next = listen(web, 1, { authorization: `Bearer ${token}`, 'last-event-id': idIn(first) });
    await put(web, 'bea');
    expect(Number(idIn(await next).split('.')[1])).toBeGreaterThan(Number(idIn(first).split('.')[1]));
  });

  it('are for nobody else', async () => {
    const web = await published();
    const ask = (as: string, path = address) => web.ask(path, { as });
    expect(await ask('')).toMatchObject({ status: 401 });
    expect(await ask('paula')).toMatchObject({ status: 403 });
    expect(await ask('seb')).toMatchObject({ status: 403 });
    expect(await ask('sync', address.replace('/R/', '/None/'))).toMatchObject({ status: 404 });
    expect(await ask('sync', address.replace('client', 'other'))).toMatchObject({ status: 404 });
    const wrong = { as: '', headers: { authorization: 'Bearer another' } };
    expect(await web.ask(address, wrong)).toMatchObject({ status: 401 });
    // What lets a subscriber listen lets it do nothing else.
    const elsewhere = { as: '', headers: { authorization: `Bearer ${token}` } };
    expect(await web.ask('/cps/api/v1/publications', elsewhere)).toMatchObject({ status: 401 });
  });

  it('say nothing to strangers of whether messages must be sealed', async () => {
    const web = await published();
    const [row] = await web.site.store.publications();
    if (row === undefined) throw new Error('there is no publication');
    await web.site.store.savePublication({ ...row, keyName: 'cps' });
    expect(await web.ask(address, { as: '' })).toMatchObject({ status: 401, json: { code: 'CON-A001' } });
    const wrong = { as: '', headers: { authorization: 'Bearer another' } };
    expect(await web.ask(address, wrong)).toMatchObject({ status: 401, json: { code: 'CON-A001' } });
    const own = { as: '', headers: { authorization: `Bearer ${token}` } };
    expect(await web.ask(address, own)).toMatchObject({ json: { code: 'CON-A005' } });
  });

  it('do not make those who listen look like those whose sign-ins fail', async () => {
    const web = await published({ settings: { failedSignInsPerMinute: 3 } });
    const leave = new AbortController();
    for (let count = 0; count < 6; count++) {
      const headers = { authorization: `Bearer ${token}` };
      expect((await fetch(web.address + address, { headers, signal: leave.signal })).status).toBe(200);
    }
    leave.abort();
    for (let count = 0; count < 3; count++) await web.ask(address, { as: 'sync', password: 'wrong' });
    expect(await web.ask(address, { as: 'sync', password: 'wrong' })).toMatchObject({ status: 429 });
  });

  it('are told to so many at a time, and no more', async () => {
    const web = await published({ settings: { listeners: { streams: 0, streamsPerSubscriber: 1 } } });
    const answered = await web.ask(address, { as: 'sync' });
    expect(answered).toMatchObject({ status: 429, json: { code: 'CON-W009' } });
    expect(answered.headers.get('retry-after')).toBe('60');
  });
});
