import { describe, expect, it } from 'vitest';
import { HandClock } from '../support/memory-site.ts';
import { restoredSite, siteFiles } from '../support/site-files.ts';
import { card, haveMet, sync, TestSite, Wire } from '../support/synced-sites.ts';

const at = '/portal_repository';
const files = siteFiles();

describe('a subscriber that is restored to between an edit and the deletion that came over it', () => {
  /** What it has edited and deleted, it has sent; `work` is done after the restore. */
  async function restored(work: (site: TestSite) => Promise<unknown>) {
    const clock = new HandClock();
    const publisher = new TestSite('cps', clock);
    const subscriber = new TestSite('cps_client', clock, { file: files.file('cps_client') });
    const wire = await haveMet(publisher, subscriber);
    await subscriber.put(`${at}/a`, card('A', '2'));
    const backup = files.backUp(subscriber);
    await subscriber.remove(`${at}/a`);
    await sync(subscriber, 'Repository', wire);
    const site = await restoredSite('cps_client', clock, backup);
    const again = new Wire(publisher, site);
    await work(site);
    for (let round = 0; round < 3; round += 1) await sync(site, 'Repository', again);
    expect(await site.tree(at)).toEqual(await publisher.tree(at));
    return publisher;
  }

  it('does not ask about its own deletion', async () => {
    const publisher = await restored(() => Promise.resolve());
    expect(await publisher.get(`${at}/a`)).toBeUndefined();
    expect(await publisher.context.store.countConflicts()).toBe(0);
  });

  it('asks where somebody has edited there since', async () => {
    const publisher = await restored((site) => site.put(`${at}/a`, card('A', '3')));
    expect(await publisher.get(`${at}/a`)).toBe(card('A', '3'));
    expect(await publisher.context.store.countConflicts({ state: 'open' })).toBe(1);
  });
});
