import { copyFileSync, existsSync } from 'node:fs';
import { describe, expect, it } from 'vitest';
import type { Boots } from '../../src/ports/boots.ts';
import { resolveConflicts } from '../../src/use-cases/exchange/resolve-conflict.ts';
import { siteFiles } from '../support/site-files.ts';
import { card, manager, sync, TestSite } from '../support/synced-sites.ts';
import type { StoredSites } from './stored-sites.ts';
import { at, openSites, replace, settle } from './stored-sites.ts';

const files = siteFiles();
let names = 0;

const boot = (name: string): Boots => ({ present: name, isPresent: (kept) => kept === name });

const openThree = (): Promise<StoredSites> => openSites(files, { names: ['a', 'b', 'c'], boots: boot('first') });

/** What the disk has of a site's file at this moment, with the log beside it. */
function disk(site: TestSite): string {
  names += 1;
  const copy = files.file(`disk-${String(names)}`);
  copyFileSync(site.database.file, copy);
  if (existsSync(`${site.database.file}-wal`)) copyFileSync(`${site.database.file}-wal`, `${copy}-wal`);
  return copy;
}

/** The machine of a site starts again, with what its disk had. Nothing else is said to the site. */
function powerCut(sites: StoredSites, which: 'publisher' | 'subscriber', file: string): void {
  replace(sites, which, new TestSite(sites[which].context.site, sites.clock, { file, boots: boot('second') }));
}

describe('a power cut that takes the last commits', () => {
  it('of a subscriber is no reason for CON-E002: what it had sent comes back, and what it had taken in', async () => {
    const sites = await openThree();
    const file = disk(sites.subscriber);
    await sites.subscriber.put(`${at}/a`, card('a', 'sent and lost'));
    await sites.publisher.put(`${at}/b`, card('b', 'taken in and lost'));
    for (let round = 0; round < 2; round += 1) await sync(sites.subscriber, 'Repository', sites.wire);
    powerCut(sites, 'subscriber', file);
    await sites.subscriber.put(`${at}/c`, card('c', 'written since'));
    await settle(sites);
    expect(await sites.subscriber.get(`${at}/a`)).toContain('sent and lost');
    expect(await sites.subscriber.get(`${at}/b`)).toContain('taken in and lost');
    expect(await sites.publisher.get(`${at}/c`)).toContain('written since');
    expect(await sites.publisher.context.store.countConflicts()).toBe(0);
  });

  it('of a publisher leaves its conflicts: the subscriber gives them back, and they can be settled', async () => {
    const sites = await openThree();
    await sites.publisher.put(`${at}/a`, card('a', 'of the master'));
    const file = disk(sites.publisher);
    await sites.subscriber.put(`${at}/a`, card('a', 'of the office'));
    for (let round = 0; round < 2; round += 1) await sync(sites.subscriber, 'Repository', sites.wire);
    expect(await sites.publisher.context.store.countConflicts({ state: 'open' })).toBe(1);
    powerCut(sites, 'publisher', file);
    expect(await sites.publisher.context.store.countConflicts()).toBe(0);
    await settle(sites);
    for (const site of [sites.publisher, sites.subscriber])
      expect(await site.context.store.countConflicts({ state: 'open' })).toBe(1);
    const [here] = await sites.subscriber.context.store.conflicts({ state: 'open' });
    await resolveConflicts(sites.subscriber.context, manager, { ids: [here?.id ?? ''], keep: 'subscriber' });
    await settle(sites);
    expect(await sites.publisher.get(`${at}/a`)).toContain('of the office');
    expect(await sites.publisher.context.store.countConflicts({ state: 'open' })).toBe(0);
  });

  it('of a publisher leaves what its subscriber had taken in', async () => {
    const sites = await openThree();
    const file = disk(sites.publisher);
    await sites.publisher.put(`${at}/a`, card('a', 'told and lost'));
    await sync(sites.subscriber, 'Repository', sites.wire);
    powerCut(sites, 'publisher', file);
    await sites.publisher.put(`${at}/b`, card('b', 'written since'));
    await settle(sites);
    expect(await sites.publisher.get(`${at}/a`)).toContain('told and lost');
    expect(await sites.subscriber.get(`${at}/b`)).toContain('written since');
  });

  it('of both at once leaves what either has', async () => {
    const sites = await openThree();
    await sites.subscriber.put(`${at}/a`, card('a', 'not yet sent'));
    const [there, here] = [disk(sites.publisher), disk(sites.subscriber)];
    for (let round = 0; round < 2; round += 1) await sync(sites.subscriber, 'Repository', sites.wire);
    powerCut(sites, 'publisher', there);
    powerCut(sites, 'subscriber', here);
    await settle(sites);
    expect(await sites.publisher.get(`${at}/a`)).toContain('not yet sent');
  });
});

describe('a power cut that takes nothing', () => {
  it('costs one message more, and some dozens of rows, however many objects there are', async () => {
    const sites = await openThree();
    for (let n = 0; n < 300; n += 1) await sites.publisher.put(`${at}/n${String(n)}`, card('n', '1'));
    for (let round = 0; round < 2; round += 1) await sync(sites.subscriber, 'Repository', sites.wire);
    const epoch = (await sites.publisher.context.store.head()).epoch;
    powerCut(sites, 'publisher', disk(sites.publisher));
    expect((await sites.publisher.context.store.head()).epoch).not.toBe(epoch);
    const cost = async (): Promise<{ readonly rows: number; readonly messages: number }> => {
      const read = (): number =>
        sites.publisher.database.statistics.rowsRead + sites.subscriber.database.statistics.rowsRead;
      const [rows, messages] = [read(), sites.wire.requests];
      await sync(sites.subscriber, 'Repository', sites.wire);
      return { rows: read() - rows, messages: sites.wire.requests - messages };
    };
    const first = await cost();
    const second = await cost();
    expect(first.messages - second.messages).toBe(1);
    expect(first.rows - second.rows).toBeLessThan(60);
    await settle(sites);
  });
});
