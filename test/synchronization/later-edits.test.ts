import { describe, expect, it } from 'vitest';
import { HandClock } from '../support/memory-site.ts';
import { restoredSite, siteFiles } from '../support/site-files.ts';
import type { Pair } from '../support/synced-sites.ts';
import { card, haveMet, seedPair, sync, TestSite, Wire } from '../support/synced-sites.ts';

const at = '/portal_repository';
const files = siteFiles();

describe('a refresh from the publisher', () => {
  it('gives back what the subscriber itself had made, as the publisher has it', async () => {
    const { publisher, subscriber, wire } = await seedPair();
    await subscriber.put(`${at}/own`, card('Own', '1'));
    for (let round = 0; round < 2; round += 1) await sync(subscriber, 'Repository', wire);
    await subscriber.put(`${at}/own`, card('Own', '2'));
    await sync(subscriber, 'Repository', wire, { refreshFrom: 'publisher' });
    expect(await subscriber.get(`${at}/own`)).toBe(card('Own', '1'));
    await sync(subscriber, 'Repository', wire);
    expect(await subscriber.tree(at)).toEqual(await publisher.tree(at));
  });
});

describe('a refresh from the subscriber', () => {
  it('brings back what the subscriber had sent, though it was changed since', async () => {
    const { publisher, subscriber, wire } = await seedPair();
    await subscriber.put(`${at}/own`, card('Own', '1'));
    for (let round = 0; round < 2; round += 1) await sync(subscriber, 'Repository', wire);
    await publisher.put(`${at}/own`, card('Own', '2'));
    await sync(subscriber, 'Repository', wire, { refreshFrom: 'subscriber' });
    expect(await publisher.get(`${at}/own`)).toBe(card('Own', '1'));
    await sync(subscriber, 'Repository', wire);
    expect(await subscriber.tree(at)).toEqual(await publisher.tree(at));
  });

  it('brings back what was deleted at the publisher', async () => {
    const { publisher, subscriber, wire } = await seedPair();
    await subscriber.put(`${at}/own`, card('Own', '1'));
    for (let round = 0; round < 2; round += 1) await sync(subscriber, 'Repository', wire);
    await publisher.remove(`${at}/own`);
    await sync(subscriber, 'Repository', wire, { refreshFrom: 'subscriber' });
    await sync(subscriber, 'Repository', wire);
    expect(await publisher.get(`${at}/own`)).toBe(card('Own', '1'));
    expect(await subscriber.tree(at)).toEqual(await publisher.tree(at));
  });
});

describe('a comparison of logs that have no version in common', () => {
  /** A publisher brought back from a backup in which `a` was 1; the subscriber has had 2 from it. */
  async function restoredPair(): Promise<Pair> {
    const clock = new HandClock();
    const publisher = new TestSite('cps', clock, { file: files.file('cps') });
    const subscriber = new TestSite('cps_client', clock);
    await publisher.addAccount('sync', 'a:b');
    await publisher.put(`${at}/a`, card('A', '1'));
    await publisher.publish('Repository', at);
    const backup = files.backUp(publisher);
    await publisher.put(`${at}/a`, card('A', '2'));
    await subscriber.subscribe('Repository', publisher, at);
    await sync(subscriber, 'Repository', new Wire(publisher));
    const restored = await restoredSite('cps', clock, backup);
    return { publisher: restored, subscriber, wire: new Wire(restored), clock };
  }

  async function compare({ subscriber, wire }: Pair): Promise<void> {
    const { waiting } = await sync(subscriber, 'Repository', wire);
    await sync(subscriber, 'Repository', wire, waiting?.for === 'comparison' ? { plan: waiting.plan } : {});
  }

  it('takes the value that was made on the other’s for the later one', async () => {
    const pair = await restoredPair();
    await compare(pair);
    expect(await pair.publisher.get(`${at}/a`)).toBe(card('A', '2'));
    expect(await pair.publisher.context.store.countConflicts()).toBe(0);
  });

  it('deletes what the deleter had seen all of', async () => {
    const pair = await restoredPair();
    await pair.subscriber.remove(`${at}/a`);
    await compare(pair);
    expect(await pair.publisher.tree(at)).toEqual({});
    expect(await pair.publisher.context.store.countConflicts()).toBe(0);
  });
});

describe('a comparison that a new query asks for', () => {
  it('keeps the text of an element that was taken away at the publisher', async () => {
    const { publisher, subscriber, wire } = await seedPair();
    await publisher.put(`${at}/a`, card('A', '1'));
    await subscriber.put(`${at}/b`, card('B', '1'));
    for (let round = 0; round < 2; round += 1) await sync(subscriber, 'Repository', wire);
    await publisher.put(`${at}/b`, card('B', '2'));
    await sync(subscriber, 'Repository', wire);
    await publisher.put(`${at}/b`, '<object portal_type="Person"><title type="string">B</title></object>');
    await publisher.publish('Repository', at, { query: './title != "red"' });
    await subscriber.put(`${at}/b`, card('B', '3'));
    for (let round = 0; round < 2; round += 1) await sync(subscriber, 'Repository', wire);
    const conflicts = await publisher.context.store.conflicts({ state: 'open' });
    expect(conflicts.map((conflict) => conflict.subscriber.value ?? '')).toEqual([expect.stringContaining('>3<')]);
  });
});

describe('a publisher restored to before a conflict', () => {
  it('gets it back from the subscriber, with the value that did not stand', async () => {
    const clock = new HandClock();
    const publisher = new TestSite('cps', clock, { file: files.file('cps') });
    const subscriber = new TestSite('cps_client', clock);
    await haveMet(publisher, subscriber);
    await publisher.put(`${at}/a`, card('A', 'of the publisher'));
    const backup = files.backUp(publisher);
    await subscriber.put(`${at}/a`, card('A', 'of the subscriber'));
    for (let round = 0; round < 2; round += 1) await sync(subscriber, 'Repository', new Wire(publisher));
    const [lost] = await publisher.context.store.conflicts();
    const restored = await restoredSite('cps', clock, backup);
    for (let round = 0; round < 3; round += 1) await sync(subscriber, 'Repository', new Wire(restored));
    const kept = await restored.context.store.conflicts({ role: 'publisher' });
    expect(kept.map(({ id, subscriber: { value } }) => [id, value])).toEqual([[lost?.id, 'of the subscriber']]);
    expect(await restored.tree(at)).toEqual(await subscriber.tree(at));
  });
});
