import { describe, expect, it } from 'vitest';
import { TransportError } from '../../src/errors/concord-error.ts';
import type { Mode } from '../../src/synchronization/subscription.ts';
import { collectGarbage } from '../../src/use-cases/administration/collect-garbage.ts';
import { resolveConflicts } from '../../src/use-cases/exchange/resolve-conflict.ts';
import { chainOf, compare, compareAll } from '../support/chains.ts';
import { HandClock } from '../support/memory-site.ts';
import { restoredSite, siteFiles } from '../support/site-files.ts';
import { card, haveMet, manager, seedPair, sync, syncUnheard, TestSite, Wire } from '../support/synced-sites.ts';

const at = '/portal_repository';
const files = siteFiles();

describe('what a refresh has put back, and whose later value somebody had built on', () => {
  /** Two subscribers that both have what the second one made of `a`; the first has not taken it in. */
  async function threeSites() {
    const { publisher, subscriber: first, clock } = await seedPair();
    const second = new TestSite('second', clock);
    await second.subscribe('Repository', publisher, at);
    const wire = new Wire(publisher, first, second);
    await first.put(`${at}/a`, card('A', '1'));
    await sync(first, 'Repository', wire);
    for (let round = 0; round < 2; round += 1) await sync(second, 'Repository', wire);
    await second.put(`${at}/a`, card('A', '2'));
    for (let round = 0; round < 2; round += 1) await sync(second, 'Repository', wire);
    const settle = async (): Promise<void> => {
      for (const site of [second, first, second]) await sync(site, 'Repository', wire);
      expect(await first.tree(at)).toEqual(await publisher.tree(at));
      expect(await second.tree(at)).toEqual(await publisher.tree(at));
    };
    const refresh = async (): Promise<void> => {
      await sync(first, 'Repository', wire, { refreshFrom: 'subscriber' });
      expect(await publisher.get(`${at}/a`)).toBe(card('A', '1'));
    };
    return { publisher, second, settle, refresh };
  }

  it('does not contradict an edit of that later value', async () => {
    const { publisher, second, settle, refresh } = await threeSites();
    await second.put(`${at}/a`, card('A', '3'));
    await refresh();
    await settle();
    expect(await publisher.get(`${at}/a`)).toBe(card('A', '3'));
    expect(await publisher.context.store.countConflicts()).toBe(0);
  });

  it('does not contradict a deletion', async () => {
    const { publisher, second, settle, refresh } = await threeSites();
    await second.remove(`${at}/a`);
    await refresh();
    await settle();
    expect(await publisher.get(`${at}/a`)).toBeUndefined();
    expect(await publisher.context.store.countConflicts()).toBe(0);
  });

  it('contradicts where somebody has edited it since', async () => {
    const { publisher, second, settle, refresh } = await threeSites();
    await second.put(`${at}/a`, card('A', '3'));
    await refresh();
    await publisher.put(`${at}/a`, card('A', '4'));
    await settle();
    expect(await publisher.get(`${at}/a`)).toBe(card('A', '4'));
    expect(await publisher.context.store.countConflicts({ state: 'open' })).toBe(1);
  });
});

describe('a publisher that is restored to between two edits of its own', () => {
  /** The subscriber has only seen the second edit. */
  async function restoredAfter(work: (publisher: TestSite) => Promise<unknown>) {
    const clock = new HandClock();
    const publisher = new TestSite('cps', clock, { file: files.file('cps') });
    const subscriber = new TestSite('cps_client', clock);
    await haveMet(publisher, subscriber);
    await publisher.put(`${at}/a`, card('A', '2'));
    const backup = files.backUp(publisher);
    await work(publisher);
    await sync(subscriber, 'Repository', new Wire(publisher));
    const restored = await restoredSite('cps', clock, backup);
    for (let round = 0; round < 3; round += 1) await sync(subscriber, 'Repository', new Wire(restored));
    expect(await subscriber.tree(at)).toEqual(await restored.tree(at));
    expect(await restored.context.store.countConflicts()).toBe(0);
    return restored;
  }

  it('gets the second back without a question, because it was made on the first', async () => {
    const restored = await restoredAfter((publisher) => publisher.put(`${at}/a`, card('A', '3')));
    expect(await restored.get(`${at}/a`)).toBe(card('A', '3'));
  });

  it('gets a deletion back in the same way', async () => {
    const restored = await restoredAfter((publisher) => publisher.remove(`${at}/a`));
    expect(await restored.get(`${at}/a`)).toBeUndefined();
  });
});

describe('garbage that is collected after a first session was broken off', () => {
  it('leaves what tells which edits have come', async () => {
    const { publisher, subscriber, wire } = await seedPair();
    await subscriber.put(`${at}/a`, card('A', '1'));
    // Two objects of one name: the one that comes gets another at once.
    await publisher.put(`${at}/a`, card('B', '1'));
    await syncUnheard(subscriber, wire, 3);
    expect(await publisher.get(`${at}/a-2`)).toBe(card('A', '1'));
    await publisher.put(`${at}/a-2`, card('A', '2'));
    await collectGarbage(publisher.context);
    for (let round = 0; round < 2; round += 1) await sync(subscriber, 'Repository', wire, { restart: round === 0 });
    expect(await publisher.get(`${at}/a-2`)).toBe(card('A', '2'));
    expect(await publisher.context.store.countConflicts()).toBe(0);
    expect(await subscriber.tree(at)).toEqual(await publisher.tree(at));
  });
});

describe('a subscriber that is restored to before it met the publisher', () => {
  it('is asked nothing about what it sent then, although garbage collection has taken that at the publisher', async () => {
    const clock = new HandClock();
    const publisher = new TestSite('cps', clock);
    const before = new TestSite('cps_client', clock, { file: files.file('subscriber') });
    await publisher.addAccount('sync', 'a:b');
    // Two objects of one name: the one that comes gets another at once.
    await publisher.put(`${at}/a`, card('B', '1'));
    await publisher.publish('Repository', at);
    await before.put(`${at}/a`, card('A', '1'));
    await before.subscribe('Repository', publisher, at);
    const backup = files.backUp(before);
    for (let round = 0; round < 2; round += 1) await sync(before, 'Repository', new Wire(publisher, before));
    expect((await collectGarbage(publisher.context)).removed).toBe(1);
    await publisher.put(`${at}/a-2`, card('A', '2'));
    const restored = await restoredSite('cps_client', clock, backup);
    await compareAll([restored], new Wire(publisher, restored));
    expect(await publisher.context.store.countConflicts()).toBe(0);
    expect(await restored.get(`${at}/a-2`)).toBe(card('A', '2'));
    expect(await restored.tree(at)).toEqual(await publisher.tree(at));
  });
});

describe('a publisher that is restored to before it had an edit', () => {
  it('gets it back without a question, although garbage collection has taken what it was made on at the subscriber', async () => {
    const clock = new HandClock();
    const before = new TestSite('cps', clock, { file: files.file('publisher') });
    const subscriber = new TestSite('cps_client', clock);
    const wire = await haveMet(before, subscriber);
    const backup = files.backUp(before);
    await subscriber.put(`${at}/a`, card('A', '2'));
    // They agree anew, so that nobody needs what was here before.
    await sync(subscriber, 'Repository', wire, { slow: true });
    expect((await collectGarbage(subscriber.context)).removed).toBe(1);
    const restored = await restoredSite('cps', clock, backup);
    await compareAll([subscriber], new Wire(restored, subscriber));
    expect(await restored.context.store.countConflicts()).toBe(0);
    expect(await restored.get(`${at}/a`)).toBe(card('A', '2'));
    expect(await subscriber.tree(at)).toEqual(await restored.tree(at));
  });
});

describe('a hub that is restored to before it had an object', () => {
  it.each([false, true])(
    'asks nothing about an edit of its maker’s that a later one came over, when the object was deleted above; edited since: %s',
    async (isEdited) => {
      const clock = new HandClock();
      const [top, hub, leaf] = [new TestSite('top', clock), new TestSite('hub', clock), new TestSite('leaf', clock)];
      const before = new TestSite('lower', clock, { file: files.file('lower') });
      await top.put(`${at}/t`, card('T', '1'));
      const wire = await chainOf(at, [top, hub, before, leaf]);
      for (const site of [hub, before, leaf]) await sync(site, 'Repository', wire);
      for (const phone of ['1', '2', '3']) await leaf.put(`${at}/c`, card('C', phone));
      await top.put(`${at}/c`, card('Another', '1'));
      const backup = files.backUp(before);
      for (const site of [leaf, before]) await sync(site, 'Repository', wire);
      const lower = await restoredSite('lower', clock, backup);
      const newWire = new Wire(top, hub, lower);
      await sync(hub, 'Repository', newWire);
      await compare(lower, newWire);
      await hub.remove(`${at}/c-2`);
      await compare(lower, newWire);
      if (isEdited) await leaf.put(`${at}/c`, card('C', '4'));
      for (let round = 0; round < 3; round += 1) for (const site of [leaf, lower, hub]) await compare(site, newWire);
      expect(Object.keys(await top.tree(at))).toEqual(isEdited ? ['/c', '/c-2', '/t'] : ['/c', '/t']);
      for (const site of [hub, lower, leaf]) expect(await site.tree(at)).toEqual(await top.tree(at));
      const asked = await Promise.all(
        [top, hub, lower].map(({ context }) => context.store.conflicts({ role: 'publisher' })),
      );
      expect(asked.flat().map(({ field }) => field)).toEqual(isEdited ? ['existence', 'existence'] : []);
    },
  );
});

describe('a first session that begins anew', () => {
  it('does not ask again about what it has sent before and was settled', async () => {
    const { publisher, subscriber, wire } = await seedPair();
    await publisher.put(`${at}/a`, card('A', '1'));
    const breakOffAt = async (count: number): Promise<void> => {
      const last = wire.requests + count;
      wire.fault = (where) => {
        if (where === 'answer' && wire.requests === last)
          throw new TransportError('CON-T001', 'lost', { retry: 'later' });
      };
      await expect(sync(subscriber, 'Repository', wire, { restart: true })).rejects.toThrow('lost');
      wire.fault = () => undefined;
    };
    // The objects have come, and no end of the session.
    await breakOffAt(2);
    await publisher.put(`${at}/a`, card('A', '2'));
    await subscriber.put(`${at}/a`, card('A', '3'));
    await breakOffAt(3);
    const [asked, ...others] = await publisher.context.store.conflicts({ state: 'open' });
    expect(others).toEqual([]);
    await resolveConflicts(publisher.context, manager, { ids: [asked?.id ?? ''], value: '4' });
    for (let round = 0; round < 3; round += 1) await sync(subscriber, 'Repository', wire, { restart: round === 0 });
    expect(await publisher.context.store.countConflicts()).toBe(1);
    expect(await publisher.context.store.countConflicts({ state: 'open' })).toBe(0);
    expect(await subscriber.tree(at)).toEqual(await publisher.tree(at));
    expect(await publisher.get(`${at}/a`)).toBe(card('A', '4'));
  });
});

/** How a site is kept from hearing what has become of its edit, and what it may do afterwards. */
const unheard: readonly (readonly [
  string,
  { readonly mode?: Mode; readonly later?: Mode; readonly mayPull?: readonly string[] },
])[] = [
  ['that only pushes', { mode: 'push' }],
  ['that only pushed', { mode: 'push', later: 'two-way' }],
  ['without the right to pull', { mayPull: [] }],
];

describe.each(unheard)('a site %s, and whose edit a policy kept out', (_, { mode = 'two-way', later, mayPull }) => {
  /** The subscriber has edited what the publisher made, and the publisher has not taken it. */
  async function keptOut() {
    const { publisher, subscriber, wire } = await seedPair();
    await publisher.put(`${at}/a`, card('A', '1'));
    await sync(subscriber, 'Repository', wire);
    if (mayPull !== undefined) await publisher.publish('Repository', at, { mayPull });
    await subscriber.subscribe('Repository', publisher, at, { mode, updatePolicy: 'MASTER' });
    await subscriber.put(`${at}/a`, card('A', '2'));
    await sync(subscriber, 'Repository', wire);
    expect(await publisher.get(`${at}/a`)).toBe(card('A', '1'));
    await subscriber.subscribe('Repository', publisher, at, { mode: later ?? mode, updatePolicy: 'ASK' });
    const push = async (): Promise<number> => {
      await sync(subscriber, 'Repository', wire);
      return publisher.context.store.countConflicts({ state: 'open' });
    };
    return { publisher, subscriber, push };
  }

  it('edits it again without a question', async () => {
    const { publisher, subscriber, push } = await keptOut();
    await subscriber.put(`${at}/a`, card('A', '3'));
    expect(await push()).toBe(0);
    expect(await publisher.get(`${at}/a`)).toBe(card('A', '3'));
  });

  it('deletes it without a question', async () => {
    const { publisher, subscriber, push } = await keptOut();
    await subscriber.remove(`${at}/a`);
    expect(await push()).toBe(0);
    expect(await publisher.get(`${at}/a`)).toBeUndefined();
  });

  it.each([
    ['edits', async (site: TestSite) => site.put(`${at}/a`, card('A', '3'))],
    ['deletes', async (site: TestSite) => site.remove(`${at}/a`)],
  ])('%s what somebody else has edited since, which is asked about', async (_, deed) => {
    const { publisher, subscriber, push } = await keptOut();
    await publisher.put(`${at}/a`, card('A', '4'));
    await deed(subscriber);
    expect(await push()).toBe(1);
    expect(await publisher.get(`${at}/a`)).toBe(card('A', '4'));
  });
});
