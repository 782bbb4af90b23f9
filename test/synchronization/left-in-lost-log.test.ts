import { beforeEach, describe, expect, it } from 'vitest';
import { TransportError } from '../../src/errors/concord-error.ts';
import { restoredSite, siteFiles } from '../support/site-files.ts';
import { chainOf, compareAll } from '../support/chains.ts';
import { HandClock } from '../support/memory-site.ts';
import { card, sync, TestSite, Wire } from '../support/synced-sites.ts';
import type { StoredSites } from './stored-sites.ts';
import { at, openSites, replace } from './stored-sites.ts';

const files = siteFiles();
const query = './title != "red"';
let sites: StoredSites;
/** The publisher's, from before the two had ever met. */
let oldest: string;

beforeEach(async () => {
  sites = await openSites(files, { names: ['A'] });
  await sites.publisher.publish('Repository', at, { query });
  oldest = files.backUp(sites.publisher);
  const subscriber = new TestSite('client', sites.clock, { file: files.file('client') });
  await subscriber.subscribe('Repository', sites.publisher, at);
  replace(sites, 'subscriber', subscriber);
  await rest();
});

/** Synchronises until there is nothing left to say or to remember, and shows what the subscriber has then. */
async function rest(): Promise<readonly string[]> {
  const { publisher, subscriber, wire } = sites;
  for (let round = 0; round < 3; round += 1) {
    await sync(subscriber, 'Repository', wire);
    const { waiting } = (await subscriber.context.store.subscription('Repository'))?.state ?? {};
    if (waiting?.for === 'comparison') await sync(subscriber, 'Repository', wire, { plan: waiting.plan });
  }
  expect((await sync(subscriber, 'Repository', wire)).traffic.requests).toBe(1);
  const { peer = 0 } = (await subscriber.context.store.subscription('Repository')) ?? {};
  expect(await subscriber.context.store.countExceptions(peer)).toBe(0);
  for (const row of await publisher.context.store.subscribers('Repository'))
    expect(await publisher.context.store.countExceptions(row.peer)).toBe(0);
  return Object.keys(await subscriber.tree(at));
}

async function restorePublisher(file: string): Promise<void> {
  replace(sites, 'publisher', await restoredSite('cps', sites.clock, file));
}

/** The subscriber makes what leaves it at once, and the publisher loses it. */
async function loseWhatLeft(file: string): Promise<void> {
  await sites.subscriber.put(`${at}/x`, card('red', '1'), 'simon');
  expect(await rest()).toEqual(['/a']);
  expect(await sites.publisher.get(`${at}/x`)).toBe(card('red', '1'));
  await restorePublisher(file);
  expect(await sites.publisher.get(`${at}/x`)).toBeUndefined();
}

describe('what had left a subscriber, of a publisher that was restored to before it had it', () => {
  it('comes back to the publisher, and stays away from the subscriber', async () => {
    await loseWhatLeft(files.backUp(sites.publisher));
    expect(await rest()).toEqual(['/a']);
    expect(await sites.publisher.get(`${at}/x`)).toBe(card('red', '1'));
  });

  it('comes back to it, too, where both have no checkpoint in common', async () => {
    await loseWhatLeft(oldest);
    expect(await rest()).toEqual(['/a']);
    expect(await sites.publisher.get(`${at}/x`)).toBe(card('red', '1'));
  });

  it('comes back to both where the query takes it in by then', async () => {
    await loseWhatLeft(files.backUp(sites.publisher));
    await sites.publisher.publish('Repository', at, { query: 'objectValues' });
    expect(await rest()).toEqual(['/a', '/x']);
    expect(await sites.subscriber.tree(at)).toEqual(await sites.publisher.tree(at));
  });

  it('comes with what stands below it, and left with it', async () => {
    const file = files.backUp(sites.publisher);
    await sites.subscriber.put(`${at}/x`, card('red', '1'));
    await sites.subscriber.put(`${at}/x/y`, card('y', '1'));
    expect(await rest()).toEqual(['/a']);
    await restorePublisher(file);
    expect(await rest()).toEqual(['/a']);
    expect(Object.keys(await sites.publisher.tree(at))).toEqual(['/a', '/x', '/x/y']);
  });

  it('comes with the next session where the first one after that broke off', async () => {
    await loseWhatLeft(files.backUp(sites.publisher));
    const first = sites.wire.requests + 1;
    sites.wire.fault = (where, count) => {
      if (where === 'answer' && count >= first + 1) throw new TransportError('CON-T001', 'broken off');
    };
    await expect(sync(sites.subscriber, 'Repository', sites.wire)).rejects.toMatchObject({ code: 'CON-T001' });
    sites.wire.fault = () => undefined;
    expect(await rest()).toEqual(['/a']);
    expect(await sites.publisher.get(`${at}/x`)).toBe(card('red', '1'));
  });

  it('stays deleted where another subscriber has deleted it meanwhile', async () => {
    const { gid } = await sites.subscriber.put(`${at}/x`, card('green', '1'));
    await rest();
    const other = new TestSite('other', sites.clock, { file: files.file('other') });
    await other.subscribe('Repository', sites.publisher, at);
    await sync(other, 'Repository', new Wire(sites.publisher, other));
    await sites.subscriber.put(`${at}/x`, card('red', '1'));
    expect(await rest()).toEqual(['/a']);
    await sites.publisher.put(`${at}/x`, card('green', '2'));
    await sync(other, 'Repository', new Wire(sites.publisher, other));
    await other.remove(`${at}/x`);
    await sync(other, 'Repository', new Wire(sites.publisher, other));
    await restorePublisher(oldest);
    expect(await rest()).toEqual(['/a']);
    const wire = new Wire(sites.publisher, other);
    for (let round = 0; round < 2; round += 1) {
      await sync(other, 'Repository', wire);
      const { waiting } = (await other.context.store.subscription('Repository'))?.state ?? {};
      if (waiting?.for === 'comparison') await sync(other, 'Repository', wire, { plan: waiting.plan });
    }
    expect(await rest()).toEqual(['/a']);
    expect((await sites.publisher.context.store.current([gid])).get(gid)?.state).not.toBe('present');
  });
});

describe('what had left a subscriber, of a publisher that has it all the same', () => {
  it('is told, and changes nothing: neither an edit that was made there since nor a deletion', async () => {
    await sites.subscriber.put(`${at}/x`, card('red', '1'));
    await sites.subscriber.put(`${at}/y`, card('red', '1'));
    await sync(sites.subscriber, 'Repository', sites.wire);
    const file = files.backUp(sites.publisher);
    await rest();
    await restorePublisher(file);
    await sites.publisher.put(`${at}/x`, card('red', '2'), 'paula');
    await sites.publisher.remove(`${at}/y`);
    expect(await rest()).toEqual(['/a']);
    expect(await sites.publisher.get(`${at}/x`)).toBe(card('red', '2'));
    expect(await sites.publisher.get(`${at}/y`)).toBeUndefined();
    expect(await sites.publisher.context.store.countConflicts()).toBe(0);
  });

  it('is not told where the checkpoint that both go back to has it', async () => {
    await sites.subscriber.put(`${at}/x`, card('red', '1'));
    await rest();
    await restorePublisher(files.backUp(sites.publisher));
    const before = sites.wire.exchanges.length;
    await sync(sites.subscriber, 'Repository', sites.wire);
    const said = sites.wire.exchanges.slice(before).map(({ request }) => request);
    expect(said.join('')).not.toMatch(/<(Add|Replace|Delete)>/);
  });
});

describe('what both had before they met, of a publisher that was restored', () => {
  async function strangers() {
    const clock = new HandClock();
    const publisher = new TestSite('cps', clock, { file: files.file('met') });
    const subscriber = new TestSite('cps_client', clock);
    await publisher.addAccount('sync', 'a:b');
    for (const site of [publisher, subscriber]) await site.put(`${at}/a`, card('A', '1'));
    await publisher.publish('Repository', at);
    await subscriber.subscribe('Repository', publisher, at);
    return { clock, publisher, subscriber };
  }

  it('is not told once more under the gid that it had at the subscriber before they met, and stands there once', async () => {
    const { clock, publisher, subscriber } = await strangers();
    const backup = files.backUp(publisher);
    await sync(subscriber, 'Repository', new Wire(publisher, subscriber));
    const restored = await restoredSite('cps', clock, backup);
    await compareAll([subscriber], new Wire(restored, subscriber));
    for (const site of [restored, subscriber]) expect(Object.keys(await site.tree(at))).toEqual(['/a']);
  });

  it('asks nothing about what was edited there since: both had agreed on what it was', async () => {
    const { clock, publisher, subscriber } = await strangers();
    const wire = new Wire(publisher, subscriber);
    await sync(subscriber, 'Repository', wire);
    const backup = files.backUp(publisher);
    await subscriber.put(`${at}/a`, card('A', '2'));
    await sync(subscriber, 'Repository', wire);
    const restored = await restoredSite('cps', clock, backup);
    await sync(subscriber, 'Repository', new Wire(restored, subscriber), { slow: true });
    await compareAll([subscriber], new Wire(restored, subscriber));
    for (const site of [restored, subscriber]) expect(await site.get(`${at}/a`)).toBe(card('A', '2'));
    expect(await restored.context.store.countConflicts()).toBe(0);
  });
});

describe('what a leaf did to an object that its hub has lost, and that has left the top', () => {
  /** The leaf does something to what the top changes so that the query leaves it out, and the hub is restored to before it had the object. */
  async function hubWithout(deed: (leaf: TestSite) => Promise<unknown>) {
    const clock = new HandClock();
    const [top, leaf] = [new TestSite('top', clock), new TestSite('leaf', clock)];
    const hub = new TestSite('hub', clock, { file: files.file('hub') });
    await top.put(`${at}/t`, card('T', '1'));
    const wire = await chainOf(at, [top, hub, leaf]);
    await top.publish('Repository', at, { query });
    await compareAll([hub, leaf], wire);
    const backup = files.backUp(hub);
    await leaf.put(`${at}/x`, card('X', '1'));
    await compareAll([leaf, hub], wire);
    await top.put(`${at}/x`, card('red', '1'));
    await deed(leaf);
    const restored = await restoredSite('hub', clock, backup);
    const again = new Wire(top, restored, leaf);
    const rest = async (): Promise<void> => compareAll([leaf, restored], again);
    await rest();
    expect(await restored.get(`${at}/x`)).toBeUndefined();
    expect(await leaf.get(`${at}/x`)).toBeUndefined();
    return { top, hub: restored, leaf, rest };
  }

  it('meets it, where it is a deletion, when it is published again', async () => {
    const { top, hub, leaf, rest } = await hubWithout((site) => site.remove(`${at}/x`));
    expect(await top.get(`${at}/x`)).toBe(card('red', '1'));
    await top.put(`${at}/x`, card('X again', '1'));
    await rest();
    for (const site of [hub, leaf]) {
      expect(await site.get(`${at}/x`)).toBe(card('X again', '1'));
      const open = await site.context.store.conflicts({ state: 'open' });
      expect(open.map(({ field }) => field)).toEqual(['existence']);
    }
  });

  it('comes to the top at once, where it is an edit', async () => {
    const { top } = await hubWithout((site) => site.put(`${at}/x`, card('X', '2')));
    expect(await top.get(`${at}/x`)).toBe(card('red', '2'));
  });
});
