import { describe, expect, it } from 'vitest';
import { AuthenticityError, TransportError } from '../../../src/errors/concord-error.ts';
import type { ChangeNews, ChangeQuestion, ChangeSource } from '../../../src/ports/change-source.ts';
import type { SiteContext } from '../../../src/use-cases/site-context.ts';
import { FollowLease } from '../../../src/use-cases/subscriber/follow-lease.ts';
import { followLeaseMs, followState } from '../../../src/use-cases/subscriber/follow-note.ts';
import { followPublication } from '../../../src/use-cases/subscriber/follow-publication.ts';
import type { Pair } from '../../support/synced-sites.ts';
import { seedPair, sync } from '../../support/synced-sites.ts';

const never = new AbortController().signal;

interface Place {
  readonly pair: Pair;
  readonly context: SiteContext;
  readonly sleeps: number[];
  readonly take: (holder: string, isGone?: boolean) => Promise<FollowLease | undefined>;
}

async function place(): Promise<Place> {
  const pair = await seedPair();
  await sync(pair.subscriber, 'Repository', pair.wire);
  await sync(pair.subscriber, 'Repository', pair.wire);
  await pair.subscriber.subscribe('Repository', pair.publisher, '/portal_repository', { follow: true });
  const kept = new Map<string, string>();
  const sleeps: number[] = [];
  const settings = {
    setting: async (name: string) => kept.get(name),
    saveSetting: async (name: string, value: string) => void kept.set(name, value),
  };
  const clock = {
    now: () => pair.clock.now(),
    sleep: async (delayMs: number) => void sleeps.push(delayMs),
  };
  const context = { ...pair.subscriber.context, settings, clock };
  const take: Place['take'] = (holder, isGone = false) =>
    FollowLease.take(context, 'Repository', { holder, isGone: () => isGone, signal: never });
  return { pair, context, sleeps, take };
}

/** A publisher that gives, one connection after the other, these positions or errors; then the subscriber is stopped. */
function playing(connections: readonly (readonly ChangeNews[] | Error)[], stop: AbortController) {
  const asked: ChangeQuestion[] = [];
  const source: ChangeSource = {
    listen: async (question) => {
      asked.push(question);
      const connection = connections[asked.length - 1];
      if (asked.length >= connections.length) stop.abort();
      if (connection instanceof Error) throw connection;
      return (async function* () {
        yield* connection ?? [];
      })();
    },
  };
  return { asked, source };
}

async function play({ context, take }: Place, connections: readonly (readonly ChangeNews[] | Error)[]) {
  const stop = new AbortController();
  const { asked, source } = playing(connections, stop);
  const lease = await take('me');
  if (lease === undefined) throw new Error('somebody else follows');
  const services = { source, retry: { firstMs: 1_000, longestMs: 8_000 }, random: () => 1 };
  await followPublication(context, { id: 'Repository', lease, signal: stop.signal }, services);
  return asked;
}

describe('following', () => {
  it('queues one sync, however often it is told, and none for what is here', async () => {
    const own = await place();
    const head = await own.pair.publisher.context.store.head();
    const later = { ...head, seq: head.seq + 1 };
    await play(own, [[head, head]]);
    expect(await own.context.queue.list()).toEqual([]);
    await play(own, [[later, later], [later], []]);
    expect(await own.context.queue.list()).toMatchObject([{ work: { name: 'synchronize' }, state: 'runnable' }]);
  });

  it('queues a sync when conflicts were settled, although the log has nothing new', async () => {
    const own = await place();
    await play(own, [['settled', 'settled'], []]);
    expect(await own.context.queue.list()).toHaveLength(1);
  });

  it('says as whom, and up to where it has the log', async () => {
    const own = await place();
    const [question] = await play(own, [[]]);
    const head = await own.pair.publisher.context.store.head();
    expect(question).toMatchObject({
      publication: 'Repository',
      publicationUrl: own.pair.publisher.url,
      subscription: `${own.pair.subscriber.url}/Repository`,
      credential: { kind: 'token' },
      after: { epoch: head.epoch },
    });
  });

  it('waits longer from try to try, as long as the publisher asks for, and says why', async () => {
    const own = await place();
    const refused = new TransportError('CON-T001', 'nothing listens', { retry: 'later' });
    const asksToWait = new TransportError('CON-T005', 'busy', { retry: 'later', retryAfter: '60' });
    const wrong = new AuthenticityError('CON-A004', 'not let in');
    await play(own, [refused, refused, asksToWait, wrong, []]);
    expect(own.sleeps.slice(1)).toEqual([1_000, 2_000, 60_000, 8_000]);
    expect(await followState(own.context, 'Repository')).toMatchObject({ state: 'connected' });
    const stopped = await play(own, [wrong, wrong]);
    expect(stopped).toHaveLength(2);
    expect(await followState(own.context, 'Repository')).toMatchObject({
      state: 'reconnecting',
      code: 'CON-A004',
      message: 'not let in',
    });
  });

  it('asks for a first sync of a subscription that has had none: the publisher does not know it yet', async () => {
    const own = await place();
    const { store } = own.context;
    const row = await store.subscription('Repository');
    if (row === undefined) throw new Error('there is no subscription');
    const fresh = { ...row, state: { ...row.state, lastSyncAt: undefined } };
    await store.update(() => Promise.resolve({ batch: { subscriptions: [{ row: fresh }] }, result: undefined }));
    await play(own, [[]]);
    expect(await own.context.queue.list()).toHaveLength(1);
  });
});

describe('the right to follow', () => {
  it('is one process’s at a time, and another’s when that ends, is gone, or is silent for too long', async () => {
    const { take, pair } = await place();
    const first = await take('first');
    expect(first).toBeDefined();
    expect(await take('second')).toBeUndefined();
    expect(await take('second', true)).toBeDefined();
    expect(await first?.renew()).toBe(false);
    pair.clock.at += followLeaseMs;
    const third = await take('third');
    expect(third).toBeDefined();
    await third?.[Symbol.asyncDispose]();
    expect(await take('fourth')).toBeDefined();
  });
});
