import { describe, expect, it } from 'vitest';
import type { Exception } from '../../src/synchronization/exception.ts';
import { resolveConflicts } from '../../src/use-cases/exchange/resolve-conflict.ts';
import { compare } from '../support/chains.ts';
import { HandClock } from '../support/memory-site.ts';
import { restoredSite, siteFiles } from '../support/site-files.ts';
import type { Pair } from '../support/synced-sites.ts';
import { card, manager, seedPair, sync, syncUnheard, TestSite, Wire } from '../support/synced-sites.ts';

const at = '/portal_repository';
const files = siteFiles();

async function agreedPair(): Promise<Pair> {
  const pair = await seedPair();
  await pair.publisher.put(`${at}/p`, card('P', '1'));
  await sync(pair.subscriber, 'Repository', pair.wire);
  return pair;
}

/** The first sync was cut off when the subscriber had the publisher's object, which is deleted since. */
async function deletedSince(terms?: Parameters<typeof seedPair>[0]): Promise<Pair> {
  const pair = await seedPair(terms);
  const { publisher, subscriber, wire } = pair;
  await publisher.put(`${at}/p`, card('P', '1'));
  await syncUnheard(subscriber, wire, 2);
  expect(await subscriber.get(`${at}/p`)).toBe(card('P', '1'));
  await publisher.remove(`${at}/p`);
  return pair;
}

async function mayPush({ publisher }: Pair, mayPush: 'everyone' | readonly string[]): Promise<void> {
  await publisher.publish('Repository', at, { mayPush });
}

async function keptAtPublisher({ publisher }: Pair): Promise<readonly Exception[]> {
  const [row] = await publisher.context.store.subscribers('Repository');
  return [...(await publisher.context.store.exceptions(row?.peer ?? 0)).values()];
}

async function exceptionsOf({ subscriber }: Pair): Promise<readonly string[]> {
  const peer = (await subscriber.context.store.subscription('Repository'))?.peer ?? 0;
  return [...(await subscriber.context.store.exceptions(peer)).values()].map(({ reason }) => reason);
}

it.each([{ mode: 'pull' }, { strategy: ['create', 'delete'] }] as const)(
  'a subscriber that keeps its edits back is told of a deletion after a first sync that was broken off: %o',
  async (terms) => {
    const { publisher, subscriber, wire } = await deletedSince(terms);
    for (const options of [{ restart: true }, {}]) await sync(subscriber, 'Repository', wire, options);
    expect(await subscriber.tree(at)).toEqual(await publisher.tree(at));
    const { peer = 0 } = (await subscriber.context.store.subscription('Repository')) ?? {};
    expect(await subscriber.context.store.countExceptions(peer)).toBe(0);
  },
);

describe('what a subscriber has edited and may not give back, when nothing was agreed on yet', () => {
  it.each([{ mayPush: [] }, { mode: 'pull' }, { strategy: ['create', 'delete'] }] as const)(
    'goes when the publisher has deleted it: %o',
    async (kept) => {
      const isRight = 'mayPush' in kept;
      const pair = await seedPair(isRight ? {} : kept);
      const { publisher, subscriber, wire } = pair;
      await publisher.put(`${at}/p`, card('P', '1'));
      await sync(subscriber, 'Repository', wire);
      if (isRight) await mayPush(pair, []);
      await subscriber.put(`${at}/p`, card('P', '2'));
      await publisher.remove(`${at}/p`);
      for (let round = 0; round < 2; round += 1) await sync(subscriber, 'Repository', wire, { slow: round === 0 });
      expect(await subscriber.tree(at)).toEqual(await publisher.tree(at));
      expect(await exceptionsOf(pair)).toEqual([]);
      expect(await keptAtPublisher(pair)).toEqual([]);
    },
  );
});

describe('a subscriber that may not push', () => {
  it('does not take the publisher’s old version for an edit of its own', async () => {
    const pair = await agreedPair();
    await pair.publisher.put(`${at}/p`, '<object portal_type="Person"><title type="string">P</title></object>');
    await mayPush(pair, []);
    for (let round = 0; round < 3; round += 1) await sync(pair.subscriber, 'Repository', pair.wire);
    expect(await pair.subscriber.get(`${at}/p`)).not.toContain('phone');
    expect(await exceptionsOf(pair)).toEqual([]);
  });

  it.each([true, false])(
    'is told of a deletion after a first sync that was broken off; may pull: %s',
    async (pulls) => {
      const pair = await deletedSince();
      const { publisher, subscriber, wire } = pair;
      await publisher.publish('Repository', at, { mayPush: [], mayPull: pulls ? 'everyone' : [] });
      for (const options of [{ restart: true }, {}]) await sync(subscriber, 'Repository', wire, options);
      expect(await subscriber.get(`${at}/p`)).toBe(pulls ? undefined : card('P', '1'));
      expect(await keptAtPublisher(pair)).toMatchObject(pulls ? [] : [{ reason: 'withheld', by: 'right' }]);
    },
  );

  it('may not pull either: a deletion of what it has edited is kept back, until it may', async () => {
    const pair = await agreedPair();
    const { publisher, subscriber, wire } = pair;
    await publisher.publish('Repository', at, { mayPush: [], mayPull: [] });
    await subscriber.put(`${at}/p`, card('P', '2'));
    await sync(subscriber, 'Repository', wire);
    await subscriber.put(`${at}/p`, card('P', '1'));
    await publisher.remove(`${at}/p`);
    for (let round = 0; round < 2; round += 1) await sync(subscriber, 'Repository', wire);
    expect(await keptAtPublisher(pair)).toContainEqual(expect.objectContaining({ reason: 'withheld', by: 'right' }));
    await publisher.publish('Repository', at, { mayPush: 'everyone', mayPull: 'everyone' });
    for (let round = 0; round < 2; round += 1) await sync(subscriber, 'Repository', wire);
    expect(await subscriber.tree(at)).toEqual(await publisher.tree(at));
    expect(await publisher.context.store.countConflicts()).toBe(0);
  });

  it('deletes nothing at the publisher by a refresh, and gets what is there', async () => {
    const pair = await agreedPair();
    const { publisher, subscriber, wire } = pair;
    await subscriber.put(`${at}/mine`, card('Mine', '1'));
    await publisher.put(`${at}/p`, card('P', '2'));
    await publisher.put(`${at}/new`, card('New', '1'));
    await mayPush(pair, []);
    await sync(subscriber, 'Repository', wire, { refreshFrom: 'subscriber' });
    expect(await publisher.get(`${at}/p`)).toBe(card('P', '2'));
    expect(await publisher.get(`${at}/new`)).toBe(card('New', '1'));
    for (let round = 0; round < 2; round += 1) await sync(subscriber, 'Repository', wire);
    const { '/mine': mine, ...rest } = await subscriber.tree(at);
    expect(mine).toContain('Mine');
    expect(rest).toEqual(await publisher.tree(at));
    expect(await exceptionsOf(pair)).toEqual(['withheld']);
  });

  it('sends what was refused only once', async () => {
    const pair = await agreedPair();
    await mayPush(pair, []);
    await sync(pair.subscriber, 'Repository', pair.wire);
    await pair.subscriber.put(`${at}/p`, card('P', 'not for you'));
    await sync(pair.subscriber, 'Repository', pair.wire);
    const before = pair.wire.exchanges.length;
    await sync(pair.subscriber, 'Repository', pair.wire);
    expect(pair.wire.exchanges.slice(before).map(({ request }) => request.includes('not for you'))).toEqual([false]);
    expect(await exceptionsOf(pair)).toEqual(['withheld']);
  });

  it('merges on what both had agreed on, when it may push again', async () => {
    const pair = await agreedPair();
    await mayPush(pair, []);
    await pair.subscriber.put(`${at}/p`, card('P', '2'));
    await sync(pair.subscriber, 'Repository', pair.wire);
    await mayPush(pair, 'everyone');
    for (let round = 0; round < 2; round += 1) await sync(pair.subscriber, 'Repository', pair.wire);
    expect(await pair.publisher.get(`${at}/p`)).toContain('>2<');
    expect(await pair.publisher.context.store.countConflicts()).toBe(0);
    expect(await exceptionsOf(pair)).toEqual([]);
  });

  it('gives up what the publisher has deleted, even when that leaves it with nothing', async () => {
    const pair = await seedPair();
    await pair.subscriber.put(`${at}/own`, card('Own', '1'));
    for (let round = 0; round < 2; round += 1) await sync(pair.subscriber, 'Repository', pair.wire);
    await mayPush(pair, []);
    await pair.publisher.remove(`${at}/own`);
    await pair.publisher.remove(`${at}/first`);
    for (let round = 0; round < 2; round += 1) await sync(pair.subscriber, 'Repository', pair.wire);
    expect(await pair.subscriber.tree(at)).toEqual({});
    expect(await exceptionsOf(pair)).toEqual([]);
  });

  it('keeps back a deletion that it makes after the right was taken, and it flows when the right comes back', async () => {
    const pair = await agreedPair();
    await sync(pair.subscriber, 'Repository', pair.wire);
    await mayPush(pair, []);
    await pair.subscriber.remove(`${at}/p`);
    for (let round = 0; round < 2; round += 1) await sync(pair.subscriber, 'Repository', pair.wire);
    expect(await pair.publisher.get(`${at}/p`)).toContain('>1<');
    expect(await exceptionsOf(pair)).toEqual(['withheld']);
    await mayPush(pair, 'everyone');
    for (let round = 0; round < 2; round += 1) await sync(pair.subscriber, 'Repository', pair.wire);
    expect(await pair.publisher.get(`${at}/p`)).toBeUndefined();
    expect(await exceptionsOf(pair)).toEqual([]);
  });

  it('forgets what it kept back of what is gone again', async () => {
    const pair = await agreedPair();
    await mayPush(pair, []);
    await sync(pair.subscriber, 'Repository', pair.wire);
    await pair.subscriber.put(`${at}/q`, card('Q', '1'));
    await sync(pair.subscriber, 'Repository', pair.wire);
    expect(await exceptionsOf(pair)).toEqual(['withheld']);
    await pair.subscriber.remove(`${at}/q`);
    await sync(pair.subscriber, 'Repository', pair.wire);
    expect(await exceptionsOf(pair)).toEqual([]);
  });
});

describe('a subscriber that may push again, of a publisher that was restored', () => {
  async function filedPair() {
    const clock = new HandClock();
    const publisher = new TestSite('cps', clock, { file: files.file('cps') });
    const subscriber = new TestSite('cps_client', clock);
    await publisher.addAccount('sync', 'a:b');
    await publisher.put(`${at}/first`, card('First', '1'));
    await publisher.publish('Repository', at);
    await subscriber.subscribe('Repository', publisher, at);
    const wire = new Wire(publisher, subscriber);
    return { publisher, subscriber, meet: async () => sync(subscriber, 'Repository', wire) };
  }

  /** The publisher as it was: the subscriber may not push at first, and then may; either is looked at. */
  async function restored(subscriber: TestSite, backup: string, look: (site: TestSite, may: boolean) => Promise<void>) {
    const site = await restoredSite('cps', subscriber.clock, backup);
    for (const mayPush of [[], 'everyone'] as const) {
      await site.publish('Repository', at, { mayPush });
      for (let round = 0; round < 2; round += 1) await compare(subscriber, new Wire(site, subscriber));
      await look(site, mayPush === 'everyone');
    }
    return site;
  }

  it('gives it what it has lost', async () => {
    const { publisher, subscriber, meet } = await filedPair();
    const backup = files.backUp(publisher);
    await publisher.put(`${at}/p`, card('P', '1'));
    await meet();
    await restored(subscriber, backup, async (site, may) => {
      expect(await subscriber.get(`${at}/p`)).toBe(card('P', '1'));
      expect(await site.get(`${at}/p`)).toBe(may ? card('P', '1') : undefined);
    });
  });

  it('gives it the conflicts that it has lost', async () => {
    const { publisher, subscriber, meet } = await filedPair();
    await meet();
    await publisher.put(`${at}/first`, card('First', '2'));
    const backup = files.backUp(publisher);
    await subscriber.put(`${at}/first`, card('First', '3'));
    await meet();
    const site = await restored(subscriber, backup, async ({ context }, may) => {
      expect(await context.store.countConflicts({ state: 'open' })).toBe(may ? 1 : 0);
      expect(await subscriber.context.store.countConflicts({ state: 'open' })).toBe(1);
    });
    const [conflict] = await site.context.store.conflicts({ state: 'open' });
    await resolveConflicts(site.context, manager, { ids: [conflict?.id ?? ''], keep: 'subscriber' });
    await sync(subscriber, 'Repository', new Wire(site, subscriber));
    expect(await subscriber.get(`${at}/first`)).toBe(card('First', '3'));
    expect(await subscriber.context.store.countConflicts({ state: 'open' })).toBe(0);
  });
});

describe('a subscriber below a query', () => {
  it('drops what it has made and the query leaves out, when the publisher has it', async () => {
    const { publisher, subscriber, wire } = await seedPair();
    await publisher.publish('Repository', at, { query: './title != "red"' });
    await sync(subscriber, 'Repository', wire);
    await subscriber.put(`${at}/red`, card('red', '1'));
    await subscriber.put(`${at}/blue`, card('blue', '1'));
    for (let round = 0; round < 2; round += 1) await sync(subscriber, 'Repository', wire);
    await subscriber.put(`${at}/blue`, card('red', '2'));
    for (let round = 0; round < 2; round += 1) await sync(subscriber, 'Repository', wire);
    expect(Object.keys(await publisher.tree(at))).toEqual(['/blue', '/first', '/red']);
    expect(Object.keys(await subscriber.tree(at))).toEqual(['/first']);
  });

  it('gets what it has made and dropped back, when the query takes it in', async () => {
    const { publisher, subscriber, wire } = await seedPair();
    await publisher.publish('Repository', at, { query: './title != "red"' });
    await sync(subscriber, 'Repository', wire);
    await subscriber.put(`${at}/red`, card('red', '1'));
    for (let round = 0; round < 2; round += 1) await sync(subscriber, 'Repository', wire);
    await publisher.publish('Repository', at, { query: 'objectValues' });
    for (let round = 0; round < 2; round += 1) await sync(subscriber, 'Repository', wire);
    expect(await subscriber.tree(at)).toEqual(await publisher.tree(at));
    expect(await subscriber.get(`${at}/red`)).toBe(card('red', '1'));
  });
});
