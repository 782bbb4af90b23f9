import { describe, expect, it } from 'vitest';
import { topGid } from '../../src/objects/gid.ts';
import { resolveConflicts } from '../../src/use-cases/exchange/resolve-conflict.ts';
import { compareAll } from '../support/chains.ts';
import { HandClock } from '../support/memory-site.ts';
import { restoredSite, siteFiles } from '../support/site-files.ts';
import { manager, sync, TestSite, Wire } from '../support/synced-sites.ts';
import { at, connect, lossyChain, openConflicts, person } from './lossy-chain.ts';

const files = siteFiles();

/** The same that `lossyChain` sets up, with one object at the top, before anybody has met. */
async function unmetLossyChain(): Promise<
  Readonly<Record<'top' | 'hub' | 'leaf', TestSite>> & { readonly clock: HandClock }
> {
  const clock = new HandClock();
  const [top, leaf] = [new TestSite('top', clock), new TestSite('leaf', clock)];
  const hub = new TestSite('hub', clock, { file: files.file('hub') });
  await top.put(`${at}/other`, person({}));
  await connect(top, hub, 'text');
  await connect(hub, leaf, 'object');
  return { top, hub, leaf, clock };
}

/** A sync, and the comparison that it may ask permission for. */
async function syncAsPlanned(site: TestSite, wire: Wire): Promise<void> {
  const { waiting } = await sync(site, 'Repository', wire);
  if (waiting?.for === 'comparison') await sync(site, 'Repository', wire, { plan: waiting.plan });
}

describe('what a hub does not show', () => {
  it('is not deleted by a leaf that deleted before the hub had it', async () => {
    const chain = await lossyChain();
    const { top, hub, leaf, pull } = chain;
    await leaf.remove(`${at}/a`);
    await top.put(`${at}/a`, person({ lang: 'de' }));
    await pull(hub, leaf, hub, leaf);
    expect(await top.get(`${at}/a`)).toBe(person({ lang: 'de' }));
    expect(await openConflicts(chain)).toMatchObject([{ field: 'existence' }]);
    expect(await leaf.get(`${at}/a`)).toBe(person({}));
    expect(await hub.get(`${at}/a`)).toBe(person({}));
  });

  it('is not written over by a leaf that wrote there before the hub had it', async () => {
    const chain = await lossyChain();
    const { top, hub, leaf, pull } = chain;
    await leaf.put(`${at}/a`, person({ lang: 'fr', phone: '2' }));
    await top.put(`${at}/a`, person({ lang: 'de' }));
    await pull(hub, leaf, hub, leaf);
    expect(await top.get(`${at}/a`)).toBe(person({ lang: 'de', phone: '2' }));
    expect(await openConflicts(chain)).toMatchObject([{ publisher: { value: 'de' }, subscriber: { value: 'fr' } }]);
    expect(await leaf.get(`${at}/a`)).toBe(person({ phone: '2' }));
    const [conflict] = await leaf.context.store.conflicts({ state: 'open' });
    await resolveConflicts(leaf.context, manager, { ids: [conflict?.id ?? ''], keep: 'subscriber' });
    await pull(leaf, hub, leaf);
    expect(await top.get(`${at}/a`)).toBe(person({ lang: 'fr', phone: '2' }));
    expect(await openConflicts(chain)).toEqual([]);
  });

  it('stands beside what a leaf did to something else', async () => {
    const chain = await lossyChain();
    const { top, hub, leaf, pull } = chain;
    await leaf.put(`${at}/a`, person({ title: 'Anna' }));
    await top.put(`${at}/a`, person({ lang: 'de' }));
    await pull(hub, leaf, hub);
    expect(await top.get(`${at}/a`)).toBe(person({ title: 'Anna', lang: 'de' }));
    expect(await openConflicts(chain)).toEqual([]);
  });

  it.each([
    ['deletes', undefined],
    ['writes there', person({ lang: 'fr' })],
  ])('gives way to a leaf that %s after it has heard of the hub again', async (_, document) => {
    const chain = await lossyChain();
    const { top, hub, leaf, pull } = chain;
    await top.put(`${at}/a`, person({ lang: 'de' }));
    await pull(hub, leaf);
    if (document === undefined) await leaf.remove(`${at}/a`);
    else await leaf.put(`${at}/a`, document);
    await pull(leaf, hub);
    expect(await top.get(`${at}/a`)).toBe(document);
    expect(await openConflicts(chain)).toEqual([]);
  });

  it('gives way to what a leaf did in several steps since', async () => {
    const chain = await lossyChain();
    const { top, hub, leaf, pull } = chain;
    await top.put(`${at}/a`, person({ lang: 'de' }));
    await pull(hub, leaf);
    await leaf.put(`${at}/a`, person({ title: 'Anna' }));
    await leaf.put(`${at}/a`, person({ title: 'Anna', lang: 'fr' }));
    await pull(leaf, hub);
    expect(await top.get(`${at}/a`)).toBe(person({ title: 'Anna', lang: 'fr' }));
    expect(await openConflicts(chain)).toEqual([]);
  });

  it('gives way to whoever settles a conflict there at the hub, and stays in the history', async () => {
    const chain = await lossyChain();
    const { top, hub, leaf, pull } = chain;
    await leaf.put(`${at}/a`, person({ lang: 'fr' }));
    await top.put(`${at}/a`, person({ lang: 'de' }));
    await pull(hub, leaf);
    await top.put(`${at}/a`, person({ lang: 'it' }));
    await pull(hub);
    const [conflict] = await hub.context.store.conflicts({ state: 'open' });
    expect(conflict).toMatchObject({ publisher: { value: 'de' }, subscriber: { value: 'fr' } });
    await resolveConflicts(hub.context, manager, { ids: [conflict?.id ?? ''], value: 'nl' });
    await pull(hub, leaf);
    expect(await top.get(`${at}/a`)).toBe(person({ lang: 'nl' }));
    expect(await openConflicts(chain)).toEqual([]);
    const history = await top.context.store.history(conflict?.gid ?? topGid);
    expect(history.map(({ version }) => /lang="(\w+)"/.exec(version.document)?.[1])).toEqual(['nl', 'it', 'de', 'en']);
  });

  it('is not deleted by a site below a leaf that has heard of the hub again meanwhile', async () => {
    const chain = await lossyChain();
    const { top, hub, leaf, last, pull } = chain;
    await last.remove(`${at}/a`);
    await top.put(`${at}/a`, person({ lang: 'de' }));
    await pull(hub, leaf, last, leaf, hub, leaf, last);
    expect(await top.get(`${at}/a`)).toBe(person({ lang: 'de' }));
    expect(await openConflicts(chain)).toMatchObject([{ field: 'existence' }]);
    for (const site of [hub, leaf, last]) expect(await site.get(`${at}/a`)).toBe(person({}));
  });

  it('is not what it shows of the same edit in another form: whoever has seen that has seen the edit', async () => {
    const chain = await lossyChain();
    const { top, hub, leaf, last, pull } = chain;
    await top.put(`${at}/a`, person({ lang: 'en', phone: '2\n2' }));
    await pull(hub);
    await pull(leaf);
    expect(await leaf.get(`${at}/a`)).toBe(person({ phone: '2 2' }));
    await last.put(`${at}/a`, person({ title: 'Anna' }));
    await leaf.put(`${at}/a`, person({ phone: '3' }));
    await pull(last, leaf, hub);
    expect(await openConflicts(chain)).toEqual([]);
    expect(await top.get(`${at}/a`)).toBe(person({ lang: 'en', title: 'Anna', phone: '3' }));
  });

  it('is not written over by what a leaf had from a hub that was restored to before it', async () => {
    const { top, hub, leaf, clock } = await unmetLossyChain();
    const file = files.backUp(hub);
    await leaf.put(`${at}/a`, person({ lang: 'en' }));
    const wire = new Wire(top, hub, leaf);
    await sync(leaf, 'Repository', wire);
    await hub.put(`${at}/a`, person({ lang: 'de' }));
    await sync(hub, 'Repository', wire);
    const restored = await restoredSite('hub', clock, file);
    const again = new Wire(top, restored, leaf);
    for (let round = 0; round < 2; round += 1) for (const site of [restored, leaf]) await syncAsPlanned(site, again);
    await sync(restored, 'Repository', again);
    expect(await top.get(`${at}/a`)).toBe(person({ lang: 'de' }));
    expect(await leaf.get(`${at}/a`)).toBe(person({}));
    for (const { context } of [top, restored]) expect(await context.store.countConflicts()).toBe(0);
  });

  it('is not written over by an edit of a leaf that names a place in the log which a restored hub has lost', async () => {
    const { top, hub, leaf, clock } = await unmetLossyChain();
    const file = files.backUp(hub);
    const wire = new Wire(top, hub, leaf);
    for (const id of ['a', 'b', 'c']) await leaf.put(`${at}/${id}`, person({}));
    for (const phone of ['1', '2', '3']) {
      await leaf.put(`${at}/b`, person({ phone }));
      for (const site of [leaf, hub]) await sync(site, 'Repository', wire);
    }
    await leaf.put(`${at}/a`, person({ lang: 'fr' }));
    await top.put(`${at}/a`, person({ lang: 'de' }));
    const restored = await restoredSite('hub', clock, file);
    const again = new Wire(top, restored, leaf);
    for (const site of [restored, leaf, restored, leaf]) await syncAsPlanned(site, again);
    expect(await top.get(`${at}/a`)).toBe(person({ lang: 'de' }));
    const asked = { publisher: { value: 'de' }, subscriber: { value: 'fr' } };
    expect(await restored.context.store.conflicts({ role: 'publisher' })).toMatchObject([asked]);
  });
});

describe('what a hub shows, and the site above cannot store', () => {
  it('is nothing that somebody has taken away', async () => {
    const chain = await lossyChain();
    const { top, hub, leaf, pull } = chain;
    await top.publish('Repository', at, { conduit: 'text' });
    await hub.put(`${at}/b`, person({ lang: 'en' }));
    await pull(leaf);
    await leaf.put(`${at}/b`, person({ lang: 'fr' }));
    await pull(hub, leaf, hub, leaf);
    expect(await openConflicts(chain)).toEqual([]);
    for (const site of [hub, leaf]) expect(await site.get(`${at}/b`)).toBe(person({ lang: 'fr' }));
    expect(await top.get(`${at}/b`)).toBe(person({}));
  });

  it('is nothing that somebody has taken away when an edit is carried over', async () => {
    const chain = await lossyChain();
    const { top, hub, leaf, pull, pullWhile } = chain;
    await top.publish('Repository', at, { conduit: 'text' });
    await hub.put(`${at}/b`, person({ lang: 'en' }));
    await pull(leaf, hub);
    await hub.put(`${at}/b`, person({ lang: 'en', phone: '2' }));
    await pullWhile(leaf, () => leaf.put(`${at}/b`, person({ lang: 'fr' })));
    await pull(leaf, hub, leaf);
    expect(await openConflicts(chain)).toEqual([]);
    for (const site of [hub, leaf]) expect(await site.get(`${at}/b`)).toBe(person({ lang: 'fr', phone: '2' }));
  });
});

describe('what a hub has from below, whose conduit could not write it, and deletes while it is edited above', () => {
  /** The hub is given back what it has deleted. */
  async function givenBack() {
    const clock = new HandClock();
    const [top, hub] = ['top', 'hub'].map((id) => new TestSite(id, clock, { file: files.file(id) }));
    const leaf = new TestSite('leaf', clock);
    if (top === undefined || hub === undefined) return expect.fail('both are made above');
    await top.put(`${at}/a`, person({}));
    await connect(top, hub, 'text');
    await connect(hub, leaf, 'object');
    const wire = new Wire(top, hub, leaf);
    for (const site of [hub, leaf, hub, leaf]) await sync(site, 'Repository', wire);
    const backups = { top: files.backUp(top), hub: files.backUp(hub) };
    await leaf.put(`${at}/a`, person({ lang: 'fr' }));
    for (const site of [leaf, hub]) await sync(site, 'Repository', wire);
    await hub.remove(`${at}/a`);
    await top.put(`${at}/a`, person({ title: 'Anna', lang: 'fr' }));
    for (const site of [hub, leaf]) await sync(site, 'Repository', wire);
    const restore = async (): Promise<readonly TestSite[]> => {
      const restored = [
        await restoredSite('top', clock, backups.top),
        await restoredSite('hub', clock, backups.hub),
        leaf,
      ];
      await compareAll(restored.slice(1).toReversed(), new Wire(...restored));
      return restored;
    };
    return { sites: [top, hub, leaf], restore };
  }

  it('is given back as it was there, with what was edited above', async () => {
    const { sites } = await givenBack();
    for (const site of sites) expect(await site.get(`${at}/a`)).toBe(person({ title: 'Anna', lang: 'fr' }));
  });

  it('is not lost when the hub and the top are restored to before all that', async () => {
    const { restore } = await givenBack();
    for (const site of await restore()) {
      expect(await site.get(`${at}/a`)).toBe(person({ title: 'Anna', lang: 'fr' }));
      expect(await site.context.store.countConflicts({ state: 'open' })).toBe(0);
    }
  });
});

describe('what a conduit cannot write, of what was deleted', () => {
  it('is there again where another subscriber’s edit gives back what the top has deleted', async () => {
    const clock = new HandClock();
    const [top, hub] = [new TestSite('top', clock), new TestSite('hub', clock)];
    const [leaf, side] = [new TestSite('leaf', clock), new TestSite('side', clock)];
    await top.put(`${at}/a`, person({}));
    await connect(top, hub, 'text');
    await connect(hub, leaf, 'object');
    await connect(top, side, 'object');
    const wire = new Wire(top, hub, leaf, side);
    for (const site of [hub, leaf, side]) await sync(site, 'Repository', wire);
    await leaf.put(`${at}/a`, person({ lang: 'fr' }));
    for (const site of [leaf, hub, side]) await sync(site, 'Repository', wire);
    await side.put(`${at}/a`, person({ title: 'Anna', lang: 'fr' }));
    await top.remove(`${at}/a`);
    for (const site of [hub, leaf, side, hub, leaf]) await sync(site, 'Repository', wire);
    for (const site of [top, hub, leaf, side]) {
      expect(await site.get(`${at}/a`)).toBe(person({ title: 'Anna', lang: 'fr' }));
    }
  });

  it('is not put into a new object that has only its gid', async () => {
    const clock = new HandClock();
    const [top, hub] = [new TestSite('top', clock), new TestSite('hub', clock)];
    await top.addAccount('sync', 'a:b');
    await top.put(`${at}/other`, person({}));
    await top.publish('Repository', at, { gidGenerator: 'id', conduit: 'text' });
    await top.put(`${at}/a`, person({ title: 'Ann' }));
    await hub.subscribe('Repository', top, at, { conduit: 'object' });
    const wire = new Wire(top, hub);
    const syncTwice = async (): Promise<void> => {
      for (let round = 0; round < 2; round += 1) await sync(hub, 'Repository', wire);
    };
    await syncTwice();
    await hub.put(`${at}/a`, person({ title: 'Ann', lang: 'fr' }));
    await syncTwice();
    await hub.remove(`${at}/a`);
    await syncTwice();
    await top.put(`${at}/a`, person({ title: 'Bob' }));
    await syncTwice();
    for (const site of [top, hub]) expect(await site.get(`${at}/a`)).toBe(person({ title: 'Bob' }));
  });
});
