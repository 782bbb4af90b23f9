import { describe, expect, it } from 'vitest';
import type { OutgoingMessage } from '../../src/ports/transport.ts';
import { BusyWire } from '../support/busy-wire.ts';
import { chainOf, compare, compareAll } from '../support/chains.ts';
import { HandClock } from '../support/memory-site.ts';
import { restoredSite, siteFiles } from '../support/site-files.ts';
import { card, sync, TestSite, Wire } from '../support/synced-sites.ts';

const at = '/portal_repository';
const clock = new HandClock();
const files = siteFiles();

/** Something happens before the second message is delivered. */
class SlowWire extends Wire {
  meanwhile: (() => Promise<void>) | undefined;

  override async deliver(message: OutgoingMessage): ReturnType<Wire['deliver']> {
    if (this.requests === 1) await this.meanwhile?.();
    return super.deliver(message);
  }
}

interface Chain {
  readonly top: TestSite;
  readonly hub: TestSite;
  readonly leaf: TestSite;
}

/** The hub was restored to before it knew anybody, and gets what it made itself from both sides at once: edited from below, and as it was from above. */
async function clashingHub(): Promise<Chain> {
  const [top, leaf] = [new TestSite('top', clock), new TestSite('leaf', clock)];
  const before = new TestSite('hub', clock, { file: files.file('hub') });
  await top.put(`${at}/t`, card('T', '1'));
  await before.put(`${at}/h`, card('H', '1'));
  for (const site of [top, before]) {
    await site.addAccount('sync', 'a:b');
    await site.publish('Repository', at);
  }
  await before.subscribe('Repository', top, at);
  await leaf.subscribe('Repository', before, at);
  const file = files.backUp(before);
  await before.put(`${at}/c`, card('C', '1'));
  const wire = new Wire(top, before);
  for (const site of [leaf, before]) await sync(site, 'Repository', wire);
  await leaf.put(`${at}/c`, card('edited below', '1'));
  const hub = await restoredSite('hub', clock, file);
  const slow = new SlowWire(top, hub);
  slow.meanwhile = () => compare(leaf, new Wire(hub));
  await sync(hub, 'Repository', slow);
  expect(await hub.get(`${at}/c`)).toBe(card('edited below', '1'));
  expect(await top.get(`${at}/c`)).toBe(card('C', '1'));
  return { top, hub, leaf };
}

async function settle({ top, hub, leaf }: Chain): Promise<void> {
  for (let round = 0; round < 4; round += 1) {
    await compare(leaf, new Wire(hub));
    await compare(hub, new Wire(top));
  }
  for (const site of [hub, leaf]) expect(await site.tree(at)).toEqual(await top.tree(at));
}

describe('what is deleted while it waits for the publisher’s word on an edit that was never sent', () => {
  it('is deleted at the publisher', async () => {
    const sites = await clashingHub();
    await sites.hub.remove(`${at}/c`);
    await settle(sites);
    expect(Object.keys(await sites.top.tree(at))).toEqual(['/h', '/t']);
    expect(await sites.top.context.store.countConflicts()).toBe(0);
  });

  it('stays, and is asked about, where somebody has edited it there', async () => {
    const sites = await clashingHub();
    await sites.hub.remove(`${at}/c`);
    await sites.top.put(`${at}/c`, card('C', 'edited above'));
    await settle(sites);
    expect(await sites.top.get(`${at}/c`)).toContain('edited above');
    expect(await sites.top.context.store.conflicts({ state: 'open' })).toMatchObject([{ field: 'existence' }]);
  });
});

describe('what a hub has deleted, and got back from below before the publisher could say that it keeps it', () => {
  it.each(['above', 'here'] as const)('waits no longer when it is deleted on both sides, %s first', async (first) => {
    const sites = ['top', 'hub', 'leaf'].map((id) => new TestSite(id, clock)) as [TestSite, TestSite, TestSite];
    const [top, hub, leaf] = sites;
    await top.put(`${at}/t`, card('T', '1'));
    await top.put(`${at}/c`, card('C', '1'));
    const wire = await chainOf(at, sites);
    await compareAll([hub, leaf], wire);
    await hub.remove(`${at}/c`);
    await top.move(`${at}/c`, `${at}/d`);
    await leaf.put(`${at}/c`, card('C', 'edited below'));
    const late = new BusyWire([top], 1, async () => {
      await sync(leaf, 'Repository', wire);
      await hub.put(`${at}/c`, card('edited', 'edited below'));
    });
    await sync(hub, 'Repository', late);
    const above = (await hub.context.store.subscription('Repository'))?.peer ?? 0;
    const kept = async () => [...(await hub.context.store.exceptions(above)).values()].map(({ reason }) => reason);
    expect(await kept()).toEqual(['waits']);
    const deletions = [() => top.remove(`${at}/d`), () => hub.remove(`${at}/c`)];
    for (const remove of first === 'above' ? deletions : deletions.toReversed()) await remove();
    await compareAll([hub, leaf], wire);
    for (const site of sites) expect(Object.keys(await site.tree(at))).toEqual(['/t']);
    expect(await kept()).toEqual([]);
  });
});
