import { describe, expect, it } from 'vitest';
import type { Pair } from '../support/synced-sites.ts';
import { card, seedPair, sync, TestSite, Wire } from '../support/synced-sites.ts';

const at = '/portal_repository';
const query = './title != "red"';

async function filteredPair(): Promise<Pair> {
  const pair = await seedPair();
  await pair.publisher.publish('Repository', at, { query });
  await sync(pair.subscriber, 'Repository', pair.wire);
  return pair;
}

/** Syncs until all is said, and answers what the subscriber has then. */
async function rest({ subscriber, wire }: Pair): Promise<readonly string[]> {
  for (let round = 0; round < 3; round += 1) await sync(subscriber, 'Repository', wire);
  const before = wire.exchanges.length;
  await sync(subscriber, 'Repository', wire);
  expect(wire.exchanges.length - before).toBe(1);
  return Object.keys(await subscriber.tree(at));
}

async function exceptionsOf({ publisher, subscriber }: Pair): Promise<number> {
  const [row] = await publisher.context.store.subscribers('Repository');
  const peer = (await subscriber.context.store.subscription('Repository'))?.peer ?? 0;
  const above = await publisher.context.store.countExceptions(row?.peer ?? 0);
  return above + (await subscriber.context.store.countExceptions(peer));
}

describe('what stands below an object that the query leaves out', () => {
  it('is left out with it, and comes when that comes', async () => {
    const pair = await filteredPair();
    await pair.publisher.put(`${at}/z`, card('red', '1'));
    const { gid } = await pair.publisher.put(`${at}/z/x`, card('x', '1'));
    await pair.publisher.put(`${at}/z/x/y`, card('y', '1'));
    expect(await rest(pair)).toEqual(['/first']);
    expect((await pair.subscriber.context.store.current([gid])).size).toBe(0);
    await pair.publisher.put(`${at}/z`, card('blue', '1'));
    expect(await rest(pair)).toEqual(['/first', '/z', '/z/x', '/z/x/y']);
    expect(await pair.subscriber.tree(at)).toEqual(await pair.publisher.tree(at));
    expect(await exceptionsOf(pair)).toBe(0);
  });

  it('goes with it though nobody has touched it, and only what the publisher has again comes back', async () => {
    const pair = await filteredPair();
    for (const path of ['z', 'z/x', 'z/x/y', 'z/w']) await pair.publisher.put(`${at}/${path}`, card(path, '1'));
    expect(await rest(pair)).toHaveLength(5);
    await pair.publisher.put(`${at}/z`, card('red', '1'));
    expect(await rest(pair)).toEqual(['/first']);
    await pair.publisher.remove(`${at}/z/w`);
    await pair.publisher.put(`${at}/z`, card('z', '2'));
    expect(await rest(pair)).toEqual(['/first', '/z', '/z/x', '/z/x/y']);
    expect(await exceptionsOf(pair)).toBe(0);
  });

  it('goes when it is moved there, with all below it, and comes back when it is moved away', async () => {
    const pair = await filteredPair();
    await pair.publisher.put(`${at}/z`, card('red', '1'));
    for (const path of ['x', 'x/y']) await pair.publisher.put(`${at}/${path}`, card(path, '1'));
    expect(await rest(pair)).toEqual(['/first', '/x', '/x/y']);
    await pair.publisher.move(`${at}/x`, `${at}/z/x`);
    expect(await rest(pair)).toEqual(['/first']);
    await pair.publisher.move(`${at}/z/x`, `${at}/x`);
    expect(await rest(pair)).toEqual(['/first', '/x', '/x/y']);
  });

  it('is left out of a comparison, too', async () => {
    const pair = await seedPair();
    for (const path of ['z', 'z/x']) await pair.subscriber.put(`${at}/${path}`, card(path === 'z' ? 'red' : 'x', '1'));
    expect(await rest(pair)).toEqual(['/first', '/z', '/z/x']);
    await pair.publisher.publish('Repository', at, { query });
    expect(await rest(pair)).toEqual(['/first']);
    expect(Object.keys(await pair.publisher.tree(at))).toEqual(['/first', '/z', '/z/x']);
    expect(await exceptionsOf(pair)).toBe(0);
  });

  it('goes to the publisher first where it was made meanwhile', async () => {
    const pair = await filteredPair();
    await pair.publisher.put(`${at}/z`, card('z', '1'));
    expect(await rest(pair)).toEqual(['/first', '/z']);
    await pair.publisher.put(`${at}/z`, card('red', '1'));
    await pair.subscriber.put(`${at}/z/x`, card('x', '1'));
    expect(await rest(pair)).toEqual(['/first']);
    expect(await pair.publisher.get(`${at}/z/x`)).toBe(card('x', '1'));
  });

  it('is sent again where the sync that took it away was broken off, and the folder is back', async () => {
    const pair = await filteredPair();
    for (const path of ['z', 'z/x']) await pair.publisher.put(`${at}/${path}`, card(path, '1'));
    await rest(pair);
    await pair.publisher.put(`${at}/z`, card('red', '1'));
    const second = pair.wire.requests + 2;
    pair.wire.fault = (where, count) => {
      if (where === 'request' && count === second) throw new TypeError('cut off');
    };
    await expect(sync(pair.subscriber, 'Repository', pair.wire)).rejects.toThrow('cut off');
    expect(Object.keys(await pair.subscriber.tree(at))).toEqual(['/first']);
    await pair.publisher.put(`${at}/z`, card('z', '1'));
    await sync(pair.subscriber, 'Repository', pair.wire, { restart: true });
    expect(await rest(pair)).toEqual(['/first', '/z', '/z/x']);
    expect(await exceptionsOf(pair)).toBe(0);
  });
});

describe('a folder that has left a hub', () => {
  it('leaves it again when a leaf has made something below it meanwhile', async () => {
    const { publisher, subscriber: hub, wire: above, clock } = await filteredPair();
    const leaf = new TestSite('leaf', clock);
    await hub.addAccount('sync', 'a:b');
    await hub.publish('Repository', at);
    await leaf.subscribe('Repository', hub, at);
    const wire = new Wire(hub, leaf);
    await leaf.put(`${at}/z`, card('red', '1'));
    await sync(leaf, 'Repository', wire);
    await leaf.put(`${at}/z/y`, card('y', '1'));
    await sync(hub, 'Repository', above);
    for (let round = 0; round < 4; round += 1) {
      await sync(leaf, 'Repository', wire);
      await sync(hub, 'Repository', above);
    }
    expect(Object.keys(await publisher.tree(at))).toEqual(['/first', '/z', '/z/y']);
    expect(Object.keys(await hub.tree(at))).toEqual(['/first']);
    expect(Object.keys(await leaf.tree(at))).toEqual(['/first']);
  });

  it.each([
    ['name', (top: TestSite) => top.move(`${at}/z`, `${at}/w`), 'w'],
    ['title', (top: TestSite) => top.put(`${at}/z`, card('green', '1')), 'z'],
  ] as const)('takes nothing back that the publisher did to its %s, when a leaf edits it', async (_what, act, name) => {
    const { publisher, subscriber: hub, wire: above, clock } = await seedPair();
    await publisher.put(`${at}/z`, card('blue', '1'));
    await sync(hub, 'Repository', above);
    const leaf = new TestSite('leaf', clock);
    await hub.addAccount('sync', 'a:b');
    await hub.publish('Repository', at);
    await leaf.subscribe('Repository', hub, at);
    const wire = new Wire(hub, leaf);
    await publisher.publish('Repository', at, { query: './title = "nobody"' });
    await hub.put(`${at}/z`, card('blue', '2'));
    await act(publisher);
    await sync(leaf, 'Repository', wire);
    await leaf.put(`${at}/z`, card('blue', '3'));
    await sync(hub, 'Repository', above);
    for (let round = 0; round < 4; round += 1) {
      await sync(leaf, 'Repository', wire);
      await sync(hub, 'Repository', above);
    }
    expect(await publisher.get(`${at}/${name}`)).toBe(card(name === 'z' ? 'green' : 'blue', '3'));
    expect(Object.keys(await hub.tree(at))).toEqual([]);
    expect(await leaf.tree(at)).toEqual({});
    expect(await publisher.context.store.countConflicts()).toBe(0);
  });

  it('takes nothing back where the hub had made it, and edited it when it left, for any of two leaves', async () => {
    const { publisher, subscriber: hub, wire: above, clock } = await seedPair();
    await hub.put(`${at}/z`, card('blue', '1'));
    await sync(hub, 'Repository', above);
    const leaves = ['one', 'other'].map((name) => new TestSite(name, clock));
    await hub.addAccount('sync', 'a:b');
    await hub.publish('Repository', at);
    const wire = new Wire(hub, ...leaves);
    for (const leaf of leaves) {
      await leaf.subscribe('Repository', hub, at);
      await sync(leaf, 'Repository', wire);
    }
    await leaves[0]?.put(`${at}/z`, card('blue', '3'));
    await leaves[1]?.put(`${at}/z`, withNote(card('blue', '1')));
    await publisher.publish('Repository', at, { query: './title = "nobody"' });
    await publisher.put(`${at}/z`, card('green', '1'));
    await hub.move(`${at}/z`, `${at}/w`);
    for (let round = 0; round < 4; round += 1) {
      await sync(hub, 'Repository', above);
      for (const leaf of leaves) await sync(leaf, 'Repository', wire);
    }
    expect(await publisher.get(`${at}/w`)).toBe(withNote(card('green', '3')));
    for (const site of [hub, ...leaves]) expect(await site.tree(at)).toEqual({});
    for (const site of [publisher, hub]) expect(await site.context.store.countConflicts()).toBe(0);
  });
});

function withNote(document: string): string {
  return document.replace('</object>', '<note>called</note></object>');
}
