import { beforeEach, describe, expect, it } from 'vitest';
import { CronerCalendar } from '../../../src/adapters/croner/croner-calendar.ts';
import type { Activity } from '../../../src/activities/activity.ts';
import { XmldomXPathEvaluator } from '../../../src/adapters/xpath/xmldom-xpath-evaluator.ts';
import { distribute, requestSync, resumeSchedule } from '../../../src/use-cases/administration/schedule.ts';
import type { SiteContext } from '../../../src/use-cases/site-context.ts';
import { subscribe, unsubscribe } from '../../../src/use-cases/administration/subscribe.ts';
import { HandClock } from '../../support/memory-site.ts';
import { manager, TestSite } from '../../support/synced-sites.ts';

const calendar = new CronerCalendar();
const services = { calendar, xpath: new XmldomXPathEvaluator() };
const hour = 60 * 60 * 1000;
let clock: HandClock;
let context: SiteContext;
beforeEach(async () => {
  clock = new HandClock();
  context = new TestSite('leaf', clock).context;
  await setSchedule('0 * * * *');
});

async function setSchedule(schedule: string): Promise<void> {
  const urls = { publicationUrl: 'http://hub/master', subscriptionUrl: 'http://here/leaf/R' };
  await subscribe(context, { id: 'R', actor: manager, path: '/r', ...urls, schedule }, services);
}

async function claim(): Promise<Activity | undefined> {
  return context.queue.claim({ node: 'n', now: clock.now(), leaseMs: 1000 });
}

describe('distribute', () => {
  it('makes a scheduled sync runnable when its time has come, not before', async () => {
    expect(await distribute(context, calendar)).toBe(0);
    clock.at += hour - 1;
    expect(await distribute(context, calendar)).toBe(0);
    clock.at += 1;
    expect(await distribute(context, calendar)).toBe(1);
    expect(await claim()).toMatchObject({ work: { name: 'synchronize', subscription: 'R' } });
  });

  it('plans one sync at a time, however often it is called', async () => {
    for (let round = 0; round < 5; round += 1) await distribute(context, calendar);
    expect(await context.queue.list()).toHaveLength(1);
  });

  it('plans the next one while one runs', async () => {
    await distribute(context, calendar);
    clock.at += hour;
    await distribute(context, calendar);
    await claim();
    await distribute(context, calendar);
    expect(await context.queue.list({ state: 'waiting' })).toMatchObject([{ notBefore: clock.now() + hour }]);
  });

  it('makes up once for all the times that were missed', async () => {
    await distribute(context, calendar);
    clock.at += 100 * hour;
    expect(await distribute(context, calendar)).toBe(1);
    const activity = await claim();
    await context.queue.complete(activity?.id ?? 0, 'n');
    expect(await distribute(context, calendar)).toBe(0);
    expect(await context.queue.list()).toMatchObject([{ notBefore: clock.now() + hour }]);
  });

  it('stops at a sync that failed for good, until one goes well', async () => {
    await distribute(context, calendar);
    clock.at += hour;
    await distribute(context, calendar);
    const activity = await claim();
    await context.queue.fail(activity?.id ?? 0, 'n', {
      code: 'CON-A004',
      message: 'refused',
      at: clock.now(),
      again: undefined,
    });
    clock.at += 10 * hour;
    await distribute(context, calendar);
    expect(await context.queue.list()).toMatchObject([{ state: 'failed' }]);
    await resumeSchedule(context, 'R');
    await distribute(context, calendar);
    expect(await context.queue.list()).toMatchObject([{ state: 'waiting', notBefore: clock.now() + hour }]);
  });

  it('lets a sync that a person asks for go before the one that is planned', async () => {
    await distribute(context, calendar);
    const id = await requestSync(context, 'R');
    expect(await claim()).toMatchObject({ id });
  });
});

describe('requestSync', () => {
  it('asks once for what is asked for twice', async () => {
    expect(await requestSync(context, 'R')).toBe(await requestSync(context, 'R'));
  });

  it('is not held up by an earlier sync that waits to be tried again', async () => {
    const first = await requestSync(context, 'R');
    await claim();
    const failure = { code: 'CON-T001', message: 'unreachable', at: clock.now(), again: clock.now() + hour };
    await context.queue.fail(first, 'n', failure);
    const second = await requestSync(context, 'R', { allowDeletions: 100 });
    expect(await claim()).toMatchObject({ id: second, work: { options: { allowDeletions: 100 } } });
    expect(await context.queue.get(first)).toBeUndefined();
  });
});

describe('a clock that is set back', () => {
  const day = 24 * hour;
  const leaseMs = 60_000;
  const look = (): Promise<number> => distribute(context, calendar, leaseMs);

  it('has a planned sync planned anew by the time as it is now', async () => {
    await look();
    clock.at -= 30 * day;
    await look();
    expect(await context.queue.list()).toMatchObject([{ notBefore: clock.now() + hour }]);
  });

  it('does not keep what waits to be tried again waiting until then', async () => {
    const id = await requestSync(context, 'R');
    await claim();
    const failure = { code: 'CON-T001', message: 'unreachable', at: clock.now(), again: clock.now() + 5000 };
    await context.queue.fail(id, 'n', failure);
    await look();
    expect(await context.queue.get(id)).toMatchObject({ state: 'waiting' });
    clock.at -= day;
    await look();
    expect(await context.queue.get(id)).toMatchObject({ state: 'runnable' });
  });

  it('gives the work of a dead node to others after the length of a lease, and leaves that of a living one alone', async () => {
    const [dead, living] = [await requestSync(context, 'R'), await requestSync(context, 'S')];
    for (const node of ['dead', 'living']) await context.queue.claim({ node, now: clock.now(), leaseMs });
    await look();
    clock.at -= day;
    await look();
    clock.at += leaseMs / 3;
    expect(await context.queue.renew(living, 'living', clock.now() + leaseMs)).toBe(true);
    clock.at += (leaseMs * 2) / 3;
    await look();
    expect(await context.queue.get(dead)).toMatchObject({ state: 'runnable' });
    expect(await context.queue.get(living)).toMatchObject({ state: 'running', lease: { holder: 'living' } });
  });

  it('leaves a date that somebody asked for as it is', async () => {
    const notBefore = clock.now() + hour;
    const id = await context.queue.add({ work: { name: 'collect-garbage' }, notBefore });
    clock.at -= day;
    await look();
    expect(await context.queue.get(id)).toMatchObject({ state: 'waiting', notBefore });
  });
});

describe('a schedule', () => {
  it('goes with its subscription, and changes with it', async () => {
    await distribute(context, calendar);
    await setSchedule('30 * * * *');
    await distribute(context, calendar);
    expect(await context.queue.list()).toMatchObject([{ notBefore: clock.now() + hour / 2 }]);
    await setSchedule('');
    await distribute(context, calendar);
    expect(await context.queue.list()).toEqual([]);
    await setSchedule('30 * * * *');
    await distribute(context, calendar);
    await unsubscribe(context, manager, 'R');
    expect(await context.queue.list()).toEqual([]);
  });

  it('that cannot be read is refused', async () => {
    await expect(setSchedule('sometimes')).rejects.toMatchObject({ code: 'CON-R008' });
  });
});
