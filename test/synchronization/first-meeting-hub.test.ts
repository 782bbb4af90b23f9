import { describe, expect, it } from 'vitest';
import { TransportError } from '../../src/errors/concord-error.ts';
import { HandClock } from '../support/memory-site.ts';
import { card, sync, TestSite, Wire } from '../support/synced-sites.ts';

const at = '/portal_repository';

interface Chain {
  readonly top: TestSite;
  readonly hub: TestSite;
  readonly leaf: TestSite;
  readonly wire: Wire;
}

/** All three imported the same list; the leaf has met the hub, and then the hub the top, whose gids it has taken. */
async function metChain(): Promise<Chain> {
  const clock = new HandClock();
  const [top, hub, leaf] = [new TestSite('top', clock), new TestSite('hub', clock), new TestSite('leaf', clock)];
  for (const site of [top, hub, leaf]) {
    await site.addAccount('sync', 'a:b');
    await site.put(`${at}/a`, card('A', '1'));
    await site.put(`${at}/b`, card('B', '1'));
  }
  await top.publish('Repository', at);
  await hub.subscribe('Repository', top, at);
  await hub.publish('Repository', at);
  await leaf.subscribe('Repository', hub, at);
  const wire = new Wire(top, hub, leaf);
  await sync(leaf, 'Repository', wire);
  await sync(hub, 'Repository', wire);
  return { top, hub, leaf, wire };
}

async function settle({ top, hub, leaf, wire }: Chain): Promise<void> {
  for (let round = 0; round < 3; round += 1) for (const site of [leaf, hub, leaf]) await sync(site, 'Repository', wire);
  expect(await hub.tree(at)).toEqual(await top.tree(at));
  expect(await leaf.tree(at)).toEqual(await top.tree(at));
  expect(await top.context.store.countConflicts()).toBe(0);
  expect(await hub.context.store.countConflicts()).toBe(0);
}

describe('a leaf of a hub that takes gids from its own publisher', () => {
  it('has its edits made where the objects are now', async () => {
    const chain = await metChain();
    await chain.leaf.put(`${at}/a`, card('A', 'of the leaf'));
    await chain.top.put(`${at}/a`, card('A of the top', '1'));
    await settle(chain);
    expect(await chain.top.get(`${at}/a`)).toBe(card('A of the top', 'of the leaf'));
    expect(Object.keys(await chain.top.tree(at))).toEqual(['/a', '/b']);
  });

  it('has its deletions made there', async () => {
    const chain = await metChain();
    await chain.leaf.remove(`${at}/b`);
    await settle(chain);
    expect(Object.keys(await chain.top.tree(at))).toEqual(['/a']);
  });

  it('has what it puts below them put there', async () => {
    const chain = await metChain();
    await chain.leaf.put(`${at}/a/below`, card('Below', '1'));
    await settle(chain);
    expect(Object.keys(await chain.top.tree(at))).toEqual(['/a', '/a/below', '/b']);
  });

  it('deletes nothing by telling that it has heard what left, in a sync after two that were broken off', async () => {
    const chain = await metChain();
    const { hub, leaf } = chain;
    for (const broken of [2, 1]) {
      const wire = new Wire(hub, leaf);
      wire.fault = (where, count) => {
        if (where === 'request' && count === broken) throw new TransportError('CON-T001', 'lost', { retry: 'later' });
      };
      await expect(sync(leaf, 'Repository', wire, { restart: true })).rejects.toThrow('lost');
    }
    await sync(leaf, 'Repository', new Wire(hub, leaf), { restart: true });
    await settle(chain);
    expect(Object.keys(await chain.top.tree(at))).toEqual(['/a', '/b']);
  });
});
