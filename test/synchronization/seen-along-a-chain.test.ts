import { describe, expect, it } from 'vitest';
import { BusyWire } from '../support/busy-wire.ts';
import { chainOf, compare, compareAll } from '../support/chains.ts';
import { HandClock } from '../support/memory-site.ts';
import { RewritingWire, withoutNewGids } from '../support/rewriting-wire.ts';
import { restoredSite, siteFiles } from '../support/site-files.ts';
import { card, manager, sync, TestSite, Wire } from '../support/synced-sites.ts';
import { listConflicts } from '../../src/use-cases/exchange/list-conflicts.ts';
import { resolveConflicts } from '../../src/use-cases/exchange/resolve-conflict.ts';

const at = '/portal_repository';
const files = siteFiles();

/** Each of them had the object before they met. */
async function fourAlike() {
  const clock = new HandClock();
  const [top, hub] = [new TestSite('top', clock), new TestSite('hub', clock)];
  const [lower, leaf] = [new TestSite('lower hub', clock), new TestSite('leaf', clock)];
  const sites = [top, hub, lower, leaf] as const;
  for (const site of sites) await site.put(`${at}/a`, card('A', '1'));
  return { sites, wire: await chainOf(at, sites) };
}

describe('what the maker of a change had seen', () => {
  it('is told on by a hub that was restored to before it', async () => {
    const clock = new HandClock();
    const [top, leaf] = [new TestSite('top', clock), new TestSite('leaf', clock)];
    const hub = new TestSite('hub', clock, { file: files.file('hub') });
    await top.put(`${at}/t`, card('T', '1'));
    const wire = await chainOf(at, [top, hub, leaf]);
    await hub.put(`${at}/a`, card('A', '1'));
    const file = files.backUp(hub);
    await hub.put(`${at}/a`, card('A', '2'));
    await sync(leaf, 'Repository', wire);
    await leaf.put(`${at}/a`, card('A', '3'));
    await sync(hub, 'Repository', wire);
    const restored = await restoredSite('hub', clock, file);
    const again = new Wire(top, restored, leaf);
    for (let round = 0; round < 3; round += 1) for (const site of [leaf, restored]) await compare(site, again);
    expect(await top.get(`${at}/a`)).toBe(card('A', '3'));
    expect(await leaf.tree(at)).toEqual(await top.tree(at));
    expect(await restored.tree(at)).toEqual(await top.tree(at));
    expect(await top.context.store.countConflicts()).toBe(0);
    expect(await restored.context.store.countConflicts()).toBe(0);
  });

  it('is told to a hub that was restored to before it knew anybody', async () => {
    const clock = new HandClock();
    const [top, leaf] = [new TestSite('top', clock), new TestSite('leaf', clock)];
    const hub = new TestSite('hub', clock, { file: files.file('hub') });
    await top.put(`${at}/t`, card('T', '1'));
    const wire = await chainOf(at, [top, hub, leaf]);
    const file = files.backUp(hub);
    await hub.put(`${at}/a`, card('A', '1'));
    await sync(leaf, 'Repository', wire);
    await leaf.put(`${at}/a`, card('A', '2'));
    for (const site of [leaf, hub]) await sync(site, 'Repository', wire);
    await top.put(`${at}/a`, card('A', '3'));
    const restored = await restoredSite('hub', clock, file);
    const again = new Wire(top, restored, leaf);
    for (let round = 0; round < 3; round += 1) for (const site of [restored, leaf]) await compare(site, again);
    expect(await leaf.get(`${at}/a`)).toBe(card('A', '3'));
    expect(await leaf.tree(at)).toEqual(await top.tree(at));
    expect(await restored.tree(at)).toEqual(await top.tree(at));
    expect(await top.context.store.countConflicts()).toBe(0);
    expect(await restored.context.store.countConflicts()).toBe(0);
  });

  it.each(['edited', 'deleted'])('is told of an edit that was never given, because it was %s before', async (how) => {
    const clock = new HandClock();
    const [away, near] = [new TestSite('away', clock), new TestSite('near', clock)];
    const top = new TestSite('top', clock, { file: files.file('top') });
    await top.addAccount('sync', 'a:b');
    await top.put(`${at}/a`, card('A', '1'));
    await top.publish('Repository', at);
    const wire = new Wire(top, away, near);
    for (const site of [away, near]) await site.subscribe('Repository', top, at);
    for (const site of [away, near]) await sync(site, 'Repository', wire);
    const file = files.backUp(top);
    await away.put(`${at}/a`, card('A', '2'));
    await sync(away, 'Repository', wire);
    if (how === 'edited') await top.put(`${at}/a`, card('A', '3'));
    else await top.remove(`${at}/a`);
    await sync(near, 'Repository', wire);
    const restored = await restoredSite('top', clock, file);
    const again = new Wire(restored, away, near);
    for (let round = 0; round < 2; round += 1) for (const site of [away, near]) await compare(site, again);
    for (const site of [restored, away, near]) {
      const left = how === 'edited' ? [expect.stringContaining(card('A', '3'))] : [];
      expect(Object.values(await site.tree(at))).toEqual(left);
      expect(await site.context.store.countConflicts()).toBe(0);
    }
  });

  it('is told on of each edit of a leaf, though a later one of it is told too', async () => {
    const clock = new HandClock();
    const [top, leaf] = [new TestSite('top', clock), new TestSite('leaf', clock)];
    const hub = new TestSite('hub', clock, { file: files.file('hub') });
    await top.put(`${at}/t`, card('T', '1'));
    const wire = await chainOf(at, [top, hub, leaf]);
    await sync(hub, 'Repository', wire);
    const file = files.backUp(hub);
    await leaf.put(`${at}/a`, card('A', '1'));
    await leaf.put(`${at}/a`, card('A', '2'));
    await leaf.put(`${at}/a`, card('B', '2'));
    await sync(leaf, 'Repository', wire);
    await hub.put(`${at}/a`, card('B', '3'));
    await sync(hub, 'Repository', wire);
    const restored = await restoredSite('hub', clock, file);
    const again = new Wire(top, restored, leaf);
    for (let round = 0; round < 3; round += 1) for (const site of [leaf, restored]) await compare(site, again);
    for (const site of [top, restored, leaf]) {
      expect(await site.get(`${at}/a`)).toBe(card('B', '3'));
      expect(await site.context.store.countConflicts()).toBe(0);
    }
  });

  it('is told with what is asked for whole', async () => {
    const clock = new HandClock();
    const sites = ['top', 'hub', 'middle', 'leaf'].map((name) => new TestSite(name, clock));
    const [top, hub, middle, leaf] = sites;
    if (top === undefined || hub === undefined || middle === undefined || leaf === undefined) throw new Error('four');
    // Top and hub imported the same list: when they meet, the hub takes the gid of the top.
    for (const site of [top, hub]) await site.put(`${at}/a`, card('A', '1'));
    const wire = await chainOf(at, sites);
    for (const site of [middle, hub, leaf]) await sync(site, 'Repository', wire);
    await middle.put(`${at}/a`, card('of the middle', '1'));
    await leaf.put(`${at}/a`, card('A', 'of the leaf'));
    await sync(middle, 'Repository', wire);
    for (let round = 0; round < 4; round += 1)
      for (const site of [leaf, middle, hub]) await sync(site, 'Repository', wire);
    expect(Object.values(await top.tree(at))).toEqual([expect.stringContaining(card('of the middle', 'of the leaf'))]);
    for (const site of sites) {
      expect(await site.tree(at)).toEqual(await top.tree(at));
      expect(await site.context.store.countConflicts()).toBe(0);
    }
  });

  it('does not hold the edit by which an object left the hub', async () => {
    const clock = new HandClock();
    const sites = ['top', 'hub', 'leaf'].map((name) => new TestSite(name, clock));
    const [top, hub, leaf] = sites;
    if (top === undefined || hub === undefined || leaf === undefined) throw new Error('three');
    await top.put(`${at}/a`, card('A', '1'));
    const wire = await chainOf(at, sites);
    await top.publish('Repository', at, { query: './title != "red"' });
    for (const site of [hub, leaf]) await sync(site, 'Repository', wire);
    await top.put(`${at}/a`, card('red', '1'));
    await sync(hub, 'Repository', wire);
    expect(await hub.tree(at)).toEqual({});
    await leaf.put(`${at}/a`, card('A', '2'));
    await top.publish('Repository', at, { query: './title != "green"' });
    for (const site of [leaf, hub]) await sync(site, 'Repository', wire);
    expect(await hub.get(`${at}/a`)).toBe(card('red', '2'));
    await leaf.put(`${at}/a`, card('blue', '2'));
    for (let round = 0; round < 2; round += 1) for (const site of [leaf, hub]) await sync(site, 'Repository', wire);
    expect(await top.get(`${at}/a`)).toBe(card('red', '2'));
    const conflicts = await leaf.context.store.conflicts({ state: 'open' });
    expect(conflicts).toMatchObject([{ publisher: { value: 'red' }, subscriber: { value: 'blue' } }]);
    for (const site of sites) expect(await site.tree(at)).toEqual(await top.tree(at));
  });

  it('is told with a deletion of what has left the hub meanwhile', async () => {
    const clock = new HandClock();
    const [top, hub] = [new TestSite('top', clock), new TestSite('hub', clock)];
    const [lower, leaf] = [new TestSite('lower hub', clock), new TestSite('leaf', clock)];
    await top.put(`${at}/a`, card('A', '1'));
    const wire = await chainOf(at, [top, hub, lower, leaf]);
    await top.publish('Repository', at, { query: './title != "red"' });
    for (const site of [hub, lower, leaf]) await sync(site, 'Repository', wire);
    await top.put(`${at}/a`, card('red', '1'), 'somebody at the top');
    await sync(hub, 'Repository', wire);
    await leaf.put(`${at}/a`, card('A', '2'));
    await sync(leaf, 'Repository', wire);
    const deletes = async (): Promise<void> => {
      await sync(hub, 'Repository', wire);
      await lower.remove(`${at}/a`);
    };
    await sync(lower, 'Repository', new BusyWire([hub, lower], 1, deletes));
    for (const site of [lower, hub]) await sync(site, 'Repository', wire);
    expect(await top.get(`${at}/a`)).toBe(card('red', '2'));
    const asked = await top.context.store.conflicts({ state: 'open' });
    expect(asked).toMatchObject([{ field: 'existence', publisher: { edit: { by: 'somebody at the top' } } }]);
  });

  it('counts under the gid that the object had then, although a site above has given that up since', async () => {
    const { sites, wire } = await fourAlike();
    const [top, hub, lower, leaf] = sites;
    for (const site of [lower, leaf]) await compare(site, wire);
    await lower.put(`${at}/a`, card('B', '1'));
    for (const site of [leaf, hub, lower]) await compare(site, wire);
    await leaf.put(`${at}/a`, card('B', '2'));
    for (let round = 0; round < 4; round += 1) for (const site of [leaf, lower, hub]) await compare(site, wire);
    for (const site of sites) {
      expect(await site.context.store.countConflicts()).toBe(0);
      expect(await site.tree(at)).toEqual(await top.tree(at));
    }
    expect(await top.get(`${at}/a`)).toBe(card('B', '2'));
    expect(Object.keys(await top.tree(at))).toEqual(['/a']);
  });

  it('asks about a move of the object below itself, where somebody saw it under both gids', async () => {
    const { sites } = await fourAlike();
    const wire = new RewritingWire(sites, withoutNewGids);
    const [top, hub, lower, leaf] = sites;
    await top.put(`${at}/y`, card('Y', '1'));
    for (const site of [lower, leaf, hub, lower]) await compare(site, wire);
    await leaf.put(`${at}/a`, card('A', '2'));
    await compare(leaf, wire);
    expect(Object.keys(await lower.tree(at))).toEqual(['/a', '/a-2', '/y']);
    await lower.move(`${at}/a-2`, `${at}/a/a-2`);
    await compare(lower, wire);
    await lower.move(`${at}/a`, `${at}/y/a`);
    for (let round = 0; round < 4; round += 1) for (const site of [leaf, lower, hub]) await compare(site, wire);
    expect(await hub.context.store.conflicts({ field: 'parent' })).toHaveLength(1);
    expect(Object.keys(await top.tree(at))).toEqual(['/y', '/y/a']);
    for (const site of sites) expect(await site.tree(at)).toEqual(await top.tree(at));
  });

  it.each(['leaf', 'lower'] as const)(
    'does not hold for an edit in the same message, under the gid that the object has since: the other is of %s',
    async (maker) => {
      const { sites } = await fourAlike();
      const wire = new RewritingWire(sites, withoutNewGids);
      const [top, hub, lower, leaf] = sites;
      for (const site of [lower, leaf, hub, lower]) await compare(site, wire);
      await lower.put(`${at}/a`, card('A', 'one'));
      await leaf.put(`${at}/a`, card(maker === 'leaf' ? 'A' : 'B', maker === 'leaf' ? 'two' : '1'));
      await compare(leaf, wire);
      expect(Object.keys(await lower.tree(at))).toEqual(['/a', '/a-2']);
      if (maker === 'lower') await lower.put(`${at}/a-2`, card('B', 'two'));
      for (let round = 0; round < 4; round += 1) for (const site of [lower, hub, leaf]) await compare(site, wire);
      const conflicts = await hub.context.store.conflicts({ role: 'publisher' });
      expect(conflicts).toMatchObject([{ publisher: { value: 'one' }, subscriber: { value: 'two' } }]);
      for (const site of sites) expect(await site.tree(at)).toEqual(await top.tree(at));
    },
  );

  it('does not take away with a free id what somebody has called the object, where it comes under a gid that a site above has given up', async () => {
    const { sites, wire } = await fourAlike();
    const [top, hub, lower, leaf] = sites;
    for (const site of [top, hub]) await site.put(`${at}/b`, card('Other', '1'));
    for (const site of [leaf, lower, hub]) await compare(site, wire);
    await leaf.move(`${at}/a`, `${at}/b`);
    for (let round = 0; round < 3; round += 1) for (const site of [leaf, lower, hub]) await compare(site, wire);
    expect(Object.keys(await top.tree(at))).toEqual(['/b', '/b-2']);
    for (const site of sites) expect(await site.tree(at)).toEqual(await top.tree(at));
  });
});

describe('an object that came back over its deletion', () => {
  it('names the edit for which it came back, and not a later one by which a conflict was settled alike on both sides', async () => {
    const clock = new HandClock();
    const [top, hub, leaf] = [new TestSite('top', clock), new TestSite('hub', clock), new TestSite('leaf', clock)];
    await top.put(`${at}/a`, card('A', '1'));
    const wire = await chainOf(at, [top, hub, leaf]);
    for (const site of [hub, leaf]) await sync(site, 'Repository', wire);
    await top.put(`${at}/a`, card('A', '2'));
    await hub.put(`${at}/a`, card('A', '3'));
    await sync(hub, 'Repository', wire);
    await leaf.put(`${at}/a`, card('A', '4'), 'somebody at the leaf');
    for (const { context } of [hub, top]) {
      const ids = (await context.store.conflicts({ state: 'open' })).map(({ id }) => id);
      clock.at += 1000;
      await resolveConflicts(context, manager, { ids, keep: 'subscriber' });
    }
    await top.remove(`${at}/a`);
    for (let round = 0; round < 2; round += 1) for (const site of [hub, leaf]) await sync(site, 'Repository', wire);
    await sync(hub, 'Repository', wire);
    expect(await top.get(`${at}/a`)).toBe(card('A', '3'));
    const asked = await top.context.store.conflicts({ state: 'open', field: 'existence' });
    expect(asked).toMatchObject([{ publisher: { edit: { by: 'somebody at the leaf' } } }]);
  });

  it('is told with what was seen before that, although all who made it were restored since', async () => {
    const clock = new HandClock();
    const [top, hub] = [new TestSite('top', clock), new TestSite('hub', clock, { file: files.file('hub') })];
    const before = new TestSite('leaf', clock, { file: files.file('leaf') });
    await top.put(`${at}/z`, card('Z', '1'));
    const wire = await chainOf(at, [top, hub, before]);
    await before.put(`${at}/a`, card('A', '1'));
    const [backup, another] = [files.backUp(before), files.backUp(before)];
    // The edits of one log follow one another: that of the telephone is of another.
    const leaf = await restoredSite('leaf', clock, another);
    await sync(hub, 'Repository', wire);
    const backupOfHub = files.backUp(hub);
    await sync(leaf, 'Repository', new Wire(hub, leaf));
    await leaf.put(`${at}/a`, card('A', '2'));
    await sync(hub, 'Repository', wire, { refreshFrom: 'publisher' });
    await sync(leaf, 'Repository', new Wire(hub, leaf));
    await sync(hub, 'Repository', wire);
    expect(await top.get(`${at}/a`)).toBe(card('A', '2'));
    const sites = [await restoredSite('leaf', clock, backup), await restoredSite('hub', clock, backupOfHub)];
    await compareAll(sites, new Wire(top, ...sites));
    for (const site of sites) expect(await site.get(`${at}/a`)).toBe(card('A', '2'));
    expect(await top.context.store.countConflicts()).toBe(0);
  });
});

describe('a conflict of before a site above was met, under whose gids objects stand since', () => {
  it.each([
    { of: 'a field', move: undefined, result: { '/a': 'leaf', '/y': 'Y' } },
    { of: 'a place', move: `${at}/a/z`, result: { '/a': 'A', '/a/z': 'Z', '/y': 'Y' } },
  ])('can be settled for the value that did not stand, where it is of $of', async ({ move, result }) => {
    const clock = new HandClock();
    const sites = ['top', 'hub', 'leaf'].map((id) => new TestSite(id, clock));
    const [top, hub, leaf] = sites as [TestSite, TestSite, TestSite];
    for (const site of sites) await site.put(`${at}/a`, card('A', '1'));
    await hub.put(`${at}/y`, card('Y', '1'));
    if (move !== undefined) await hub.put(`${at}/z`, card('Z', '1'));
    const wire = await chainOf(at, sites);
    for (let round = 0; round < 2; round += 1) await compare(leaf, wire);
    if (move === undefined) {
      await hub.put(`${at}/a`, card('hub', '1'));
      await leaf.put(`${at}/a`, card('leaf', '1'));
      await compare(leaf, wire);
      await hub.put(`${at}/a`, card('A', '1'));
    } else {
      await hub.move(`${at}/z`, `${at}/y/z`);
      await leaf.move(`${at}/z`, move);
      await compare(leaf, wire);
    }
    await compare(hub, wire);
    const [conflict] = await listConflicts(hub.context, { state: 'open' });
    expect(conflict).toMatchObject({ path: move === undefined ? `${at}/a` : `${at}/y/z` });
    if (move === undefined) expect(conflict).toMatchObject({ stands: 'A' });
    await resolveConflicts(hub.context, manager, { ids: [conflict?.id ?? ''], keep: 'subscriber' });
    for (let round = 0; round < 3; round += 1) for (const site of [leaf, hub]) await compare(site, wire);
    const tree = Object.entries(await top.tree(at)).map(([path, text]) => [
      path,
      /<title[^>]*>([^<]*)/.exec(text)?.[1],
    ]);
    expect(Object.fromEntries(tree)).toEqual(result);
    for (const site of sites) expect(await site.tree(at)).toEqual(await top.tree(at));
  });
});
