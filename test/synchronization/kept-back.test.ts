import { describe, expect, it } from 'vitest';
import { compare } from '../support/chains.ts';
import { HandClock } from '../support/memory-site.ts';
import { restoredSite, siteFiles } from '../support/site-files.ts';
import { card, sync, syncUnheard, TestSite, Wire } from '../support/synced-sites.ts';

const at = '/portal_repository';
const files = siteFiles();

interface Kept {
  readonly publisher: TestSite;
  readonly subscriber: TestSite;
  readonly wire: Wire;
  readonly clock: HandClock;
}

/** A subscriber of thirty-two cards. */
async function pairOfCards(): Promise<Kept> {
  const clock = new HandClock();
  const publisher = new TestSite('cps', clock, { file: files.file('cps') });
  const subscriber = new TestSite('cps_client', clock);
  await publisher.addAccount('sync', 'a:b');
  for (let n = 0; n < 32; n += 1) await publisher.put(`${at}/a${String(n)}`, card('A', '1'));
  await publisher.publish('Repository', at);
  await subscriber.subscribe('Repository', publisher, at);
  const wire = new Wire(publisher, subscriber);
  await sync(subscriber, 'Repository', wire);
  return { publisher, subscriber, wire, clock };
}

/** Both agree on where they stand, twice; then the publisher is backed up. */
async function agreedMeanwhile({ publisher, subscriber, wire }: Kept): Promise<string> {
  for (let n = 0; n < 2; n += 1) {
    await publisher.put(`${at}/other`, card('Other', String(n)));
    for (let round = 0; round < 2; round += 1) await sync(subscriber, 'Repository', wire);
  }
  return files.backUp(publisher);
}

describe('what was kept back while both agreed on where they stand, and went later', () => {
  it('goes again to a publisher that was restored to between the two: an edit that its mode kept back', async () => {
    const pair = await pairOfCards();
    const { publisher, subscriber, wire, clock } = pair;
    await subscriber.subscribe('Repository', publisher, at, { mode: 'pull' });
    await subscriber.put(`${at}/a1`, card('A', '2'));
    const backup = await agreedMeanwhile(pair);
    await subscriber.subscribe('Repository', publisher, at, { mode: 'two-way' });
    await sync(subscriber, 'Repository', wire);
    expect(await publisher.get(`${at}/a1`)).toBe(card('A', '2'));
    const restored = await restoredSite('cps', clock, backup);
    for (let round = 0; round < 2; round += 1) await compare(subscriber, new Wire(restored, subscriber));
    expect(await restored.get(`${at}/a1`)).toBe(card('A', '2'));
    expect(await subscriber.tree(at)).toEqual(await restored.tree(at));
  });

  it('goes again to a publisher that was restored to between the two: deletions that waited for permission', async () => {
    const pair = await pairOfCards();
    const { publisher, subscriber, wire, clock } = pair;
    for (let n = 0; n < 31; n += 1) await subscriber.remove(`${at}/a${String(n)}`);
    const backup = await agreedMeanwhile(pair);
    expect(Object.keys(await publisher.tree(at))).toHaveLength(33);
    await sync(subscriber, 'Repository', wire, { allowDeletions: 31 });
    expect(Object.keys(await publisher.tree(at))).toEqual(['/a31', '/other']);
    const restored = await restoredSite('cps', clock, backup);
    const newWire = new Wire(restored, subscriber);
    await compare(subscriber, newWire);
    for (let round = 0; round < 4; round += 1) await sync(subscriber, 'Repository', newWire, { allowDeletions: 31 });
    expect(Object.keys(await restored.tree(at))).toEqual(['/a31', '/other']);
    expect(await subscriber.tree(at)).toEqual(await restored.tree(at));
  });
});

describe('a deletion that a publisher took in before it was restored', () => {
  it('waits for permission once more in a comparison with such a publisher, and goes with it', async () => {
    const pair = await pairOfCards();
    const { publisher, subscriber, wire, clock } = pair;
    const backup = await agreedMeanwhile(pair);
    for (let n = 0; n < 31; n += 1) await subscriber.remove(`${at}/a${String(n)}`);
    await sync(subscriber, 'Repository', wire, { allowDeletions: 31 });
    expect(Object.keys(await publisher.tree(at))).toEqual(['/a31', '/other']);
    const restored = await restoredSite('cps', clock, backup);
    const newWire = new Wire(restored, subscriber);
    expect((await sync(subscriber, 'Repository', newWire, { slow: true })).waiting?.for).toBe('permission');
    await sync(subscriber, 'Repository', newWire, { allowDeletions: 31 });
    expect(Object.keys(await restored.tree(at))).toEqual(['/a31', '/other']);
  });
});

describe('what waited for permission with a folder that had left the query, and is published again in a sync that broke off', () => {
  it('goes from the subscriber with the folder when that is deleted', async () => {
    const { publisher, subscriber, wire } = await pairOfCards();
    await publisher.publish('Repository', at, { query: './title != "red"' });
    await publisher.put(`${at}/f/z`, card('Z', '1'));
    await publisher.put(`${at}/f`, card('F', '1'));
    await sync(subscriber, 'Repository', wire);
    for (const id of ['f', ...Array.from({ length: 31 }, (_, n) => `a${String(n)}`)])
      await publisher.put(`${at}/${id}`, card('red', '1'));
    for (let round = 0; round < 2; round += 1) await sync(subscriber, 'Repository', wire);
    await publisher.put(`${at}/f`, card('F', '2'));
    await syncUnheard(subscriber, wire);
    await publisher.remove(`${at}/f`);
    for (const restart of [true, false]) await sync(subscriber, 'Repository', wire, { restart, allowDeletions: 40 });
    expect(Object.keys(await subscriber.tree(at))).toEqual(['/a31']);
  });
});
