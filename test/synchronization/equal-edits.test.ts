import { describe, expect, it } from 'vitest';
import type { Settlement } from '../../src/use-cases/exchange/resolve-conflict.ts';
import { resolveConflicts } from '../../src/use-cases/exchange/resolve-conflict.ts';
import { chainOf, compareAll } from '../support/chains.ts';
import { HandClock } from '../support/memory-site.ts';
import { restoredSite, siteFiles } from '../support/site-files.ts';
import type { Pair } from '../support/synced-sites.ts';
import { card, manager, seedPair, sync, syncUnheard, TestSite, Wire } from '../support/synced-sites.ts';

const at = '/portal_repository';
const files = siteFiles();

type Two = Pick<Pair, 'publisher' | 'subscriber' | 'wire'>;

function withMail(text: string): string {
  return text.replace('</object>', '<mail type="string">a@example.org</mail></object>');
}

async function settle({ publisher, subscriber, wire }: Two): Promise<void> {
  for (let round = 0; round < 2; round += 1) await sync(subscriber, 'Repository', wire);
  expect(await subscriber.tree(at)).toEqual(await publisher.tree(at));
}

describe('two deletions of one object, whose gid is its id, of which the publisher made another', () => {
  async function pairWithCard(): Promise<Pair> {
    const pair = await seedPair();
    await pair.publisher.publish('Repository', at, { gidGenerator: 'id' });
    await pair.publisher.put(`${at}/a`, card('A', '1'));
    await settle(pair);
    return pair;
  }

  it('are one deletion: the new object stays, and nobody is asked', async () => {
    const pair = await pairWithCard();
    const { publisher, subscriber } = pair;
    await subscriber.remove(`${at}/a`);
    await publisher.remove(`${at}/a`);
    await publisher.put(`${at}/a`, card('New', '2'));
    await settle(pair);
    expect(await subscriber.get(`${at}/a`)).toBe(card('New', '2'));
    expect(await publisher.context.store.countConflicts()).toBe(0);
  });

  it('are one also where the deleter had sent an edit, and not heard that it had been kept for a while', async () => {
    const pair = await pairWithCard();
    const { publisher, subscriber, wire } = pair;
    await publisher.put(`${at}/a`, card('B', '1'));
    await subscriber.put(`${at}/a`, card('A', '2'));
    await publisher.remove(`${at}/a`);
    await syncUnheard(subscriber, wire);
    const open = await publisher.context.store.conflicts({ state: 'open' });
    await resolveConflicts(publisher.context, manager, { ids: open.map(({ id }) => id), keep: 'subscriber' });
    await publisher.put(`${at}/a`, card('New', '3'));
    await subscriber.remove(`${at}/a`);
    await settle(pair);
    expect(await subscriber.get(`${at}/a`)).toBe(card('New', '3'));
    expect(await publisher.context.store.countConflicts({ state: 'open' })).toBe(0);
  });

  it.each([
    ['sent nothing', { sends: false, hearsBoth: false }],
    ['sent an edit of its own', { sends: true, hearsBoth: false }],
    ['heard of one after the other', { sends: false, hearsBoth: true }],
  ])('are one at a leaf, too, whose hub had %s', async (_, { sends, hearsBoth }) => {
    const clock = new HandClock();
    const [top, hub, leaf] = [new TestSite('top', clock), new TestSite('hub', clock), new TestSite('leaf', clock)];
    const sites = [top, hub, leaf];
    await top.put(`${at}/z`, card('Z', '1'));
    const wire = await chainOf(at, sites);
    await top.publish('Repository', at, { gidGenerator: 'id' });
    await top.put(`${at}/a`, card('A', '1'));
    for (const site of [hub, leaf, hub]) await sync(site, 'Repository', wire);
    await leaf.remove(`${at}/a`);
    if (sends) await hub.put(`${at}/a`, card('A', '2'));
    await top.remove(`${at}/a`);
    if (hearsBoth) await sync(hub, 'Repository', wire);
    await top.put(`${at}/a`, card('New', '3'));
    await sync(hub, 'Repository', wire);
    await compareAll([leaf, hub], wire);
    for (const site of sites) expect(await site.tree(at)).toEqual(await top.tree(at));
    expect(Object.keys(await leaf.tree(at))).toEqual(['/a', '/z']);
    const atHub = await hub.context.store.conflicts({ role: 'publisher' });
    expect(atHub).toEqual([]);
  });

  it('are two when the second was of the new one: an edit that its deleter has not seen contradicts it', async () => {
    const pair = await pairWithCard();
    const { publisher, subscriber } = pair;
    await publisher.remove(`${at}/a`);
    await publisher.put(`${at}/a`, card('New', '2'));
    await settle(pair);
    await subscriber.remove(`${at}/a`);
    await publisher.put(`${at}/a`, card('New', '3'));
    await settle(pair);
    expect(await publisher.get(`${at}/a`)).toBe(card('New', '3'));
    expect(await publisher.context.store.countConflicts({ state: 'open' })).toBe(1);
  });
});

describe('a deletion of what had come back, of which the publisher knows nothing any more', () => {
  it('is no deletion of what was made there again with the same gid', async () => {
    const clock = new HandClock();
    const before = new TestSite('cps', clock, { file: files.file('publisher') });
    const subscriber = new TestSite('cps_client', clock);
    await before.addAccount('sync', 'a:b');
    await before.put(`${at}/z`, card('Z', '1'));
    await before.publish('Repository', at, { gidGenerator: 'id' });
    await before.put(`${at}/a`, card('A', '1'));
    await subscriber.subscribe('Repository', before, at);
    await sync(subscriber, 'Repository', new Wire(before, subscriber));
    await before.remove(`${at}/a`);
    const backup = files.backUp(before);
    await subscriber.put(`${at}/a`, card('A', '2'));
    await sync(subscriber, 'Repository', new Wire(before, subscriber));
    await subscriber.remove(`${at}/a`);
    const publisher = await restoredSite('cps', clock, backup);
    await publisher.put(`${at}/a`, card('New', '3'));
    const pair = { publisher, subscriber, wire: new Wire(publisher, subscriber) };
    await sync(subscriber, 'Repository', pair.wire, { slow: true });
    await settle(pair);
    expect(await subscriber.get(`${at}/a`)).toBe(card('New', '3'));
    // What was asked before the backup comes back: whether the edit is to go with what the publisher had deleted.
    expect(await publisher.context.store.countConflicts({ state: 'open' })).toBe(1);
  });
});

describe('a conflict that both sides settle alike', () => {
  /** One conflict of the telephone, as both sides know it. */
  async function pairAsked(): Promise<Pair> {
    const pair = await seedPair();
    const { publisher, subscriber } = pair;
    await publisher.put(`${at}/a`, card('A', '1'));
    await settle(pair);
    await subscriber.put(`${at}/a`, card('A', '2'));
    await publisher.put(`${at}/a`, card('A', '3'));
    await settle(pair);
    return pair;
  }

  /** The same, but the subscriber has not heard of it, and the publisher has edited something else, too. */
  async function pairUnheard(): Promise<Pair> {
    const pair = await seedPair();
    const { publisher, subscriber, wire } = pair;
    await publisher.put(`${at}/a`, card('A', '1'));
    await settle(pair);
    await subscriber.put(`${at}/a`, card('A', '2'));
    await publisher.put(`${at}/a`, card('B', '3'));
    await syncUnheard(subscriber, wire);
    return pair;
  }

  async function decide({ context }: TestSite, settlement: Settlement): Promise<void> {
    const open = await context.store.conflicts({ state: 'open' });
    await resolveConflicts(context, manager, { ids: open.map(({ id }) => id), ...settlement });
  }

  /** Both keep what the subscriber had. */
  async function decideAlike({ publisher, subscriber }: Pair): Promise<void> {
    for (const site of [publisher, subscriber]) await decide(site, { keep: 'subscriber' });
  }

  async function openAt({ publisher }: Pair): Promise<number> {
    return publisher.context.store.countConflicts({ state: 'open' });
  }

  it('does not come up again where the publisher has edited the outcome', async () => {
    const pair = await pairAsked();
    await decideAlike(pair);
    await pair.publisher.put(`${at}/a`, card('A', '4'));
    await settle(pair);
    expect(await pair.subscriber.get(`${at}/a`)).toBe(card('A', '4'));
    expect(await openAt(pair)).toBe(0);
  });

  it('does not bring back what the publisher has deleted then', async () => {
    const pair = await pairAsked();
    await decideAlike(pair);
    await pair.publisher.remove(`${at}/a`);
    await settle(pair);
    expect(await pair.subscriber.get(`${at}/a`)).toBeUndefined();
    expect(await openAt(pair)).toBe(0);
  });

  it('does not contradict the subscriber’s edit of the outcome, nor its deletion', async () => {
    for (const settlement of [{ keep: 'subscriber' }, { value: '9' }] as const) {
      const [edited, deleted] = [await pairAsked(), await pairAsked()];
      for (const pair of [edited, deleted])
        for (const site of [pair.publisher, pair.subscriber]) await decide(site, settlement);
      await edited.subscriber.put(`${at}/a`, card('A', '4'));
      await deleted.subscriber.put(`${at}/a`, card('B', '4'));
      await deleted.subscriber.remove(`${at}/a`);
      for (const pair of [edited, deleted]) await settle(pair);
      expect(await edited.publisher.get(`${at}/a`)).toBe(card('A', '4'));
      expect(await deleted.publisher.get(`${at}/a`)).toBeUndefined();
      for (const { publisher } of [edited, deleted]) expect(await publisher.context.store.countConflicts()).toBe(1);
    }
  });

  it.each([
    ['does not contradict', { keep: 'subscriber' }, 0],
    ['contradicts, settled with a third value,', { value: '9' }, 1],
  ] as const)(
    '%s its deletion by a subscriber that had edited something else before',
    async (_what, settlement, open) => {
      const pair = await pairAsked();
      await pair.subscriber.put(`${at}/a`, card('B', '3'));
      await decide(pair.publisher, settlement);
      await decide(pair.subscriber, { keep: 'subscriber' });
      await pair.subscriber.remove(`${at}/a`);
      await settle(pair);
      expect(await openAt(pair)).toBe(open);
      expect(await pair.publisher.get(`${at}/a`)).toBe(open === 0 ? undefined : card('A', '9'));
    },
  );

  it('contradicts its deletion by a subscriber where what the publisher kept was set after the question', async () => {
    const pair = await pairAsked();
    await pair.publisher.put(`${at}/a`, card('A', '5'));
    await decide(pair.publisher, { keep: 'publisher' });
    await pair.subscriber.remove(`${at}/a`);
    await decide(pair.subscriber, { keep: 'publisher' });
    await settle(pair);
    expect(await openAt(pair)).toBe(1);
    expect(await pair.publisher.get(`${at}/a`)).toBe(card('A', '5'));
  });

  it('does not come up where the subscriber goes on from that value, and has edited something else', async () => {
    const pair = await pairAsked();
    await pair.subscriber.put(`${at}/a`, card('B', '3'));
    await decideAlike(pair);
    await pair.subscriber.put(`${at}/a`, card('B', '9'));
    await settle(pair);
    expect(await pair.publisher.get(`${at}/a`)).toBe(card('B', '9'));
    expect(await openAt(pair)).toBe(0);
  });

  it('does not come up where it is settled as the subscriber had it, who had gone on from that before', async () => {
    const pair = await pairUnheard();
    const { publisher, subscriber } = pair;
    await decide(publisher, { keep: 'subscriber' });
    await subscriber.put(`${at}/a`, card('A', '4'));
    await compareAll([subscriber], pair.wire);
    expect(await publisher.get(`${at}/a`)).toBe(card('B', '4'));
    expect(await openAt(pair)).toBe(0);
  });

  it.each([
    ['does not come up', { keep: 'subscriber' }, undefined],
    ['comes up, settled with a third value,', { value: '9' }, '9'],
    ['comes up, edited since by the publisher,', { keep: 'subscriber' }, '8'],
  ] as const)(
    '%s where the subscriber had gone on from its value before, and both have edited something else',
    async (_what, settlement, stands) => {
      const pair = await pairUnheard();
      const { publisher, subscriber } = pair;
      await decide(publisher, settlement);
      if (stands === '8') await publisher.put(`${at}/a`, card('B', stands));
      await subscriber.put(`${at}/a`, card('A', '4'));
      await subscriber.put(`${at}/a`, withMail(card('A', '4')));
      // A new query asks for a comparison, which begins with nothing remembered of what has come.
      await publisher.publish('Repository', at, { query: './title != "none"' });
      await compareAll([subscriber], pair.wire);
      expect(await openAt(pair)).toBe(stands === undefined ? 0 : 1);
      expect(await publisher.get(`${at}/a`)).toBe(withMail(card('B', stands ?? '4')));
    },
  );

  it('comes up where the subscriber has edited the outcome as well', async () => {
    const pair = await pairAsked();
    await decideAlike(pair);
    await pair.publisher.put(`${at}/a`, card('A', '4'));
    await pair.subscriber.put(`${at}/a`, card('A', '5'));
    await settle(pair);
    expect(await openAt(pair)).toBe(1);
  });
});

describe('an edit that both sides have made', () => {
  async function pairWithCard(): Promise<Pair> {
    const pair = await seedPair();
    await pair.publisher.put(`${at}/a`, card('A', '1'));
    await settle(pair);
    return pair;
  }

  it('is what the later ones of either side were made on', async () => {
    for (const [first, second] of [
      ['publisher', 'subscriber'],
      ['subscriber', 'publisher'],
    ] as const) {
      const pair = await pairWithCard();
      await pair[second].put(`${at}/a`, card('A', '2'));
      await pair[first].put(`${at}/a`, card('A', '2'));
      await pair[first].put(`${at}/a`, card('A', '3'));
      await settle(pair);
      expect(await pair.publisher.get(`${at}/a`)).toBe(card('A', '3'));
      expect(await pair.publisher.context.store.countConflicts()).toBe(0);
    }
  });

  it('leaves a question where both went on from it, about its value', async () => {
    const { publisher, subscriber, ...pair } = await pairWithCard();
    for (const [site, phone] of [
      [publisher, '3'],
      [subscriber, '4'],
    ] as const) {
      await site.put(`${at}/a`, card('A', '2'));
      await site.put(`${at}/a`, card('A', phone));
    }
    await settle({ publisher, subscriber, ...pair });
    expect(await publisher.context.store.conflicts()).toMatchObject([{ base: '2', publisher: { value: '3' } }]);
  });

  it('leaves a question where each has gone on from it to what the other had before', async () => {
    const { publisher, subscriber, ...pair } = await pairWithCard();
    for (const [site, phones] of [
      [publisher, ['2', '3']],
      [subscriber, ['3', '2']],
    ] as const)
      for (const phone of phones) await site.put(`${at}/a`, card('A', phone));
    await settle({ publisher, subscriber, ...pair });
    expect(await publisher.context.store.conflicts()).toMatchObject([
      { base: '1', publisher: { value: '3' }, subscriber: { value: '2' } },
    ]);
  });

  it('is what the subscriber went on from, whatever the publisher has edited besides', async () => {
    const pair = await pairWithCard();
    for (const phone of ['1', '2']) await pair.publisher.put(`${at}/a`, card('B', phone));
    for (const phone of ['2', '3']) await pair.subscriber.put(`${at}/a`, card('A', phone));
    await settle(pair);
    expect(await pair.publisher.get(`${at}/a`)).toBe(card('B', '3'));
    expect(await pair.publisher.context.store.countConflicts()).toBe(0);
  });

  it('leaves a question where the publisher came back to it over something else', async () => {
    const pair = await pairWithCard();
    for (const phone of ['2', '5', '2']) await pair.publisher.put(`${at}/a`, card('B', phone));
    for (const phone of ['2', '3']) await pair.subscriber.put(`${at}/a`, card('A', phone));
    await settle(pair);
    expect(await pair.publisher.context.store.conflicts()).toMatchObject([{ subscriber: { value: '3' } }]);
  });

  it('stands where the publisher has taken it back: that is no change', async () => {
    const pair = await pairWithCard();
    await pair.publisher.put(`${at}/a`, card('A', '2'));
    await pair.publisher.put(`${at}/a`, card('A', '1'));
    await pair.publisher.put(`${at}/a`, card('B', '1'));
    await pair.subscriber.put(`${at}/a`, card('A', '2'));
    await settle(pair);
    expect(await pair.publisher.get(`${at}/a`)).toBe(card('B', '2'));
  });
});
