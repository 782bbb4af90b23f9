import { beforeEach, describe, expect, it } from 'vitest';
import { CronerCalendar } from '../../../src/adapters/croner/croner-calendar.ts';
import { XmldomXPathEvaluator } from '../../../src/adapters/xpath/xmldom-xpath-evaluator.ts';
import { StoreError } from '../../../src/errors/concord-error.ts';
import type { Flow } from '../../../src/use-cases/administration/assess-flow.ts';
import { assessFlow } from '../../../src/use-cases/administration/assess-flow.ts';
import { Heartbeat, lastBeat } from '../../../src/use-cases/administration/heartbeats.ts';
import { LateActivityQueue } from '../../../src/use-cases/administration/late-activity-queue.ts';
import type { SiteContext } from '../../../src/use-cases/site-context.ts';
import { subscribe } from '../../../src/use-cases/administration/subscribe.ts';
import { HandClock } from '../../support/memory-site.ts';
import { manager, TestSite } from '../../support/synced-sites.ts';

const minute = 60_000;
const hour = 60 * minute;
const limits = { silenceMs: 2 * minute, overdueActivityMs: 10 * minute, overdueSyncMs: hour };
const calendar = new CronerCalendar();
let clock: HandClock;
let context: SiteContext;
let startedAt: number;
let settings: Map<string, string>;
let writes: number;

const installation = {
  sites: async () => [{ id: 'leaf', title: '', createdAt: 0 }],
  setting: async (name: string) => settings.get(name),
  saveSetting: async (name: string, value: string) => {
    writes += 1;
    settings.set(name, value);
  },
};

beforeEach(() => {
  clock = new HandClock();
  context = new TestSite('leaf', clock).context;
  startedAt = clock.now();
  settings = new Map();
  writes = 0;
});

async function look(site: (id: string) => Promise<SiteContext> = async () => context): Promise<Flow> {
  return assessFlow({ installation, site, clock, calendar, startedAt, limits });
}

/** Clock and worker are there. */
async function bothBeat(): Promise<void> {
  const heartbeat = new Heartbeat(installation, clock);
  await heartbeat.beat('clock');
  await heartbeat.beat('worker');
}

describe('whether what should flow flows', () => {
  it('is not asked of a process that has just begun', async () => {
    expect(await look()).toEqual({ state: 'flowing', faults: [] });
  });

  it('names clock and worker when nobody was heard of for too long', async () => {
    clock.at += 3 * minute;
    const { state, faults } = await look();
    expect([state, faults.map(({ check }) => check)]).toEqual(['stalled', ['clock', 'worker']]);
    await bothBeat();
    expect(await look()).toEqual({ state: 'flowing', faults: [] });
    clock.at += 3 * minute;
    expect((await look()).faults[0]?.text).toContain('start a clock process');
  });

  it('names a subscription that is behind its schedule', async () => {
    const urls = { publicationUrl: 'http://hub/master', subscriptionUrl: 'http://here/leaf/R' };
    const services = { calendar, xpath: new XmldomXPathEvaluator() };
    await subscribe(context, { id: 'R', actor: manager, path: '/r', ...urls, schedule: '0 * * * *' }, services);
    // What is planned would be named besides.
    for (const { id } of await context.queue.list()) await context.queue.cancel(id);
    clock.at += 1.5 * hour;
    await bothBeat();
    expect((await look()).state).toBe('flowing');
    clock.at += hour;
    await bothBeat();
    const { faults } = await look();
    expect(faults).toMatchObject([{ check: 'schedule', site: 'leaf', ms: 1.5 * hour }]);
    expect(faults[0]?.text).toContain('concord status leaf R');
  });

  it('names an activity whose date has come and that nobody makes runnable', async () => {
    await context.queue.add({ work: { name: 'collect-garbage' }, notBefore: clock.now() + minute });
    clock.at += 12 * minute;
    await bothBeat();
    expect((await look()).faults).toMatchObject([{ check: 'activities', ms: 11 * minute }]);
  });

  it('tells a queue that does not answer from a store that does not', async () => {
    const away = async (): Promise<never> => Promise.reject(new StoreError('CON-Q003', 'Redis is away'));
    const { state, faults } = await look(async () => ({ ...context, queue: new LateActivityQueue(away) }));
    expect(state).toBe('stalled');
    expect(faults).toMatchObject([{ check: 'queue', site: 'leaf' }]);
  });

  it('is “unable” where a store does not answer, with what it said', async () => {
    const { state, faults } = await look(async () => Promise.reject(new StoreError('CON-D004', 'Damaged')));
    expect(state).toBe('unable');
    expect(faults).toMatchObject([{ check: 'store', site: 'leaf' }]);
    expect(faults[0]?.text).toContain('CON-D004');
  });
});

describe('a heartbeat', () => {
  it('is written no more often than it is needed, and again when the clock was put back', async () => {
    const heartbeat = new Heartbeat(installation, clock);
    for (let beat = 0; beat < 10; beat += 1) {
      await heartbeat.beat('clock');
      clock.at += 1_000;
    }
    expect(writes).toBe(1);
    clock.at -= hour;
    await heartbeat.beat('clock');
    expect(await lastBeat(installation, 'clock')).toBe(clock.now());
  });
});
