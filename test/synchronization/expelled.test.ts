import { describe, expect, it } from 'vitest';
import { abandonedSubscribers, expelAbandoned } from '../../src/use-cases/administration/abandoned-subscribers.ts';
import { collectGarbage } from '../../src/use-cases/administration/collect-garbage.ts';
import { removeSubscriber } from '../../src/use-cases/administration/remove-subscriber.ts';
import { siteStatus } from '../../src/use-cases/administration/status.ts';
import { resolveConflicts } from '../../src/use-cases/exchange/resolve-conflict.ts';
import type { Pair } from '../support/synced-sites.ts';
import { card, manager, seedPair, sync } from '../support/synced-sites.ts';
import { idsOf } from './pair-in-conflict.ts';

const at = '/portal_repository';
const name = { publication: 'Repository', subscriber: 'http://localhost:9673/cps_client/Repository' };

async function syncedPair(): Promise<Pair> {
  const pair = await seedPair();
  for (const id of ['a', 'b', 'c', 'd', 'e']) await pair.publisher.put(`${at}/${id}`, card(id, '1'));
  await sync(pair.subscriber, 'Repository', pair.wire);
  await sync(pair.subscriber, 'Repository', pair.wire);
  return pair;
}

async function expel({ publisher }: Pair): Promise<void> {
  await removeSubscriber(publisher.context, manager, name);
}

/** Its first sync waits for permission: both sides must be compared. */
async function comeBack({ publisher, subscriber, wire }: Pair): Promise<void> {
  const { outcome, waiting } = await sync(subscriber, 'Repository', wire);
  expect(outcome).toBe('waiting-for-permission');
  await sync(subscriber, 'Repository', wire, { plan: waiting?.for === 'comparison' ? waiting.plan : '' });
  await sync(subscriber, 'Repository', wire);
  expect(await subscriber.tree(at)).toEqual(await publisher.tree(at));
}

describe('a subscriber that is taken off its publication', () => {
  it('is not in the status any more, and holds no garbage back', async () => {
    const pair = await syncedPair();
    const { publisher } = pair;
    for (let n = 2; n < 9; n += 1) await publisher.put(`${at}/a`, card('a', String(n)));
    const before = await siteStatus(publisher.context);
    expect(before.publications[0]?.subscribers).toMatchObject([{ url: name.subscriber, lag: 1 }]);
    expect((await collectGarbage(publisher.context)).removed).toBe(0);
    await expel(pair);
    expect((await siteStatus(publisher.context)).publications[0]?.subscribers).toEqual([]);
    expect((await collectGarbage(publisher.context)).removed).toBeGreaterThan(6);
  });

  it.each([
    [{ ...name, publication: 'Other' }, 'CON-R003'],
    [{ ...name, subscriber: 'http://localhost:9673/nobody' }, 'CON-R004'],
  ])('must be named: %j gets %s', async (wrong, code) => {
    const { publisher } = await syncedPair();
    await expect(removeSubscriber(publisher.context, manager, wrong)).rejects.toMatchObject({ code });
  });

  it('can be named by the end of its URL', async () => {
    const { publisher } = await syncedPair();
    const subscriber = 'cps_client/Repository';
    expect(await removeSubscriber(publisher.context, manager, { ...name, subscriber })).toBe(name.subscriber);
  });

  it('stays while its conflicts wait, because its values stand in them', async () => {
    const pair = await syncedPair();
    const { publisher, subscriber, wire } = pair;
    await publisher.put(`${at}/a`, card('a', 'theirs'));
    await subscriber.put(`${at}/a`, card('a', 'mine'));
    await sync(subscriber, 'Repository', wire);
    await expect(expel(pair)).rejects.toMatchObject({ code: 'CON-R012' });
    expect(await publisher.context.store.countConflicts({ state: 'open' })).toBe(1);
  });
});

describe.each([false, true])('a subscriber that comes back (after garbage collection: %s)', (isCollected) => {
  async function expelAndWork(work: (pair: Pair) => Promise<void>): Promise<Pair> {
    const pair = await syncedPair();
    await expel(pair);
    await work(pair);
    if (isCollected) await collectGarbage(pair.publisher.context);
    return pair;
  }

  it('drops what was deleted at the publisher and not edited since', async () => {
    const pair = await expelAndWork(async ({ publisher }) => {
      await publisher.remove(`${at}/a`);
    });
    await comeBack(pair);
    expect(await pair.subscriber.get(`${at}/a`)).toBeUndefined();
  });

  it('brings back what was deleted at the publisher and edited here since', async () => {
    const pair = await expelAndWork(async ({ publisher, subscriber }) => {
      await publisher.remove(`${at}/a`);
      await subscriber.put(`${at}/a`, card('a', 'mine'));
    });
    await comeBack(pair);
    expect(await pair.publisher.get(`${at}/a`)).toBe(card('a', 'mine'));
    expect(await pair.publisher.context.store.conflicts({ state: 'open' })).toMatchObject([{ field: 'existence' }]);
  });

  it('deletes at the publisher what was deleted here, unless it was edited there', async () => {
    const pair = await expelAndWork(async ({ publisher, subscriber }) => {
      await subscriber.remove(`${at}/a`);
      await subscriber.remove(`${at}/b`);
      await publisher.put(`${at}/b`, card('b', 'theirs'));
    });
    await comeBack(pair);
    expect(await pair.publisher.get(`${at}/a`)).toBeUndefined();
    expect(await pair.publisher.get(`${at}/b`)).toBe(card('b', 'theirs'));
  });

  it('loses no edit and no new object of either side', async () => {
    const pair = await expelAndWork(async ({ publisher, subscriber }) => {
      await publisher.put(`${at}/c`, card('theirs', '1'));
      await subscriber.put(`${at}/d`, card('d', 'mine'));
      await publisher.put(`${at}/new-there`, card('n', '1'));
      await subscriber.put(`${at}/new-here`, card('n', '2'));
    });
    await comeBack(pair);
    const { publisher } = pair;
    expect(await publisher.get(`${at}/c`)).toBe(card('theirs', '1'));
    expect(await publisher.get(`${at}/d`)).toBe(card('d', 'mine'));
    expect(await publisher.get(`${at}/new-there`)).toBe(card('n', '1'));
    expect(await publisher.get(`${at}/new-here`)).toBe(card('n', '2'));
    expect(await publisher.context.store.countConflicts()).toBe(0);
  });

  it('shows no conflict as open that was settled before it was taken off', async () => {
    const pair = await syncedPair();
    const { publisher, subscriber, wire } = pair;
    await publisher.put(`${at}/a`, card('a', 'theirs'));
    await subscriber.put(`${at}/a`, card('a', 'mine'));
    await sync(subscriber, 'Repository', wire);
    await sync(subscriber, 'Repository', wire);
    expect(await subscriber.context.store.countConflicts({ state: 'open' })).toBe(1);
    await resolveConflicts(publisher.context, manager, { ids: await idsOf(publisher), keep: 'publisher' });
    await expel(pair);
    if (isCollected) await collectGarbage(publisher.context);
    await comeBack(pair);
    expect(await idsOf(subscriber)).toEqual([]);
    expect(await publisher.get(`${at}/a`)).toBe(card('a', 'theirs'));
  });

  it.each(['edits', 'deletes', 'waits'] as const)(
    'is not asked again about what both sides had settled alike, when it %s then',
    async (then) => {
      const pair = await syncedPair();
      const { publisher, subscriber, wire } = pair;
      await publisher.put(`${at}/a`, card('a', 'theirs'));
      await subscriber.put(`${at}/a`, card('a', 'mine'));
      for (let round = 0; round < 2; round += 1) await sync(subscriber, 'Repository', wire);
      for (const site of [publisher, subscriber])
        await resolveConflicts(site.context, manager, { ids: await idsOf(site), keep: 'subscriber' });
      await expel(pair);
      if (then === 'edits') await subscriber.put(`${at}/a`, card('a', 'later'));
      if (then === 'deletes') await subscriber.remove(`${at}/a`);
      if (then === 'waits') await publisher.put(`${at}/a`, card('a', 'later'));
      // What the publisher has gone on from is in its history alone.
      if (isCollected && then !== 'waits') await collectGarbage(publisher.context);
      await comeBack(pair);
      expect(await publisher.get(`${at}/a`)).toBe(then === 'deletes' ? undefined : card('a', 'later'));
      expect(await publisher.context.store.countConflicts()).toBe(0);
    },
  );

  it('keeps both sides of what both edited', async () => {
    const pair = await expelAndWork(async ({ publisher, subscriber }) => {
      await publisher.put(`${at}/e`, card('theirs', '1'));
      await subscriber.put(`${at}/e`, card('e', 'mine'));
    });
    await comeBack(pair);
    const merged = await pair.publisher.get(`${at}/e`);
    const conflicts = await pair.publisher.context.store.conflicts();
    expect(merged).toContain('theirs');
    expect(merged === card('theirs', 'mine') || conflicts.some((one) => one.subscriber.value === 'mine')).toBe(true);
  });
});

describe('the operator’s rule for subscribers that do not come any more', () => {
  const days = 24 * 60 * 60 * 1000;

  it('expels nobody unless there is one', async () => {
    const { publisher } = await abandonedPair(4_000);
    expect(await expelAbandoned(publisher.context, 0)).toEqual([]);
    expect(await publisher.context.store.countSubscribers('Repository')).toBe(1);
  });

  it('names whoever was not heard of for thirty days, and not before', async () => {
    for (const [after, isAbandoned] of [
      [29, false],
      [30, true],
    ] as const) {
      const { publisher } = await abandonedPair(after);
      const [first] = (await siteStatus(publisher.context)).publications[0]?.subscribers ?? [];
      expect(first).toMatchObject({ url: name.subscriber, isAbandoned });
      expect(await abandonedSubscribers(publisher.context, 30 * days)).toHaveLength(isAbandoned ? 1 : 0);
    }
  });

  it('expels after its days, with a line in the log, and loses nothing when it comes back', async () => {
    const pair = await abandonedPair(100);
    const { publisher, subscriber } = pair;
    expect(await expelAbandoned(publisher.context, 101)).toEqual([]);
    expect(await expelAbandoned(publisher.context, 100)).toMatchObject([{ url: name.subscriber }]);
    expect(await publisher.context.store.countSubscribers('Repository')).toBe(0);
    const [line] = await publisher.context.store.log({ kinds: ['administration'], limit: 1 });
    expect(line).toMatchObject({
      level: 'warning',
      text: `${name.subscriber} was expelled: not heard of for 100 days or more`,
    });
    await subscriber.put(`${at}/b`, card('b', 'mine'));
    await comeBack(pair);
    expect(await publisher.get(`${at}/a`)).toBe(card('a', 'later'));
    expect(await publisher.get(`${at}/b`)).toBe(card('b', 'mine'));
  });

  it('leaves whoever lacks nothing, however long it is silent', async () => {
    const { publisher } = await syncedPair();
    publisher.clock.at += 4_000 * days;
    expect(await expelAbandoned(publisher.context, 1)).toEqual([]);
  });

  it('leaves whoever has conflicts that wait', async () => {
    const pair = await syncedPair();
    await pair.publisher.put(`${at}/a`, card('a', 'theirs'));
    await pair.subscriber.put(`${at}/a`, card('a', 'mine'));
    await sync(pair.subscriber, 'Repository', pair.wire);
    await pair.publisher.put(`${at}/b`, card('b', 'later'));
    pair.publisher.clock.at += 100 * days;
    expect(await expelAbandoned(pair.publisher.context, 10)).toEqual([]);
    expect(await abandonedSubscribers(pair.publisher.context, 10 * days)).toMatchObject([{ openConflicts: 1 }]);
  });

  /** Something changed after its last sync, and so many days passed. */
  async function abandonedPair(after: number): Promise<Pair> {
    const pair = await syncedPair();
    await pair.publisher.put(`${at}/a`, card('a', 'later'));
    pair.publisher.clock.at += after * days;
    return pair;
  }
});
