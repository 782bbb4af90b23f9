import { describe, expect, it } from 'vitest';
import { listExceptions } from '../../src/use-cases/exchange/list-exceptions.ts';
import type { Pair, TestSite } from '../support/synced-sites.ts';
import { restoredSite, siteFiles } from '../support/site-files.ts';
import { card, seedPair, sync, Wire } from '../support/synced-sites.ts';

const at = '/portal_repository';
const other = '/other';

/** Each of two sites publishes to the other, and both make the gids of what is created out of its id. */
async function crossedPair(): Promise<Pair> {
  const pair = await seedPair();
  const { publisher, subscriber, wire } = pair;
  await publisher.publish('Repository', at, { gidGenerator: 'id' });
  await subscriber.addAccount('sync', 'a:b');
  await subscriber.put(`${other}/first`, card('First', '1'));
  await subscriber.publish('Other', other, { gidGenerator: 'id' });
  await publisher.subscribe('Other', subscriber, other);
  await syncBoth(pair);
  await publisher.put(`${at}/z`, card('Repository', '1'));
  await subscriber.put(`${other}/z`, card('Other', '2'));
  return { publisher, subscriber, wire, clock: pair.clock };
}

async function syncBoth({ publisher, subscriber, wire }: Pair): Promise<readonly number[]> {
  const reports = [await sync(subscriber, 'Repository', wire), await sync(publisher, 'Other', wire)];
  return reports.map(({ traffic }) => traffic.requests);
}

async function namedAt({ context }: TestSite): Promise<readonly unknown[]> {
  const [{ peer } = { peer: 0 }] = await context.store.subscriptions();
  return (await listExceptions(context, peer)).map(({ path, why }) => [path, why.reason]);
}

const files = siteFiles();

describe('two objects that were given the same gid by publications of two sites', () => {
  it('stand each where it was made, are named, and hold nothing else up', async () => {
    const pair = await crossedPair();
    const { publisher, subscriber } = pair;
    await publisher.put(`${at}/y`, card('Beside', '1'));
    for (let round = 0; round < 3; round += 1) await syncBoth(pair);
    expect(await publisher.get(`${at}/z`)).toBe(card('Repository', '1'));
    expect(await subscriber.get(`${other}/z`)).toBe(card('Other', '2'));
    expect(await publisher.get(`${other}/z`)).toBeUndefined();
    expect(await subscriber.get(`${at}/z`)).toBeUndefined();
    expect(await namedAt(subscriber)).toEqual([[`${other}/z`, 'elsewhere']]);
    expect(await namedAt(publisher)).toEqual([[`${at}/z`, 'elsewhere']]);
    expect(await subscriber.get(`${at}/y`)).toBe(card('Beside', '1'));
    expect(await syncBoth(pair)).toEqual([1, 1]);
  });

  it('are one of each again when one is made anew with another id', async () => {
    const pair = await crossedPair();
    const { publisher, subscriber, wire } = pair;
    await syncBoth(pair);
    await subscriber.remove(`${other}/z`);
    await subscriber.put(`${other}/other-z`, card('Other', '2'));
    await sync(subscriber, 'Repository', wire, { slow: true });
    await sync(publisher, 'Other', wire, { slow: true });
    for (let round = 0; round < 2; round += 1) await syncBoth(pair);
    for (const site of [publisher, subscriber]) {
      expect(await site.get(`${at}/z`)).toBe(card('Repository', '1'));
      expect(await site.get(`${other}/other-z`)).toBe(card('Other', '2'));
      expect(await namedAt(site)).toEqual([]);
    }
    expect(await syncBoth(pair)).toEqual([1, 1]);
  });

  it.each(['publisher', 'subscriber'] as const)(
    'stand each where it was made, where an earlier one had come, and was deleted by the %s',
    async (who) => {
      const pair = await seedPair();
      const { publisher, subscriber, wire } = pair;
      await publisher.publish('Repository', at, { gidGenerator: 'id' });
      await subscriber.put(`${other}/first`, card('First', '1'));
      await subscriber.publish('Other', other, { gidGenerator: 'id' });
      await publisher.put(`${at}/z`, card('Repository', '1'));
      for (let round = 0; round < 2; round += 1) await sync(subscriber, 'Repository', wire);
      await pair[who].remove(`${at}/z`);
      for (let round = 0; round < 2; round += 1) await sync(subscriber, 'Repository', wire);
      await subscriber.put(`${other}/z`, card('Other', '1'));
      await publisher.put(`${at}/z`, card('Repository', '2'));
      for (let round = 0; round < 2; round += 1) await sync(subscriber, 'Repository', wire);
      expect((await sync(subscriber, 'Repository', wire)).traffic.requests).toBe(1);
      expect(await subscriber.get(`${other}/z`)).toBe(card('Other', '1'));
      expect(await publisher.get(`${at}/z`)).toBe(card('Repository', '2'));
      expect(await namedAt(subscriber)).toEqual([[`${other}/z`, 'elsewhere']]);
      await subscriber.remove(`${other}/z`);
      await sync(subscriber, 'Repository', wire, { slow: true });
      for (const site of [subscriber, publisher]) expect(await site.get(`${at}/z`)).toBe(card('Repository', '2'));
    },
  );

  it('are two: that one is deleted is nothing to the site that makes the other', async () => {
    const pair = await seedPair();
    const { publisher, subscriber, wire } = pair;
    await publisher.publish('Repository', at, { gidGenerator: 'id' });
    await subscriber.put(`${other}/first`, card('First', '1'));
    await subscriber.publish('Other', other, { gidGenerator: 'id' });
    for (let round = 0; round < 2; round += 1) await sync(subscriber, 'Repository', wire);
    await subscriber.put(`${other}/z`, card('Other', '1'));
    await subscriber.remove(`${other}/z`);
    await publisher.put(`${at}/z`, card('Repository', '1'));
    for (let round = 0; round < 2; round += 1) await sync(subscriber, 'Repository', wire);
    expect(await publisher.get(`${at}/z`)).toBe(card('Repository', '1'));
    expect(await subscriber.get(`${at}/z`)).toBe(card('Repository', '1'));
    expect(await publisher.context.store.countConflicts()).toBe(0);
  });

  it('hold nothing up, where the publisher was restored to before it had the subscriber’s, and has another with its gid', async () => {
    const { publisher: before, subscriber, clock, wire: first } = await seedPair();
    await before.put(`${other}/first`, card('First', '1'));
    for (const [id, path] of [
      ['Repository', at],
      ['Other', other],
    ] as const)
      await before.publish(id, path, { gidGenerator: 'id' });
    for (let round = 0; round < 2; round += 1) await sync(subscriber, 'Repository', first);
    const backup = files.backUp(before);
    await before.put(`${at}/z`, card('Repository', '1'));
    for (let round = 0; round < 2; round += 1) await sync(subscriber, 'Repository', first);
    const publisher = await restoredSite(before.context.site, clock, backup);
    const wire = new Wire(publisher, subscriber);
    await publisher.put(`${other}/z`, card('Other', '1'));
    for (let round = 0; round < 2; round += 1) await sync(subscriber, 'Repository', wire, { slow: true });
    const { traffic, sent } = await sync(subscriber, 'Repository', wire);
    expect([traffic.requests, sent.created]).toEqual([1, 0]);
    expect(await subscriber.get(`${at}/z`)).toBe(card('Repository', '1'));
    expect(await namedAt(subscriber)).toEqual([[`${at}/z`, 'refused']]);
    await publisher.remove(`${other}/z`);
    await sync(subscriber, 'Repository', wire, { slow: true });
    for (const site of [subscriber, publisher]) expect(await site.get(`${at}/z`)).toBe(card('Repository', '1'));
    expect(await namedAt(subscriber)).toEqual([]);
  });
});
