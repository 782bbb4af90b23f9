import { describe, expect, it } from 'vitest';
import type { Activity, NewActivity } from '../../src/activities/activity.ts';
import type { ActivityQueue } from '../../src/ports/activity-queue.ts';

/** A queue to be tried. Its clock shows `now`. */
export interface QueueFixture {
  readonly queue: ActivityQueue;
  readonly now: number;
  close(): Promise<void>;
}

const leaseMs = 60_000;
const failure = { code: 'CON-T001', message: 'The peer cannot be reached' };

function named(subscription: string, rest: Partial<NewActivity> = {}): NewActivity {
  return { work: { name: 'synchronize', subscription, options: {} }, ...rest };
}

function nameOf(activity: Activity | undefined): string | undefined {
  return activity?.work.name === 'synchronize' ? activity.work.subscription : activity?.work.name;
}

type Rule = readonly [says: string, check: (fixture: QueueFixture) => Promise<void>];

async function claimAll({ queue, now }: QueueFixture, node = 'n1', at = now): Promise<readonly (string | undefined)[]> {
  const claimed: (string | undefined)[] = [];
  for (;;) {
    const next = await queue.claim({ node, now: at, leaseMs });
    if (next === undefined) return claimed;
    claimed.push(nameOf(next));
    await queue.complete(next.id, node);
  }
}

async function claimOne({ queue, now }: QueueFixture, node = 'n1'): Promise<Activity> {
  const next = await queue.claim({ node, now, leaseMs });
  expect(next).toBeDefined();
  // Holds: just expected.
  return next as Activity;
}

const order: readonly Rule[] = [
  [
    'runs the lower priority number first, then what was due earlier, then the older one',
    async (fixture) => {
      const { queue, now } = fixture;
      await queue.add(named('late', { notBefore: now + 5 }));
      await queue.add(named('later', { notBefore: now + 5 }));
      await queue.add(named('early', { notBefore: now + 1 }));
      await queue.add(named('urgent', { notBefore: now + 9, priority: -128 }));
      await queue.add(named('idle', { notBefore: now + 1, priority: 127 }));
      expect(await queue.distribute(now + 9)).toBe(5);
      expect(await claimAll(fixture, 'n1', now + 9)).toEqual(['urgent', 'early', 'late', 'later', 'idle']);
      for (const [name, priority] of [['c', 3] as const, ['a', 0] as const, ['b', 0] as const])
        await queue.add(named(name, { priority }));
      expect(await claimAll(fixture)).toEqual(['a', 'b', 'c']);
    },
  ],
  [
    'counts a delay from when it is queued, and keeps a date that is later',
    async ({ queue, now }) => {
      const delayed = await queue.add(named('delayed', { delayMs: 70 }));
      const dated = await queue.add(named('dated', { delayMs: 70, notBefore: now + 90 }));
      expect(await queue.get(delayed)).toMatchObject({ state: 'waiting', notBefore: now + 70 });
      expect(await queue.get(dated)).toMatchObject({ state: 'waiting', notBefore: now + 90 });
    },
  ],
  [
    'gives what is queued without a date a date of now, priority 1 and no retries so far',
    async ({ queue, now }) => {
      const id = await queue.add(named('a'));
      expect(await queue.get(id)).toEqual({
        ...{ id, state: 'runnable', work: named('a').work, priority: 1, notBefore: now, createdAt: now, retries: 0 },
        ...{ tag: '', afterTag: '', oneAtATime: '', deduplicate: '', failure: undefined, lease: undefined },
        maxRetries: expect.any(Number) as number,
      });
      expect(await queue.get(id + 1)).toBeUndefined();
    },
  ],
  [
    'keeps what has a date in the future until distribute finds the date come',
    async (fixture) => {
      const { queue, now } = fixture;
      const id = await queue.add(named('a', { notBefore: now + 100 }));
      expect(await queue.get(id)).toMatchObject({ state: 'waiting' });
      expect(await queue.nextDue()).toBe(now + 100);
      expect(await queue.distribute(now + 99)).toBe(0);
      expect(await claimAll(fixture, 'n1', now + 99)).toEqual([]);
      expect(await queue.distribute(now + 100)).toBe(1);
      expect(await queue.nextDue()).toBeUndefined();
      expect(await claimAll(fixture, 'n1', now + 100)).toEqual(['a']);
    },
  ],
  [
    'runs one at a time of those with one key, in the order in which they were queued',
    async (fixture) => {
      const { queue, now } = fixture;
      await queue.add(named('first', { oneAtATime: 'k' }));
      await queue.add(named('second', { oneAtATime: 'k', priority: -9 }));
      await queue.add(named('other', { priority: 9 }));
      const running = await claimOne(fixture);
      expect(nameOf(running)).toBe('first');
      expect(await claimAll(fixture, 'n2')).toEqual(['other']);
      // While it waits for its next try, those behind it wait too.
      await queue.fail(running.id, 'n1', { ...failure, at: now, again: now + 50 });
      expect(await claimAll(fixture, 'n2')).toEqual([]);
      await queue.distribute(now + 50);
      expect(await claimAll(fixture, 'n2', now + 50)).toEqual(['first', 'second']);
    },
  ],
  [
    'does not hold up those with the same key behind one that has failed for good',
    async (fixture) => {
      const { queue, now } = fixture;
      await queue.add(named('first', { oneAtATime: 'k' }));
      await queue.add(named('second', { oneAtATime: 'k' }));
      const { id } = await claimOne(fixture);
      expect(await queue.fail(id, 'n1', { ...failure, at: now, again: undefined })).toBe(true);
      expect(await claimAll(fixture)).toEqual(['second']);
    },
  ],
  [
    'lets nothing run before all with the tag it comes after are gone, failed ones included',
    async (fixture) => {
      const { queue, now } = fixture;
      await queue.add(named('before', { tag: 't' }));
      await queue.add(named('after', { afterTag: 't', priority: -9 }));
      expect(await queue.distribute(now)).toBe(0);
      expect(await queue.nextDue()).toBeUndefined();
      const before = await claimOne(fixture);
      expect(nameOf(before)).toBe('before');
      expect(await queue.distribute(now)).toBe(0);
      await queue.fail(before.id, 'n1', { ...failure, at: now, again: undefined });
      expect(await queue.distribute(now)).toBe(0);
      expect(await claimAll(fixture)).toEqual([]);
      await queue.cancel(before.id);
      expect(await queue.distribute(now)).toBe(1);
      expect(await claimAll(fixture)).toEqual(['after']);
    },
  ],
  [
    'blocks with one that has failed for good only what comes after it',
    async (fixture) => {
      const { queue, now } = fixture;
      await queue.add(named('fails', { tag: 't' }));
      await queue.add(named('dependant', { afterTag: 't' }));
      await queue.add(named('same tag', { tag: 't' }));
      await queue.add(named('other', { afterTag: 'u' }));
      const { id } = await claimOne(fixture);
      await queue.fail(id, 'n1', { ...failure, at: now, again: undefined });
      await queue.distribute(now);
      expect(await claimAll(fixture)).toEqual(['same tag', 'other']);
      await queue.restart(id);
      expect(await claimAll(fixture)).toEqual(['fails']);
      await queue.distribute(now);
      expect(await claimAll(fixture)).toEqual(['dependant']);
    },
  ],
  [
    'lets the next with the same key run when the one before it is cancelled',
    async (fixture) => {
      const { queue, now } = fixture;
      const first = await queue.add(named('first', { oneAtATime: 'k', notBefore: now + 1000 }));
      await queue.add(named('second', { oneAtATime: 'k' }));
      await queue.add(named('third', { oneAtATime: 'k' }));
      expect(await claimAll(fixture)).toEqual([]);
      await queue.cancel(first);
      expect(await claimAll(fixture)).toEqual(['second', 'third']);
    },
  ],
  [
    'lets one that is restarted wait until the one with its key which runs has ended',
    async (fixture) => {
      const { queue, now } = fixture;
      const first = await queue.add(named('first', { oneAtATime: 'k' }));
      const second = await queue.add(named('second', { oneAtATime: 'k' }));
      await queue.fail((await claimOne(fixture)).id, 'n1', { ...failure, at: now, again: undefined });
      await claimOne(fixture, 'n2');
      await queue.restart(first);
      expect(await claimAll(fixture)).toEqual([]);
      await queue.complete(second, 'n2');
      expect(await claimAll(fixture)).toEqual(['first']);
    },
  ],
  [
    'lets those which both have a tag and come after it follow each other',
    async (fixture) => {
      const { queue, now } = fixture;
      await queue.add(named('one', { tag: 't', afterTag: 't' }));
      await queue.add(named('two', { tag: 't', afterTag: 't' }));
      await queue.distribute(now);
      expect(await claimAll(fixture)).toEqual(['one']);
      await queue.distribute(now);
      expect(await claimAll(fixture)).toEqual(['two']);
    },
  ],
];

const leases: readonly Rule[] = [
  [
    'gives each activity to one node only',
    async (fixture) => {
      const { queue, now } = fixture;
      for (let at = 0; at < 10; at++) await queue.add(named(`a${at}`));
      const nodes = Array.from({ length: 20 }, (_, at) => `n${at}`);
      const claimed = await Promise.all(nodes.map(async (node) => queue.claim({ node, now, leaseMs })));
      const ids = claimed.flatMap((one) => (one === undefined ? [] : [one.id]));
      expect(new Set(ids).size).toBe(10);
      expect(ids).toHaveLength(10);
      expect(claimed[0]).toMatchObject({ state: 'running', lease: { holder: 'n0', until: now + leaseMs } });
    },
  ],
  [
    'takes back what a dead node held when its lease ends, unless it was renewed',
    async (fixture) => {
      const { queue, now } = fixture;
      await queue.add(named('a'));
      const { id } = await claimOne(fixture);
      expect(await queue.renew(id, 'n1', now + leaseMs + 10)).toBe(true);
      expect(await queue.distribute(now + leaseMs)).toBe(0);
      expect(await queue.distribute(now + leaseMs + 10)).toBe(1);
      expect(await queue.get(id)).toMatchObject({ state: 'runnable', lease: undefined });
      const again = await queue.claim({ node: 'n2', now: now + leaseMs + 10, leaseMs });
      expect(again?.id).toBe(id);
      expect(await queue.renew(id, 'n1', now + 9 * leaseMs)).toBe(false);
    },
  ],
  [
    'lets a node that has lost its lease neither complete nor fail the activity',
    async (fixture) => {
      const { queue, now } = fixture;
      await queue.add(named('a'));
      const { id } = await claimOne(fixture);
      await queue.distribute(now + leaseMs);
      await queue.claim({ node: 'n2', now: now + leaseMs, leaseMs });
      await queue.complete(id, 'n1');
      expect(await queue.fail(id, 'n1', { ...failure, at: now, again: undefined })).toBe(false);
      expect(await queue.get(id)).toMatchObject({ state: 'running', lease: { holder: 'n2' } });
      await queue.complete(id, 'n2');
      expect(await queue.get(id)).toBeUndefined();
    },
  ],
  [
    'lets what is taken back keep its turn before those with the same key',
    async (fixture) => {
      const { queue, now } = fixture;
      await queue.add(named('first', { oneAtATime: 'k' }));
      await queue.add(named('second', { oneAtATime: 'k' }));
      await claimOne(fixture);
      expect(await claimAll(fixture, 'n2')).toEqual([]);
      await queue.distribute(now + leaseMs);
      expect(await claimAll(fixture, 'n2', now + leaseMs)).toEqual(['first', 'second']);
    },
  ],
  [
    'takes nothing back twice, and releases nothing twice, when several distribute at once',
    async (fixture) => {
      const { queue, now } = fixture;
      await queue.add(named('held'));
      await claimOne(fixture);
      for (let at = 1; at < 5; at++) await queue.add(named(`dated${at}`, { notBefore: now + at }));
      const later = now + leaseMs;
      const released = await Promise.all([1, 2, 3].map(async () => queue.distribute(later)));
      expect(released.reduce((sum, each) => sum + each, 0)).toBe(5);
      expect((await claimAll(fixture, 'n2', later)).toSorted()).toEqual([
        'dated1',
        'dated2',
        'dated3',
        'dated4',
        'held',
      ]);
    },
  ],
  [
    'hands out what is runnable though the clock was set back since',
    async (fixture) => {
      const { queue, now } = fixture;
      await queue.add(named('a'));
      await queue.add(named('b', { notBefore: now + 10 }));
      await queue.distribute(now + 10);
      expect(await claimAll(fixture, 'n1', now - 86_400_000)).toEqual(['a', 'b']);
    },
  ],
  [
    'shows a lease that a clock has given which was set back since, and gives what it holds to others when asked to',
    async (fixture) => {
      const { queue, now } = fixture;
      await queue.add(named('a', { oneAtATime: 'S' }));
      const { id } = await claimOne(fixture);
      const earlier = now - 86_400_000;
      // The date of the lease is still to come for as long: nobody waits for it who asks.
      expect(await queue.distribute(earlier)).toBe(0);
      expect(await queue.list({ state: 'running' })).toMatchObject([
        { id, lease: { holder: 'n1', until: now + leaseMs } },
      ]);
      expect(await queue.release(id, 'n1')).toBe(true);
      expect(await queue.claim({ node: 'n2', now: earlier, leaseMs })).toMatchObject({
        id,
        lease: { holder: 'n2', until: earlier + leaseMs },
      });
      // Whoever had it and comes to life again ends nothing.
      await queue.complete(id, 'n1');
      expect(await queue.list()).toMatchObject([{ id, state: 'running' }]);
    },
  ],
  [
    'ends one and hands out the next, each under its own lease',
    async (fixture) => {
      const { queue, now } = fixture;
      for (const name of ['a', 'b']) await queue.add(named(name));
      const first = await claimOne(fixture);
      const next = { node: 'n2', now, leaseMs };
      // A queue that cannot do both at once leaves it to be claimed.
      const second = (await queue.complete(first.id, 'n1', { next })).next ?? (await queue.claim(next));
      expect(second).toMatchObject({ state: 'running', lease: { until: now + leaseMs } });
      const holder = second?.lease?.holder ?? '';
      expect((await queue.list()).map(nameOf)).toEqual(['b']);
      expect((await queue.complete(second?.id ?? 0, holder, { next })).next).toBeUndefined();
      expect(await queue.list()).toEqual([]);
    },
  ],
  [
    'has what is given back runnable at once, in its turn, under its key, and with no try used up',
    async (fixture) => {
      const { queue, now } = fixture;
      const first = await queue.add(named('first', { oneAtATime: 'k', deduplicate: 'd' }));
      await queue.add(named('second', { oneAtATime: 'k' }));
      await claimOne(fixture);
      expect(await queue.release(first, 'n2')).toBe(false);
      expect(await queue.release(first, 'n1')).toBe(true);
      expect(await queue.release(first, 'n1')).toBe(false);
      expect(await queue.get(first)).toMatchObject({ state: 'runnable', retries: 0, lease: undefined });
      expect(await queue.add(named('same', { deduplicate: 'd' }))).toBe(first);
      await queue.complete(first, 'n1');
      await queue.fail(first, 'n1', { ...failure, at: now, again: undefined });
      expect(await claimAll(fixture, 'n2')).toEqual(['first', 'second']);
    },
  ],
  [
    'keeps the key of what is taken back from a dead node, so that it is not queued twice',
    async (fixture) => {
      const { queue, now } = fixture;
      const first = await queue.add(named('first', { deduplicate: 'd' }));
      await claimOne(fixture);
      await queue.distribute(now + leaseMs);
      expect(await queue.add(named('same', { deduplicate: 'd' }))).toBe(first);
    },
  ],
  [
    'tries again when it was told to, and remembers why it failed',
    async (fixture) => {
      const { queue, now } = fixture;
      await queue.add(named('a'));
      const { id } = await claimOne(fixture);
      await queue.fail(id, 'n1', { ...failure, at: now, again: now + 30 });
      expect(await queue.get(id)).toMatchObject({
        ...{ state: 'waiting', retries: 1, notBefore: now + 30, lease: undefined },
        failure: { ...failure, at: now },
      });
      expect(await queue.distribute(now + 30)).toBe(1);
      expect(await claimAll(fixture, 'n1', now + 30)).toEqual(['a']);
    },
  ],
];

const administration: readonly Rule[] = [
  [
    'queues nothing while one with the same key to deduplicate waits or is runnable',
    async (fixture) => {
      const { queue } = fixture;
      const first = await queue.add(named('a', { deduplicate: 'k' }));
      expect(await queue.add(named('b', { deduplicate: 'k' }))).toBe(first);
      expect(await queue.add(named('c', { deduplicate: 'other' }))).not.toBe(first);
      await claimOne(fixture);
      // It may have read what it works on before the new reason came: that is a new activity.
      expect(await queue.add(named('d', { deduplicate: 'k' }))).not.toBe(first);
      expect((await queue.list()).map(nameOf)).toEqual(['a', 'c', 'd']);
    },
  ],
  [
    'queues nothing while one with the same key waits to be tried again',
    async (fixture) => {
      const { queue, now } = fixture;
      const first = await queue.add(named('a', { deduplicate: 'k' }));
      await claimOne(fixture);
      await queue.fail(first, 'n1', { ...failure, at: now, again: now + 30 });
      expect(await queue.add(named('b', { deduplicate: 'k' }))).toBe(first);
      await queue.distribute(now + 30);
      await queue.claim({ node: 'n1', now: now + 30, leaseMs });
      await queue.fail(first, 'n1', { ...failure, at: now, again: undefined });
      expect(await queue.add(named('c', { deduplicate: 'k' }))).not.toBe(first);
    },
  ],
  [
    'keeps a failed one visible until it is restarted, with its retries counted anew',
    async (fixture) => {
      const { queue, now } = fixture;
      const id = await queue.add(named('a'));
      await claimOne(fixture);
      expect(await queue.restart(id)).toBe(false);
      await queue.fail(id, 'n1', { ...failure, at: now, again: undefined });
      expect(await queue.distribute(now + 9 * leaseMs)).toBe(0);
      expect(await queue.get(id)).toMatchObject({ state: 'failed', retries: 1, failure });
      expect(await queue.restart(id)).toBe(true);
      expect(await queue.get(id)).toMatchObject({ state: 'runnable', retries: 0 });
      expect(await claimAll(fixture)).toEqual(['a']);
      expect(await queue.restart(id)).toBe(false);
    },
  ],
  [
    'remembers of what has failed for good that nobody was told, until somebody says so of that very failure',
    async (fixture) => {
      const { queue, now } = fixture;
      const id = await queue.add(named('a'));
      await queue.fail((await claimOne(fixture)).id, 'n1', { ...failure, at: now, again: now + 1 });
      expect(await queue.untold(now)).toEqual([]);
      const failsAt = async (at: number): Promise<void> => {
        await queue.distribute(at);
        await queue.claim({ node: 'n1', now: at, leaseMs });
        await queue.fail(id, 'n1', { ...failure, at, again: undefined });
      };
      await failsAt(now + 1);
      const told = { ...failure, at: now + 1 };
      expect(await queue.untold(now)).toEqual([]);
      expect(await queue.untold(now + 1)).toMatchObject([{ id, failure: { ...told, isTold: false } }]);
      await queue.noteTold(id, now + 1);
      expect(await queue.untold(now + 1)).toEqual([]);
      expect(await queue.get(id)).toMatchObject({ state: 'failed', failure: told });
      // It fails once more: that is another failure, of which the first telling says nothing.
      await queue.restart(id);
      await failsAt(now + 2);
      await queue.noteTold(id, now + 1);
      expect((await queue.untold(now + 2)).map(nameOf)).toEqual(['a']);
      await queue.restart(id);
      expect(await queue.untold(now + 2)).toEqual([]);
      await queue.cancel(id);
      await queue.noteTold(id, now + 2);
      expect(await queue.get(id)).toBeUndefined();
    },
  ],
  [
    'runs at once what waits, when somebody restarts it: whatever it waited for',
    async (fixture) => {
      const { queue, now } = fixture;
      const dated = await queue.add(named('dated', { notBefore: now + 1000, priority: 2 }));
      await queue.add(named('before', { tag: 't', notBefore: now + 1000 }));
      const after = await queue.add(named('after', { afterTag: 't', priority: 3 }));
      expect(await queue.restart(dated)).toBe(true);
      expect(await queue.restart(after)).toBe(true);
      expect(await claimAll(fixture)).toEqual(['dated', 'after']);
    },
  ],
  [
    'cancels everything but what runs',
    async (fixture) => {
      const { queue, now } = fixture;
      const running = await queue.add(named('running'));
      await claimOne(fixture);
      const waiting = await queue.add(named('waiting', { notBefore: now + 1 }));
      expect(await queue.cancel(running)).toBe(false);
      expect(await queue.cancel(waiting)).toBe(true);
      expect(await queue.cancel(waiting)).toBe(false);
      expect((await queue.list()).map(nameOf)).toEqual(['running']);
    },
  ],
  [
    'lists those with one key alone, those that have failed too, until they are gone',
    async (fixture) => {
      const { queue, now } = fixture;
      for (const one of ['a', 'b', 'c']) await queue.add(named(one, { oneAtATime: 'k' }));
      await queue.add(named('other', { oneAtATime: 'l', priority: 9 }));
      await queue.add(named('free', { priority: 9 }));
      const first = await claimOne(fixture);
      await queue.fail(first.id, 'n1', { ...failure, at: now, again: undefined });
      const second = await claimOne(fixture);
      const withKey = async (state?: Activity['state']): Promise<readonly (string | undefined)[]> =>
        (await queue.list({ oneAtATime: 'k', ...(state && { state }) })).map(nameOf);
      expect(await withKey()).toEqual(['a', 'b', 'c']);
      expect(await withKey('failed')).toEqual(['a']);
      expect((await queue.list({ oneAtATime: 'k', after: first.id, limit: 1 })).map(nameOf)).toEqual(['b']);
      await queue.complete(second.id, 'n1');
      await queue.restart(first.id);
      expect(await withKey()).toEqual(['a', 'c']);
      expect(await withKey('failed')).toEqual([]);
      await queue.cancel(first.id);
      expect(await withKey()).toEqual(['c']);
      expect(await queue.list({ oneAtATime: 'nobody' })).toEqual([]);
    },
  ],
  [
    'lists and counts by state',
    async (fixture) => {
      const { queue, now } = fixture;
      expect(await queue.count()).toEqual({ waiting: 0, runnable: 0, running: 0, failed: 0 });
      for (const one of ['a', 'b', 'c']) await queue.add(named(one));
      await queue.add(named('d', { notBefore: now + 1 }));
      await queue.fail((await claimOne(fixture)).id, 'n1', { ...failure, at: now, again: undefined });
      await claimOne(fixture);
      expect(await queue.count()).toEqual({ waiting: 1, runnable: 1, running: 1, failed: 1 });
      expect((await queue.list({ state: 'failed' })).map(nameOf)).toEqual(['a']);
      expect((await queue.list({ limit: 2 })).map(nameOf)).toEqual(['a', 'b']);
    },
  ],
];

/** What every adapter of the ActivityQueue port promises, as tests. */
export function activityQueueContract(name: string, open: () => Promise<QueueFixture>): void {
  const groups = { order, leases, administration };
  for (const [group, rules] of Object.entries(groups)) {
    describe(`${name}: ${group}`, () => {
      for (const [says, check] of rules) {
        it(says, async () => {
          const fixture = await open();
          try {
            await check(fixture);
          } finally {
            await fixture.close();
          }
        });
      }
    });
  }
}
