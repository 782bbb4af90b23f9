import { beforeEach, describe, expect, it } from 'vitest';
import { CronerCalendar } from '../../../src/adapters/croner/croner-calendar.ts';
import { XmldomXPathEvaluator } from '../../../src/adapters/xpath/xmldom-xpath-evaluator.ts';
import type { ActivityFilter } from '../../../src/ports/activity-queue.ts';
import type { RepairPlace } from '../../../src/use-cases/administration/repair-site.ts';
import { repairs } from '../../../src/use-cases/administration/finding.ts';
import { examineWork, repairSite } from '../../../src/use-cases/administration/repair-site.ts';
import { subscribe } from '../../../src/use-cases/administration/subscribe.ts';
import { HandClock } from '../../support/memory-site.ts';
import { manager, TestSite } from '../../support/synced-sites.ts';

const calendar = new CronerCalendar();
let place: RepairPlace;

beforeEach(async () => {
  const { context } = new TestSite('leaf', new HandClock());
  place = { context, calendar, mayBeAlive: () => false };
  const urls = { publicationUrl: 'http://hub/master', subscriptionUrl: 'http://here/leaf/R' };
  const services = { calendar, xpath: new XmldomXPathEvaluator() };
  await subscribe(context, { id: 'R', actor: manager, path: '/r', ...urls, schedule: '0 * * * *' }, services);
});

/** All that can be mended in three ways. */
async function damage(): Promise<void> {
  const { queue, store, clock } = place.context;
  for (const { id } of await queue.list()) await queue.cancel(id);
  const failed = await queue.add({ work: { name: 'collect-garbage' } });
  const now = clock.now();
  await queue.claim({ node: 'n', now, leaseMs: 1_000 });
  await queue.fail(failed, 'n', { code: 'CON-I001', message: 'x', at: now, again: undefined });
  const row = await store.subscription('R');
  if (row === undefined) expect.fail('the subscription is there');
  const held = { ...row, state: { ...row.state, lease: { holder: 'gone', until: now + 60_000 } } };
  await store.update(async () => ({ batch: { subscriptions: [{ row: held }] }, result: undefined }));
}

async function found(): Promise<readonly (string | undefined)[]> {
  return (await examineWork(place)).map(({ repair }) => repair).filter((repair) => repair !== undefined);
}

describe('what can be mended of a site’s work', () => {
  it('is nothing where all is well', async () => {
    expect(await found()).toEqual([]);
  });

  it('is found, mended, and then no more found', async () => {
    await damage();
    expect(await found()).toEqual(['restart-activities', 'plan-schedules', 'free-leases']);
    for (const repair of ['restart-activities', 'plan-schedules', 'free-leases'] as const)
      await repairSite(place, manager, repair);
    expect(await found()).toEqual([]);
    expect((await place.context.queue.list({ state: 'runnable' })).map(({ work }) => work.name)).toEqual([
      'collect-garbage',
    ]);
  });

  it('is found without reading what else is queued', async () => {
    const { queue } = place.context;
    await damage();
    await queue.add({ work: { name: 'synchronize', subscription: 'R', options: {} }, oneAtATime: 'sync:R' });
    const keys: (string | undefined)[] = [];
    const watched = new Proxy(queue, {
      get: (target, name) => {
        const value: unknown = Reflect.get(target, name, target);
        if (name === 'list')
          return (filter?: ActivityFilter) => {
            keys.push(filter?.oneAtATime);
            return target.list(filter);
          };
        return typeof value === 'function'
          ? (...given: unknown[]): unknown => Reflect.apply(value, target, given)
          : value;
      },
    });
    const findings = await examineWork({ ...place, context: { ...place.context, queue: watched } });
    // What somebody asks for is not what the schedule asks for.
    expect(findings.map(({ repair }) => repair)).toContain('plan-schedules');
    expect(keys).toEqual(['scheduled:R']);
  });

  it('is mended once, however often that is asked for', async () => {
    await damage();
    for (let round = 0; round < 2; round += 1)
      // Holds: the keys of the table are its repairs.
      for (const repair of Object.keys(repairs) as (keyof typeof repairs)[]) await repairSite(place, manager, repair);
    expect(await place.context.queue.list()).toHaveLength(2);
  });

  it('needs a Manager', async () => {
    const nobody = { name: 'mia', roles: ['Member'] } as const;
    await expect(repairSite(place, nobody, 'restart-activities')).rejects.toMatchObject({ code: 'CON-A002' });
  });
});
