import { describe, expect, it } from 'vitest';
import { resolveConflicts } from '../../../src/use-cases/exchange/resolve-conflict.ts';
import { removeSubscriber } from '../../../src/use-cases/administration/remove-subscriber.ts';
import { withFault } from '../../../src/synchronization/quarantine.ts';
import type { Faults } from '../../../src/synchronization/quarantine.ts';
import type { Subscriber } from '../../../src/synchronization/subscriber.ts';
import type { Listener } from '../../../src/use-cases/publisher/admit-listener.ts';
import type { ChangeStream } from '../../../src/use-cases/publisher/change-stream.ts';
import type { ListenerLimits } from '../../../src/use-cases/publisher/watch-changes.ts';
import { beatEveryMs, ChangeWatch, lookEveryMs } from '../../../src/use-cases/publisher/watch-changes.ts';
import type { Pair } from '../../support/synced-sites.ts';
import { card, manager, seedPair, sync } from '../../support/synced-sites.ts';

interface Listening {
  readonly pair: Pair;
  readonly watch: ChangeWatch;
  readonly listener: Listener;
  readonly listen: (known?: string) => Promise<ChangeStream>;
  readonly faults: unknown[];
}

async function listening(limits: Partial<ListenerLimits> = {}): Promise<Listening> {
  const pair = await seedPair();
  await sync(pair.subscriber, 'Repository', pair.wire);
  await sync(pair.subscriber, 'Repository', pair.wire);
  const { context } = pair.publisher;
  const faults: unknown[] = [];
  const watch = new ChangeWatch({
    limits: { streams: 10, streamsPerSubscriber: 2, ...limits },
    site: async () => context,
    // The looks are those of the test.
    sleep: () => new Promise(() => undefined),
    reportFault: (error) => faults.push(error),
  });
  const listener: Listener = {
    publication: 'Repository',
    url: pair.subscriber.url + '/Repository',
    account: 'sync',
    address: '127.0.0.1',
    tokenHash: undefined,
  };
  return { pair, watch, listener, listen: () => watch.listen(context, listener), faults };
}

/** What has been told by now, read to its end. */
async function toldUntilEnd(stream: ChangeStream): Promise<readonly string[]> {
  const kinds: string[] = [];
  for await (const { kind } of stream) kinds.push(kind);
  return kinds;
}

async function subscriberOf({ pair, listener }: Listening): Promise<Subscriber> {
  const row = await pair.publisher.context.store.subscriber('Repository', listener.url);
  if (row === undefined) throw new Error('there is no subscriber');
  return row;
}

/** Both sides give one field another value, and a conflict waits. */
async function clash({ publisher, subscriber, wire }: Pair): Promise<void> {
  await publisher.put('/portal_repository/first', card('theirs', '1'));
  await subscriber.put('/portal_repository/first', card('mine', '1'));
  await sync(subscriber, 'Repository', wire);
}

describe('a subscriber that listens', () => {
  it('is told once of a burst of changes, and with the position after the last of them', async () => {
    const { pair, watch, listen } = await listening();
    const stream = await listen();
    for (let n = 0; n < 100; n++) await pair.publisher.put('/portal_repository/new', `<object><n>${n}</n></object>`);
    await watch.look(lookEveryMs);
    const head = await pair.publisher.context.store.head();
    expect(await stream.next()).toEqual({ done: false, value: { kind: 'changed', position: head } });
    await watch.look(lookEveryMs);
    stream.end();
    expect(await toldUntilEnd(stream)).toEqual([]);
  });

  it('has one thing to take, however long it takes nothing', async () => {
    const { pair, watch, listen } = await listening();
    const stream = await listen();
    for (let n = 0; n < 20; n++) {
      await pair.publisher.put('/portal_repository/new', `<object><n>${n}</n></object>`);
      await watch.look(lookEveryMs);
    }
    expect(await stream.next()).toMatchObject({ value: { position: await pair.publisher.context.store.head() } });
    stream.end();
    expect(await toldUntilEnd(stream)).toEqual([]);
  });

  it('is told of what the others were told while it was being let in', async () => {
    const { pair, watch, listen, listener } = await listening();
    const { context } = pair.publisher;
    const first = await listen();
    const store = Object.create(context.store, {
      changes: {
        // Between its question and its place among those who listen, somebody writes, and the log is looked at.
        value: async (...asked: Parameters<typeof context.store.changes>) => {
          const answer = await context.store.changes(...asked);
          await pair.publisher.put('/portal_repository/new', '<object/>');
          await watch.look(lookEveryMs);
          return answer;
        },
      },
    }) as typeof context.store;
    const second = await watch.listen({ ...context, store }, listener);
    const head = await context.store.head();
    for (const stream of [first, second]) {
      expect(await stream.next()).toMatchObject({ value: { kind: 'changed', position: head } });
      stream.end();
    }
  });

  it('is told nothing of what is not in the publication', async () => {
    const { pair, watch, listen } = await listening();
    const stream = await listen();
    await pair.publisher.put('/elsewhere/a', '<object/>');
    await watch.look(beatEveryMs);
    expect(await stream.next()).toMatchObject({ value: { kind: 'beat' } });
  });

  it('is told of conflicts that are settled, though nothing has changed, unless a sync tells of it', async () => {
    const { pair, watch, listen } = await listening();
    const { publisher, subscriber, wire } = pair;
    await clash(pair);
    await sync(subscriber, 'Repository', wire);
    const stream = await listen();
    for (let look = 0; look < 5; look++) await watch.look(0);
    const [conflict] = await publisher.context.store.conflicts({ state: 'open' });
    if (conflict === undefined) throw new Error('there is no conflict');
    const head = await publisher.context.store.head();
    await resolveConflicts(publisher.context, manager, { ids: [conflict.id], keep: 'publisher' });
    expect(await publisher.context.store.head()).toEqual(head);
    for (let look = 0; look < 5; look++) await watch.look(0);
    expect(await stream.next()).toEqual({ done: false, value: { kind: 'settled' } });
    await sync(subscriber, 'Repository', wire);
    for (let look = 0; look < 5; look++) await watch.look(0);
    expect(await subscriber.context.store.countConflicts({ state: 'open' })).toBe(0);
    stream.end();
    expect(await toldUntilEnd(stream)).toEqual([]);
  });

  it('is told when it comes of conflicts that were settled meanwhile', async () => {
    const { pair, watch, listen } = await listening();
    const { publisher } = pair;
    await clash(pair);
    const [conflict] = await publisher.context.store.conflicts({ state: 'open' });
    await resolveConflicts(publisher.context, manager, { ids: [conflict?.id ?? ''], keep: 'publisher' });
    const stream = await listen();
    for (let look = 0; look < 5; look++) await watch.look(0);
    expect(await stream.next()).toMatchObject({ value: { kind: 'settled' } });
    stream.end();
  });

  it('is told at once of what has changed since it was last told, and of nothing when nothing has', async () => {
    const { pair, watch, listener, listen } = await listening();
    const { context } = pair.publisher;
    const before = await context.store.head();
    await pair.publisher.put('/portal_repository/new', '<object/>');
    expect(await (await watch.listen(context, listener, before)).next()).toMatchObject({ value: { kind: 'changed' } });
    // Without a word of its own the publisher goes by what it knows that it has.
    expect(await (await listen()).next()).toMatchObject({ value: { kind: 'changed' } });
    const upToDate = await watch.listen(context, listener, await context.store.head());
    upToDate.end();
    expect(await toldUntilEnd(upToDate)).toEqual([]);
  });

  it('that knows another log is told at once', async () => {
    const { pair, watch, listener } = await listening();
    const other = { epoch: 'another', seq: 3, hash: 'x' };
    const stream = await watch.listen(pair.publisher.context, listener, other);
    expect(await stream.next()).toMatchObject({ value: { kind: 'changed' } });
  });

  it('has so many streams and no more: one more ends its oldest', async () => {
    const { watch, listen } = await listening({ streamsPerSubscriber: 1 });
    const [first, second] = [await listen(), await listen()];
    expect([first.isOver, second.isOver, watch.open]).toEqual([true, false, 1]);
  });

  it('is sent away for a while when too many listen', async () => {
    const { watch, listen } = await listening({ streams: 1 });
    const stream = await listen();
    await expect(listen()).rejects.toMatchObject({ code: 'CON-W009', retry: 'later', details: { retryAfter: '60' } });
    stream.end();
    expect(watch.open).toBe(0);
    await expect(listen()).resolves.toBeDefined();
  });

  it('that takes nothing for several beats is cut off', async () => {
    const { pair, watch, listener } = await listening();
    let isCut = false;
    const cutOff = (): void => {
      isCut = true;
    };
    const stream = await watch.listen(pair.publisher.context, { ...listener, cutOff });
    for (let beat = 0; beat < 5; beat++) await watch.look(beatEveryMs);
    expect([stream.isOver, isCut, watch.open]).toEqual([true, true, 0]);
  });
});

describe('whoever may not listen', () => {
  const unknown = 'http://localhost:9673/other/Repository';

  it.each([
    ['no such publication', { publication: 'None' }, 'CON-R003'],
    ['no such subscriber', { url: unknown }, 'CON-R004'],
    ['no such account', { account: 'nobody' }, 'CON-A001'],
    ['an account that is not the subscriber’s', { account: 'other' }, 'CON-A002'],
    ['an account that may not synchronise', { account: 'member' }, 'CON-A002'],
    ['a token that was replaced', { tokenHash: 'of before' }, 'CON-A001'],
  ])('is refused: %s', async (_, changed, code) => {
    const { pair, watch, listener } = await listening();
    await pair.publisher.addAccount('other', 'x');
    await pair.publisher.addAccount('member', 'x', ['Member']);
    await expect(watch.listen(pair.publisher.context, { ...listener, ...changed })).rejects.toMatchObject({ code });
    expect(watch.open).toBe(0);
  });

  it('is refused where the account may not pull, and where messages must be sealed', async () => {
    const { pair, listen } = await listening();
    await pair.publisher.publish('Repository', '/portal_repository', { mayPull: ['other'] });
    await expect(listen()).rejects.toMatchObject({ code: 'CON-A002' });
  });

  it('is ended within a beat when it is expelled', async () => {
    const place = await listening();
    const stream = await place.listen();
    const name = { publication: 'Repository', subscriber: place.listener.url };
    await removeSubscriber(place.pair.publisher.context, manager, name);
    await place.watch.look(beatEveryMs);
    expect([stream.isOver, place.watch.open]).toEqual([true, 0]);
  });

  it('is ended within a beat when it is held back', async () => {
    const place = await listening();
    const stream = await place.listen();
    const { store, clock } = place.pair.publisher.context;
    let faults: Faults | undefined;
    for (let count = 0; count < 5; count++) faults = withFault(faults, { at: clock.now(), reason: 'CON-S001' });
    const before = await subscriberOf(place);
    const row = { ...before, state: { ...before.state, faults } };
    await store.update(() => Promise.resolve({ batch: { subscribers: [{ row }] }, result: undefined }));
    await place.watch.look(beatEveryMs);
    expect(stream.isOver).toBe(true);
    await expect(place.listen()).rejects.toMatchObject({ code: 'CON-S004', retry: 'later' });
  });

  it('is ended within a beat when its account is gone, or locked', async () => {
    const place = await listening();
    const { context } = place.pair.publisher;
    const stream = await place.listen();
    const attempt = { name: 'sync', address: '127.0.0.1' };
    for (let failure = 0; failure < 10; failure++) context.signInGuard.failed(attempt);
    await place.watch.look(beatEveryMs);
    expect(stream.isOver).toBe(true);
    context.signInGuard.succeeded(attempt);
    const again = await place.listen();
    await context.accounts.removeAccount('sync');
    await place.watch.look(beatEveryMs);
    expect(again.isOver).toBe(true);
    expect(place.faults).toEqual([]);
  });
});
