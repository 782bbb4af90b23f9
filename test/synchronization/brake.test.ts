import { describe, expect, it } from 'vitest';
import type { Pair } from '../support/synced-sites.ts';
import { card, seedPair, sync, syncUnheard } from '../support/synced-sites.ts';

const at = '/portal_repository';

async function filledPair(count: number): Promise<Pair> {
  const pair = await seedPair();
  for (let n = 0; n < count; n += 1) await pair.publisher.put(`${at}/p${String(n)}`, card('P', String(n)));
  await sync(pair.subscriber, 'Repository', pair.wire);
  await sync(pair.subscriber, 'Repository', pair.wire);
  return pair;
}

describe('the deletion brake', () => {
  it.each(['publisher', 'subscriber'] as const)(
    'stops 30 deletions of the %s until they are permitted, and lets the rest flow',
    async (side) => {
      const pair = await filledPair(40);
      const { publisher, subscriber, wire } = pair;
      for (let n = 0; n < 30; n += 1) await pair[side].remove(`${at}/p${String(n)}`);
      await pair[side].put(`${at}/new`, card('N', '1'));
      const other = side === 'publisher' ? subscriber : publisher;
      const report = await sync(subscriber, 'Repository', wire);
      expect(report).toMatchObject({
        outcome: 'waiting-for-permission',
        waiting: { for: 'permission', at: side, deletions: 30, ...(side === 'subscriber' && { limit: 20 }) },
      });
      expect(Object.keys(await other.tree(at))).toHaveLength(42);
      const again = await sync(subscriber, 'Repository', wire);
      expect(again.outcome).toBe('waiting-for-permission');
      const permitted = await sync(subscriber, 'Repository', wire, { allowDeletions: 30 });
      expect(permitted.outcome).toBe('done');
      expect(Object.keys(await other.tree(at))).toHaveLength(12);
      expect(await subscriber.tree(at)).toEqual(await publisher.tree(at));
      const quiet = await sync(subscriber, 'Repository', wire);
      expect(quiet.outcome).toBe('done');
    },
  );

  it('keeps deleted what was sent in a sync that broke off, until its deletion is permitted', async () => {
    const { publisher, subscriber, wire } = await filledPair(10);
    for (let n = 0; n < 30; n += 1) await subscriber.put(`${at}/own${String(n)}`, card('Own', String(n)));
    await syncUnheard(subscriber, wire);
    await subscriber.put(`${at}/own1`, card('Own', 'edited'));
    for (let n = 0; n < 30; n += 1) await subscriber.remove(`${at}/own${String(n)}`);
    const report = await sync(subscriber, 'Repository', wire, { restart: true });
    expect(report.outcome).toBe('waiting-for-permission');
    expect(Object.keys(await subscriber.tree(at))).toHaveLength(11);
    expect(Object.keys(await publisher.tree(at))).toHaveLength(41);
    for (let round = 0; round < 2; round += 1) await sync(subscriber, 'Repository', wire, { allowDeletions: 30 });
    expect(Object.keys(await publisher.tree(at))).toHaveLength(11);
    expect(await subscriber.tree(at)).toEqual(await publisher.tree(at));
    expect(await publisher.context.store.countConflicts()).toBe(0);
  });

  it('gives nothing back of what was sent in a first sync that broke off, and has its deletion wait', async () => {
    const { publisher, subscriber, wire } = await seedPair();
    for (let n = 0; n < 30; n += 1) await subscriber.put(`${at}/own${String(n)}`, card('Own', String(n)));
    await syncUnheard(subscriber, wire, 3);
    expect(Object.keys(await publisher.tree(at))).toHaveLength(31);
    for (let n = 0; n < 30; n += 1) await subscriber.remove(`${at}/own${String(n)}`);
    const report = await sync(subscriber, 'Repository', wire, { restart: true });
    expect(report).toMatchObject({ waiting: { for: 'permission', at: 'publisher', deletions: 10 } });
    expect(Object.keys(await subscriber.tree(at))).toEqual(['/first']);
    for (let round = 0; round < 2; round += 1) await sync(subscriber, 'Repository', wire);
    expect(await subscriber.tree(at)).toEqual(await publisher.tree(at));
    expect(Object.keys(await publisher.tree(at))).toEqual(['/first']);
    expect(await publisher.context.store.countConflicts()).toBe(0);
  });

  it('deletes a folder with all below it once that is permitted, and asks nothing', async () => {
    const pair = await seedPair();
    const { publisher, subscriber, wire } = pair;
    for (let n = 0; n < 30; n += 1) await publisher.put(`${at}/folder/p${String(n)}/below`, card('P', String(n)));
    for (let round = 0; round < 2; round += 1) await sync(subscriber, 'Repository', wire);
    await subscriber.remove(`${at}/folder`);
    expect((await sync(subscriber, 'Repository', wire)).outcome).toBe('waiting-for-permission');
    await sync(subscriber, 'Repository', wire, { allowDeletions: 61 });
    await sync(subscriber, 'Repository', wire);
    expect(Object.keys(await publisher.tree(at))).toEqual(['/first']);
    expect(await subscriber.tree(at)).toEqual(await publisher.tree(at));
    expect(await publisher.context.store.countConflicts()).toBe(0);
  });

  it.each(['publisher', 'subscriber'] as const)(
    'lets a tree of the %s go that was kept back, from the leaves upwards, over however many messages',
    async (side) => {
      const pair = await seedPair({}, { maxMessageOctets: 8_000 });
      const { publisher, subscriber, wire } = pair;
      for (let n = 0; n < 30; n += 1) await publisher.put(`${at}/folder/p${String(n)}`, card('P', String(n)));
      for (let round = 0; round < 2; round += 1) await sync(subscriber, 'Repository', wire);
      await pair[side].remove(`${at}/folder`);
      expect((await sync(subscriber, 'Repository', wire)).outcome).toBe('waiting-for-permission');
      const before = wire.requests;
      await sync(subscriber, 'Repository', wire, { allowDeletions: 31 });
      expect(wire.requests - before).toBeGreaterThan(3);
      await sync(subscriber, 'Repository', wire);
      expect(Object.keys(await publisher.tree(at))).toEqual(['/first']);
      expect(await subscriber.tree(at)).toEqual(await publisher.tree(at));
      expect(await publisher.context.store.countConflicts()).toBe(0);
    },
  );

  it('lets 20 deletions pass', async () => {
    const { publisher, subscriber, wire } = await filledPair(40);
    for (let n = 0; n < 20; n += 1) await publisher.remove(`${at}/p${String(n)}`);
    expect((await sync(subscriber, 'Repository', wire)).outcome).toBe('done');
    expect(await subscriber.tree(at)).toEqual(await publisher.tree(at));
  });

  it('is no brake for deletions that the other side made itself', async () => {
    const { publisher, subscriber, wire } = await filledPair(60);
    for (let n = 0; n < 30; n += 1) await subscriber.remove(`${at}/p${String(n)}`);
    await sync(subscriber, 'Repository', wire, { allowDeletions: 30 });
    const report = await sync(subscriber, 'Repository', wire);
    expect(report.outcome).toBe('done');
    expect(await subscriber.tree(at)).toEqual(await publisher.tree(at));
  });
});
