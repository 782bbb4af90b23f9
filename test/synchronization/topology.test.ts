import { describe, expect, it } from 'vitest';
import { HandClock } from '../support/memory-site.ts';
import { card, sync, TestSite, Wire } from '../support/synced-sites.ts';

const at = '/portal_repository';

async function chain(): Promise<{ readonly sites: readonly [TestSite, TestSite, TestSite]; readonly wire: Wire }> {
  const clock = new HandClock();
  const top = new TestSite('top', clock);
  const hub = new TestSite('hub', clock);
  const leaf = new TestSite('leaf', clock);
  await top.addAccount('sync', 'a:b');
  await hub.addAccount('sync', 'a:b');
  await leaf.addAccount('sync', 'a:b');
  await top.put(`${at}/a`, card('A', '1'));
  await top.publish('Repository', at);
  await hub.subscribe('Repository', top, at);
  await hub.publish('Repository', at);
  await leaf.subscribe('Repository', hub, at);
  return { sites: [top, hub, leaf], wire: new Wire(top, hub, leaf) };
}

describe('hubs', () => {
  it('pass edits up and down between the top and the leaves', async () => {
    const { sites, wire } = await chain();
    const [top, hub, leaf] = sites;
    await sync(hub, 'Repository', wire);
    await sync(leaf, 'Repository', wire);
    expect(await leaf.tree(at)).toEqual(await top.tree(at));
    await leaf.put(`${at}/from-leaf`, card('L', '1'));
    await leaf.put(`${at}/a`, card('A', 'leaf'));
    await top.put(`${at}/a`, card('A of the top', '1'));
    await sync(leaf, 'Repository', wire);
    await sync(hub, 'Repository', wire);
    await sync(leaf, 'Repository', wire);
    expect(await top.get(`${at}/a`)).toContain('A of the top');
    expect(await top.get(`${at}/a`)).toContain('>leaf<');
    expect(await hub.tree(at)).toEqual(await top.tree(at));
    expect(await leaf.tree(at)).toEqual(await top.tree(at));
  });

  it('are refused where they would make a ring', async () => {
    const { sites, wire } = await chain();
    const [top, hub, leaf] = sites;
    await sync(hub, 'Repository', wire);
    await sync(leaf, 'Repository', wire);
    await leaf.publish('Repository', at);
    await top.subscribe('Back', leaf, at, { publication: 'Repository' });
    await expect(sync(top, 'Back', wire)).rejects.toMatchObject({ code: 'CON-E005' });
    expect(await top.tree(at)).toEqual(await leaf.tree(at));
  });
});

describe('a hub below a query', () => {
  const blue = (phone: string): string => card('blue', phone);
  const red = (phone: string): string => card('red', phone);

  async function filtered(): Promise<{ readonly sites: readonly [TestSite, TestSite, TestSite]; readonly wire: Wire }> {
    const made = await chain();
    const [top, hub, leaf] = made.sites;
    await top.put(`${at}/b`, blue('1'));
    await top.publish('Repository', at, { query: './title != "red"' });
    for (const site of [hub, leaf]) await sync(site, 'Repository', made.wire);
    await top.put(`${at}/b`, red('1'));
    return made;
  }

  it('drops what leaves the query, without a deletion, and passes it on as leaving', async () => {
    const { sites, wire } = await filtered();
    const [top, hub, leaf] = sites;
    for (const site of [hub, leaf]) await sync(site, 'Repository', wire);
    expect(await hub.get(`${at}/b`)).toBeUndefined();
    expect(await leaf.get(`${at}/b`)).toBeUndefined();
    for (const site of [leaf, hub, leaf]) await sync(site, 'Repository', wire);
    expect(await top.get(`${at}/b`)).toContain('red');
  });

  it('passes a leaf’s edit of what has left up to where the object still is, and no conflict arises', async () => {
    const { sites, wire } = await filtered();
    const [top, hub, leaf] = sites;
    await leaf.put(`${at}/b`, blue('77'));
    await sync(hub, 'Repository', wire);
    for (const site of [leaf, hub, leaf, hub, leaf]) await sync(site, 'Repository', wire);
    expect(await top.get(`${at}/b`)).toContain('>77<');
    expect(await top.get(`${at}/b`)).toContain('red');
    expect(await hub.get(`${at}/b`)).toBeUndefined();
    expect(await leaf.get(`${at}/b`)).toBeUndefined();
    expect(await top.context.store.countConflicts()).toBe(0);
  });

  it('passes a leaf’s deletion of what has left up, too', async () => {
    const { sites, wire } = await filtered();
    const [top, hub, leaf] = sites;
    await leaf.remove(`${at}/b`);
    await sync(hub, 'Repository', wire);
    for (const site of [leaf, hub, leaf]) await sync(site, 'Repository', wire);
    const kept = await top.get(`${at}/b`);
    const conflicts = await top.context.store.conflicts({ state: 'open' });
    // The edit that made it leave was not seen by the leaf: it stands, and a conflict asks whether to delete after all.
    expect(kept).toContain('red');
    expect(conflicts).toMatchObject([{ field: 'existence' }]);
  });

  it('passes no leaf’s deletion up that had not seen another leaf’s edit', async () => {
    const { sites } = await filtered();
    const [top, hub, leaf] = sites;
    const other = new TestSite('other_leaf', hub.clock);
    await other.subscribe('Repository', hub, at);
    const all = new Wire(top, hub, leaf, other);
    for (const site of [leaf, other]) await sync(site, 'Repository', all);
    await leaf.put(`${at}/b`, blue('77'));
    for (const site of [leaf, hub]) await sync(site, 'Repository', all);
    expect(await hub.get(`${at}/b`)).toBeUndefined();
    await other.remove(`${at}/b`);
    for (const site of [other, hub, leaf, other, hub]) await sync(site, 'Repository', all);
    expect(await top.get(`${at}/b`)).toContain('>77<');
    expect(await hub.context.store.conflicts({ role: 'publisher', state: 'open' })).toMatchObject([
      { field: 'existence', publisher: { value: 'present' } },
    ]);
  });
});
