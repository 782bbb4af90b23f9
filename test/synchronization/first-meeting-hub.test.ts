import { describe, expect, it } from 'vitest';
import { TransportError } from '../../src/errors/concord-error.ts';
import { topGid } from '../../src/objects/gid.ts';
import { listExceptions } from '../../src/use-cases/exchange/list-exceptions.ts';
import { defaultXmlLimits } from '../../src/xml/limits.ts';
import { restoredSite, siteFiles } from '../support/site-files.ts';
import { card, sync, Wire } from '../support/synced-sites.ts';
import type { MetChain } from './met-chain.ts';
import { at, metChain, unmetChain } from './met-chain.ts';

async function settle({ top, hub, leaf, wire }: MetChain): Promise<void> {
  for (let round = 0; round < 3; round += 1) for (const site of [leaf, hub, leaf]) await sync(site, 'Repository', wire);
  expect(await hub.tree(at)).toEqual(await top.tree(at));
  expect(await leaf.tree(at)).toEqual(await top.tree(at));
  expect(await top.context.store.countConflicts()).toBe(0);
  expect(await hub.context.store.countConflicts()).toBe(0);
}

/** With a hub in the place of another: the leaf compares with it first. */
async function settleAfresh({ top, hub, leaf }: Omit<MetChain, 'wire'>): Promise<void> {
  const wire = new Wire(top, hub);
  await sync(leaf, 'Repository', wire, { slow: true, allowDeletions: 10 });
  await settle({ top, hub, leaf, wire });
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

  it('is told once that what it has made of one is too large for the hub', async () => {
    const { hub, leaf, wire } = await metChain({ ...defaultXmlLimits, maxOctets: 4_000 });
    const large = card('A', 'x'.repeat(5_000));
    await leaf.put(`${at}/a`, large);
    for (let round = 0; round < 3; round += 1) for (const site of [leaf, hub]) await sync(site, 'Repository', wire);
    expect((await sync(leaf, 'Repository', wire)).traffic.requests).toBe(1);
    const { root = topGid, peer = 0 } = (await leaf.context.store.subscription('Repository')) ?? {};
    // Both have the one name there: it keeps its own beside the hub's.
    const documents = (await leaf.context.store.children(root)).map(({ document }) => document);
    expect(documents.toSorted()).toEqual([card('A', '1'), large, card('B', '1')]);
    expect((await listExceptions(leaf.context, peer)).map(({ why }) => why.reason)).toEqual(['refused']);
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

describe('a hub that was restored to before it met anybody', () => {
  const files = siteFiles();

  it('asks about nothing that the others had had alike before, and the top has edited since', async () => {
    const { top, hub, leaf, wire, clock } = await unmetChain(['top', 'leaf']);
    const backup = files.backUp(hub);
    for (const site of [hub, leaf]) await sync(site, 'Repository', wire);
    await top.put(`${at}/a`, card('A', 'of the top'));
    await settleAfresh({ top, leaf, hub: await restoredSite('hub', clock, backup) });
    expect(await top.get(`${at}/a`)).toBe(card('A', 'of the top'));
  });

  it('asks about nothing that it had had alike with a leaf, which has it as the top has named and edited it', async () => {
    const { top, hub, leaf, wire, clock } = await unmetChain(['hub', 'leaf']);
    await top.put(`${at}/a`, card('Another', '1'));
    const backup = files.backUp(hub);
    for (const site of [leaf, hub, leaf]) await sync(site, 'Repository', wire);
    await top.put(`${at}/a-2`, card('A', 'of the top'));
    for (const site of [hub, leaf]) await sync(site, 'Repository', wire);
    await settleAfresh({ top, leaf, hub: await restoredSite('hub', clock, backup) });
    expect(await top.get(`${at}/a-2`)).toBe(card('A', 'of the top'));
  });
});

describe('where one of those who met was restored to before that', () => {
  const files = siteFiles();

  it('a leaf is asked nothing about an edit of what it had had alike with the top', async () => {
    const { top, hub, leaf, wire, clock } = await unmetChain(['top', 'leaf']);
    const backup = files.backUp(leaf);
    for (const site of [leaf, hub]) await sync(site, 'Repository', wire);
    const restored = await restoredSite('leaf', clock, backup);
    await restored.put(`${at}/a`, card('A', 'of the leaf'));
    await settle({ top, hub, leaf: restored, wire: new Wire(top, hub) });
    expect(await top.get(`${at}/a`)).toBe(card('A', 'of the leaf'));
  });

  it('a hub that has given a gid up has an edit back that a leaf had sent it, under that gid', async () => {
    const { top, hub, leaf, wire, clock } = await unmetChain(['top', 'hub', 'leaf']);
    await sync(leaf, 'Repository', wire);
    const backup = files.backUp(hub);
    await leaf.put(`${at}/a`, card('A', 'of the leaf'));
    await sync(leaf, 'Repository', wire);
    const restored = await restoredSite('hub', clock, backup);
    await sync(restored, 'Repository', new Wire(top));
    await settleAfresh({ top, leaf, hub: restored });
    expect(await top.get(`${at}/a`)).toBe(card('A', 'of the leaf'));
  });
});
