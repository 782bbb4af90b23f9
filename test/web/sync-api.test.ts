import { describe, expect, it } from 'vitest';
import type { SyncEventKind } from '../../src/ports/site-notes.ts';
import type { SiteContext } from '../../src/use-cases/site-context.ts';
import { readEvents } from './event-stream.ts';
import type { WebFixture } from './web-fixture.ts';
import { startWeb } from './web-fixture.ts';

const template = '/cps_client/api/v1/subscriptions/Repository';
const subscription = {
  publicationUrl: 'http://localhost:9673/cps',
  subscriptionUrl: 'http://localhost:9673/cps_client/Repository',
  path: '/portal_repository',
};
const authorization = `Basic ${Buffer.from('mia:mia:secret').toString('base64')}`;

async function subscribed(): Promise<{ readonly web: WebFixture; readonly client: SiteContext }> {
  const web = await startWeb();
  await web.ask(template, { method: 'PUT', json: subscription });
  return { web, client: await web.services.site('cps_client') };
}

function tell({ store }: SiteContext, kind: SyncEventKind, run = 'one'): Promise<number> {
  return store.notes.addSyncEvent({ subscription: 'Repository', run, at: 1, kind, data: { kind } });
}

/** Reads of a stream until so many events have come, then goes away. */
function listen(web: WebFixture, count: number, headers: Readonly<Record<string, string>> = {}): Promise<string> {
  const all = { authorization, accept: 'text/event-stream', ...headers };
  return readEvents(`${web.address}${template}/events`, count, all);
}

const idsIn = (stream: string): readonly number[] => [...stream.matchAll(/^id: (\d+)$/gm)].map(([, id]) => Number(id));

describe('the events of a sync', () => {
  it('are streamed as they come, to every viewer, from the beginning of the newest sync', async () => {
    const { web, client } = await subscribed();
    await tell(client, 'started', 'before');
    await tell(client, 'done', 'before');
    const started = await tell(client, 'started');
    const viewers = [listen(web, 2), listen(web, 2)];
    const progress = await tell(client, 'progress');
    for (const stream of await Promise.all(viewers)) {
      expect(idsIn(stream)).toEqual([started, progress]);
      expect(stream).toContain('event: progress\ndata: {"number"');
    }
  });

  it('go on after a cut where the client left off', async () => {
    const { web, client } = await subscribed();
    const started = await tell(client, 'started');
    expect(idsIn(await listen(web, 1))).toEqual([started]);
    const progress = await tell(client, 'progress');
    const done = await tell(client, 'done');
    expect(idsIn(await listen(web, 2, { 'last-event-id': String(started) }))).toEqual([progress, done]);
  });

  it('are given as JSON to those who do not stream, and to nobody without rights', async () => {
    const { web, client } = await subscribed();
    await tell(client, 'started');
    expect((await web.ask(`${template}/events`, { as: 'mia' })).json).toMatchObject({ events: [{ kind: 'started' }] });
    expect((await web.ask(`${template}/events?after=99`)).json).toEqual({ events: [] });
    expect(await web.ask(`${template}/events`, { as: 'sync' })).toMatchObject({ status: 403 });
    const none = await web.ask('/cps_client/api/v1/subscriptions/None/events');
    expect(none).toMatchObject({ status: 404, json: { code: 'CON-R004' } });
  });
});

describe('the state of a sync', () => {
  it('is what all who look on see', async () => {
    const { web, client } = await subscribed();
    const state = async () => (await web.ask(`${template}/sync`, { as: 'mia' })).json;
    expect(await state()).toMatchObject({ state: 'never', lastEvent: 0 });
    await web.ask(`${template}/sync`, { method: 'POST', as: 'mia' });
    expect(await state()).toMatchObject({ state: 'queued' });
    await tell(client, 'started');
    expect(await state()).toMatchObject({ state: 'broken-off' });
    const row = await client.store.subscription('Repository');
    if (row === undefined) expect.fail('the subscription is there');
    const lease = { holder: 'another process', until: web.time.now + 1_000 };
    const running = { ...row, state: { ...row.state, lease } };
    await client.store.update(async () => ({ batch: { subscriptions: [{ row: running }] }, result: undefined }));
    expect(await state()).toMatchObject({ state: 'running', isStopping: false });
    const cancel = await web.ask(`${template}/cancel`, { method: 'POST', as: 'mia' });
    expect(cancel).toMatchObject({ status: 202, json: { isStopping: true } });
    expect(await state()).toMatchObject({ state: 'running', isStopping: true });
    const last = await tell(client, 'cancelled');
    expect(await state()).toMatchObject({ state: 'cancelled', lastEvent: last });
  });

  it('says that there is nothing to cancel', async () => {
    const { web } = await subscribed();
    const cancel = await web.ask(`${template}/cancel`, { method: 'POST' });
    expect(cancel).toMatchObject({ status: 404, json: { code: 'CON-R013' } });
  });
});
