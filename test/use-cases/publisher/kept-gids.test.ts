import { describe, expect, it } from 'vitest';
import type { Gid } from '../../../src/objects/gid.ts';
import { TreeWrites } from '../../../src/use-cases/objects/tree-writes.ts';
import { keptGid } from '../../../src/use-cases/publisher/kept-gids.ts';
import { HandClock } from '../../support/memory-site.ts';
import { card, TestSite } from '../../support/synced-sites.ts';

/** Three objects, and a site in which each can give its gid up for another one. */
async function threeObjects() {
  const site = new TestSite('hub', new HandClock());
  const { store } = site.context;
  const put = async (name: string): Promise<Gid> => (await site.put(`/${name}`, card(name, '1'))).gid;
  const gids = [await put('a'), await put('b'), await put('c')] as const;
  const giveUp = async (given: Gid, kept: Gid): Promise<void> => {
    await store.update(async () => {
      const tree = new TreeWrites(store);
      const draft = await tree.current(given);
      if (draft !== undefined) await tree.add({ ...draft, state: 'left' });
      return { batch: { writes: tree.writes, aliases: [{ given, kept }] }, result: undefined };
    });
  };
  const now = async (gid: Gid): Promise<Gid | undefined> =>
    keptGid({ reader: store, tree: new TreeWrites(store) }, gid);
  return { gids, giveUp, now };
}

describe('the gid that an object has now', () => {
  it('is the last of those that were given up for one another', async () => {
    const { gids, giveUp, now } = await threeObjects();
    const [a, b, c] = gids;
    await giveUp(a, b);
    await giveUp(b, c);
    expect(await Promise.all(gids.map(now))).toEqual([c, c, undefined]);
  });

  it('is found where the last was given up for the first again', async () => {
    const { gids, giveUp, now } = await threeObjects();
    const [a, b, c] = gids;
    await giveUp(a, b);
    await giveUp(b, c);
    await giveUp(c, a);
    expect(await Promise.all(gids.map(now))).toEqual([c, a, b]);
  });
});
