import { describe, expect, it } from 'vitest';
import { StoreError } from '../../src/errors/concord-error.ts';
import { LateActivityQueue } from '../../src/use-cases/administration/late-activity-queue.ts';
import { putObject } from '../../src/use-cases/objects/write-object.ts';
import { newSubscriberState } from '../../src/synchronization/subscriber.ts';
import { defaultTerms } from '../../src/synchronization/subscription.ts';
import { defaultWebSettings } from '../../src/web/web-services.ts';
import { conflict } from '../contract/site-data.ts';
import type { WebFixture } from './web-fixture.ts';
import { crowd } from '../support/pair.ts';
import { manager, startWeb } from './web-fixture.ts';

const minute = 60_000;
const hour = 60 * minute;

/** As one in Redis that is away. */
const awayQueue = new LateActivityQueue(async () => Promise.reject(new StoreError('CON-Q003', 'Redis is away')));

async function publishPeople({ site, services }: WebFixture): Promise<void> {
  await putObject(site, manager, { path: ['people'] });
  await putObject(site, manager, { path: ['people', 'ann'], document: '<object><n>1</n></object>' });
  await services.publish(site, { id: 'People', path: '/people', actor: manager });
}

async function addSubscribers({ site }: WebFixture, count: number): Promise<void> {
  for (let at = 0; at < count; at += 1)
    await site.store.addSubscriber({
      publication: 'People',
      url: `http://office-${String(at).padStart(4, '0')}/People`,
      account: 'sync',
      tokenHash: '',
      terms: defaultTerms,
      state: newSubscriberState,
    });
}

function samples(text: string, name: string): readonly string[] {
  return text.split('\n').filter((line) => line.startsWith(`${name}{`));
}

async function metrics(web: WebFixture): Promise<string> {
  const { status, text } = await web.ask('/metrics', { as: 'admin' });
  expect(status).toBe(200);
  return text;
}

describe('/metrics', () => {
  it('tells of the subscribers furthest behind how far, and of all how many', async () => {
    const web = await startWeb({ settings: { watch: { ...defaultWebSettings.watch, subscribers: 2 } } });
    await publishPeople(web);
    await addSubscribers(web, 5);
    web.time.now += 90_000;
    const text = await metrics(web);
    expect(text).toContain('concord_subscribers{site="cps",publication="People"} 5\n');
    expect(text).toContain('concord_subscribers_behind{site="cps",publication="People"} 5\n');
    const named = '{site="cps",publication="People",subscriber="http://office-0000/People"}';
    expect(samples(text, 'concord_subscriber_lag_changes')).toHaveLength(2);
    expect(text).toContain(`concord_subscriber_lag_changes${named} 1\n`);
    expect(text).toContain(`concord_subscriber_lag_seconds${named} 90\n`);
  });

  it('says nothing is lacked by a subscriber that knows the newest change', async () => {
    const web = await startWeb();
    await publishPeople(web);
    const head = await web.site.store.head();
    await putObject(web.site, manager, { path: ['elsewhere'] });
    const checkpoint = { publisher: head, subscriber: head, takenUpTo: 0 };
    const state = { ...newSubscriberState, checkpoints: [checkpoint] };
    const rest = { account: 'sync', tokenHash: '', terms: defaultTerms };
    await web.site.store.addSubscriber({ publication: 'People', url: 'http://office/People', ...rest, state });
    const text = await metrics(web);
    expect(text).toContain('concord_subscribers_behind{site="cps",publication="People"} 0\n');
    expect(samples(text, 'concord_subscriber_lag_changes')).toEqual([expect.stringMatching(/ 0$/)]);
  });

  it('reads no more rows for a thousand subscribers than for thirty', async () => {
    const web = await startWeb();
    await publishPeople(web);
    await addSubscribers(web, 30);
    const rowsOf = async (): Promise<number> => {
      const before = web.site.store.statistics.rowsRead;
      await metrics(web);
      return web.site.store.statistics.rowsRead - before;
    };
    const few = await rowsOf();
    await web.site.store.removePublication('People');
    await web.services.publish(web.site, { id: 'People', path: '/people', actor: manager });
    await addSubscribers(web, crowd(1_000, 60));
    expect(await rowsOf()).toBe(few);
  });

  it('sorts open conflicts by age', async () => {
    const web = await startWeb();
    await publishPeople(web);
    await addSubscribers(web, 1);
    const [row] = await web.site.store.subscribersBehind('People', 1);
    const opened = [minute, 2 * hour, 3 * hour, 40 * 24 * hour];
    const conflicts = opened.map((age, at) => conflict(`c${at}`, row?.peer ?? 0, { openedAt: web.time.now - age }));
    await web.site.store.update(async () => ({ batch: { conflicts }, result: undefined }));
    const of = samples(await metrics(web), 'concord_open_conflicts').filter((line) => line.includes('"cps"'));
    expect(of.map((line) => line.replace(/^.*up_to=/, ''))).toEqual([
      '"1h"} 1',
      '"1d"} 2',
      '"7d"} 0',
      '"30d"} 0',
      '"any"} 1',
    ]);
  });

  it('tells how many activities wait and for how long the oldest is due', async () => {
    const web = await startWeb();
    await web.site.queue.add({ work: { name: 'collect-garbage' } });
    web.time.now += 5_000;
    const text = await metrics(web);
    expect(text).toContain('concord_activities{site="cps",state="runnable"} 1\n');
    expect(text).toContain('concord_activities_oldest_seconds{site="cps",state="runnable"} 5\n');
    expect(text).toContain('concord_activities_oldest_seconds{site="cps",state="failed"} 0\n');
  });

  it('leaves out a site that cannot be read, and says so', async () => {
    const web = await startWeb();
    const { site } = web.services;
    web.services.site = async (id) => {
      if (id === 'cps_client') throw new StoreError('CON-D004', 'Damaged');
      return site(id);
    };
    const text = await metrics(web);
    expect(text).toContain('concord_site_up{site="cps"} 1\n');
    expect(text).toContain('concord_site_up{site="cps_client"} 0\n');
  });

  it('has what the store says of a site whose queue does not answer, and says that it does not', async () => {
    const web = await startWeb();
    await publishPeople(web);
    const { site } = web.services;
    web.services.site = async (id) => ({ ...(await site(id)), queue: awayQueue });
    const text = await metrics(web);
    expect(text).toContain('concord_queue_up{site="cps"} 0\n');
    expect(text).toContain('concord_subscribers{site="cps",publication="People"} 0\n');
    expect(samples(text, 'concord_activities')).toEqual([]);
    expect((await web.ask('/cps/portal_status', { as: 'paula', headers: { accept: 'text/html' } })).status).toBe(200);
  });

  it('does not keep a fault of our own to itself', async () => {
    const web = await startWeb();
    web.services.site = async () => Promise.reject(new TypeError('our mistake'));
    expect((await web.ask('/metrics', { as: 'admin' })).status).toBe(500);
    expect(web.faults).toHaveLength(1);
  });

  it('asks for a Manager of the installation, unless it is open to this machine or everybody', async () => {
    const web = await startWeb();
    expect(await web.ask('/metrics', { as: '' })).toMatchObject({ status: 401 });
    const openTo = async (who: 'loopback' | 'everybody', headers = {}): Promise<number> => {
      const watch = { openTo: who, subscribers: 1 } as const;
      const open = await startWeb({ settings: { watch, trustedProxies: 1 } });
      return (await open.ask('/metrics', { as: '', headers })).status;
    };
    expect(await openTo('loopback')).toBe(200);
    expect(await openTo('loopback', { 'x-forwarded-for': '203.0.113.9' })).toBe(401);
    expect(await openTo('everybody', { 'x-forwarded-for': '203.0.113.9' })).toBe(200);
    const open = await startWeb({ settings: { watch: { openTo: 'loopback', subscribers: 1 } } });
    expect(await open.ask('/metrics', { as: 'admin', password: 'wrong' })).toMatchObject({ status: 401 });
  });
});

describe('the status over the API', () => {
  it('says of one site what the page shows', async () => {
    const web = await startWeb();
    await publishPeople(web);
    await addSubscribers(web, 3);
    await web.site.queue.add({ work: { name: 'collect-garbage' } });
    web.time.now += hour;
    const { status, json } = await web.ask('/cps/api/v1/status?furthest=1', { as: 'paula' });
    expect(status).toBe(200);
    expect(json).toMatchObject({
      flow: { state: 'stalled', faults: [{ check: 'activities' }] },
      publications: [{ id: 'People', subscribers: 3, behind: 3, inSession: 0, furthest: [{ changes: 1, ms: hour }] }],
      activities: { runnable: { count: 1, oldestMs: hour } },
    });
    expect((await web.ask('/cps_client/api/v1/status', { as: 'paula' })).json).toMatchObject({
      flow: { state: 'flowing', faults: [] },
    });
    expect(await web.ask('/cps/api/v1/status', { as: 'mia' })).toMatchObject({ status: 403 });
  });
});

describe('/readyz', () => {
  it('says that all flows', async () => {
    const web = await startWeb();
    expect(await web.ask('/readyz', { as: 'admin' })).toMatchObject({
      status: 200,
      json: { state: 'flowing', faults: [] },
    });
  });

  it('says by 503 and a reason that an activity has been due for too long', async () => {
    const web = await startWeb();
    await web.site.queue.add({ work: { name: 'collect-garbage' } });
    web.time.now += 11 * minute;
    const { status, json } = await web.ask('/readyz', { as: 'admin' });
    expect([status, json['state']]).toEqual([503, 'stalled']);
    expect(json['faults']).toEqual([expect.objectContaining({ check: 'activities', site: 'cps', ms: 11 * minute })]);
  });
});
