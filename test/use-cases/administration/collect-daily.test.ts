import { describe, expect, it } from 'vitest';
import { collectDaily } from '../../../src/use-cases/administration/collect-daily.ts';
import { collectGarbage } from '../../../src/use-cases/administration/collect-garbage.ts';
import type { SiteContext } from '../../../src/use-cases/site-context.ts';
import { HandClock } from '../../support/memory-site.ts';
import { card, seedPair, TestSite } from '../../support/synced-sites.ts';

const day = 24 * 60 * 60 * 1000;
const at = '/portal_repository/a';

/** What an installation remembers. */
function settings() {
  const known = new Map<string, string>();
  return {
    setting: async (name: string) => known.get(name),
    saveSetting: async (name: string, value: string) => void known.set(name, value),
  };
}

async function ageOfHistory(context: SiteContext): Promise<readonly number[]> {
  const history = await context.store.history((await findGid(context)) ?? expect.fail('nothing is there'));
  return history.map(({ receivedAt }) => Math.round((context.clock.now() - receivedAt) / day));
}

async function findGid({ store }: SiteContext) {
  const [collection] = await store.collections();
  const [only] = collection === undefined ? [] : await store.children(collection.root);
  return only?.gid;
}

describe('the clock', () => {
  it('lets garbage be collected once a day, however many clocks there are', async () => {
    const { publisher, clock } = await seedPair();
    const installation = settings();
    const ask = async () => collectDaily(installation, publisher.context, 365);
    expect(await ask()).toBe(false);
    clock.at += day;
    expect([await ask(), await ask()]).toEqual([true, false]);
    const [queued] = await publisher.context.queue.list();
    expect(queued).toMatchObject({ work: { name: 'collect-garbage' }, priority: 10 });
  });

  it('queues nothing more while one has failed, and counts anew when it was set back', async () => {
    const { publisher, clock } = await seedPair();
    const installation = settings();
    const ask = async () => collectDaily(installation, publisher.context, 365);
    await ask();
    clock.at += day;
    await ask();
    const claimed = await publisher.context.queue.claim({ node: 'n', now: clock.now(), leaseMs: 1 });
    const failure = { code: 'CON-D002', message: 'full', at: clock.now(), again: undefined };
    await publisher.context.queue.fail(claimed?.id ?? 0, 'n', failure);
    clock.at += day;
    expect(await ask()).toBe(false);
    await publisher.context.queue.cancel(claimed?.id ?? 0);
    clock.at -= 10 * day;
    expect(await ask()).toBe(false);
    clock.at += day;
    expect(await ask()).toBe(true);
  });

  it('collects nothing where the history is kept for ever', async () => {
    const { publisher, clock } = await seedPair();
    clock.at += 1_000 * day;
    expect(await collectDaily(settings(), publisher.context, 0)).toBe(false);
  });
});

describe('garbage', () => {
  it('is only what is older than is kept, when the clock collects it', async () => {
    const clock = new HandClock();
    const site = new TestSite('alone', clock);
    for (let round = 0; round < 20; round += 1) {
      await site.put(at, card('A', String(round)));
      if (round % 7 === 3) await site.context.store.startEpoch();
      clock.at += day;
    }
    await site.publish('Repository', '/portal_repository');
    await collectGarbage(site.context, { keepDays: 10.5 });
    expect(await ageOfHistory(site.context)).toEqual([1, 2, 3, 4, 5, 6, 7, 8, 9, 10, 11]);
    await collectGarbage(site.context, { keepDays: 5.5 });
    expect(await ageOfHistory(site.context)).toEqual([1, 2, 3, 4, 5, 6]);
    await collectGarbage(site.context);
    expect(await ageOfHistory(site.context)).toEqual([1]);
  });
});
