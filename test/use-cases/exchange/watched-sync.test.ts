import { describe, expect, it } from 'vitest';
import { cancelSync, askForSync } from '../../../src/use-cases/administration/ask-for-sync.ts';
import { watchedSync } from '../../../src/use-cases/exchange/watched-sync.ts';
import type { SiteContext } from '../../../src/use-cases/site-context.ts';
import { runSync } from '../../../src/use-cases/subscriber/run-sync.ts';
import type { SyncReport } from '../../../src/use-cases/subscriber/run-sync.ts';
import type { Pair } from '../../support/synced-sites.ts';
import { card, manager, seedPair } from '../../support/synced-sites.ts';

/** The pair's subscriber, whose clock sleeps until it is stopped or woken. */
async function watchedPair(): Promise<{ readonly pair: Pair; readonly context: SiteContext; wake(): void }> {
  const pair = await seedPair({}, { maxMessageOctets: 8_000 });
  const sleepers = new Set<() => void>();
  const clock = {
    now: () => pair.clock.at,
    sleep: (_: number, signal?: AbortSignal) =>
      new Promise<void>((resolve) => {
        sleepers.add(resolve);
        signal?.addEventListener('abort', () => {
          resolve();
        });
      }),
  };
  const wake = (): void => {
    for (const resolve of sleepers) resolve();
  };
  return { pair, context: { ...pair.subscriber.context, clock }, wake };
}

async function run(
  pair: Pair,
  context: SiteContext,
  during?: (requests: number) => Promise<void>,
): Promise<SyncReport> {
  return watchedSync(context, { id: 'Repository' }, ({ signal, onProgress }) => {
    const deliver: Pair['wire']['deliver'] = async (message) => {
      const delivery = await pair.wire.deliver(message);
      pair.clock.at += 600;
      await during?.(pair.wire.requests);
      return delivery;
    };
    const transport = { schemes: ['http'], deliver };
    const request = { id: 'Repository', options: { holder: 'test' } };
    return runSync(context, request, { services: pair.subscriber.services, transport, signal, onProgress });
  });
}

async function kinds(context: SiteContext): Promise<readonly string[]> {
  return (await context.store.notes.syncEvents('Repository')).map(({ kind }) => kind);
}

describe('a watched sync', () => {
  it('tells its beginning, its last progress and its result, with the line of the log', async () => {
    const { pair, context } = await watchedPair();
    for (let at = 0; at < 60; at += 1)
      await pair.publisher.put(`/portal_repository/p${at}`, card('x'.repeat(200), '0'));
    const report = await run(pair, context);
    expect(report.received.created).toBe(61);
    expect(await kinds(context)).toEqual(['started', 'progress', 'done']);
    const [, progress, done] = await context.store.notes.syncEvents('Repository');
    expect(progress?.data).toMatchObject({ received: { expected: 61 } });
    expect(done?.data).toMatchObject({ outcome: 'done', received: { created: 61 } });
    expect(await context.store.logLine(Number(done?.data['line']))).toMatchObject({
      kind: 'sync',
      subject: 'Repository',
    });
  });

  it('is cancelled from elsewhere, and goes on with the next', async () => {
    const { pair, context, wake } = await watchedPair();
    for (let at = 0; at < 60; at += 1)
      await pair.publisher.put(`/portal_repository/p${at}`, card('x'.repeat(200), '0'));
    const cancelled = run(pair, context, async (requests) => {
      if (requests !== 2) return;
      expect(await cancelSync(pair.subscriber.context, manager, 'Repository')).toEqual({
        cancelled: 0,
        isStopping: true,
      });
      wake();
      // The watcher reads the wish.
      await new Promise(setImmediate);
    });
    await expect(cancelled).rejects.toMatchObject({ code: 'CON-E009', retry: 'never' });
    expect((await kinds(context)).at(-1)).toBe('cancelled');
    const report = await run(pair, context);
    expect(report).toMatchObject({ outcome: 'done', received: { created: 61 } });
  });

  it('says why it failed, and what to do', async () => {
    const { pair, context } = await watchedPair();
    await pair.publisher.context.accounts.removeAccount('sync');
    await expect(run(pair, context)).rejects.toMatchObject({ code: 'CON-A004' });
    const last = (await context.store.notes.syncEvents('Repository')).at(-1);
    expect(last).toMatchObject({ kind: 'failed', data: { code: 'CON-A004', remedy: expect.any(String) as string } });
  });

  it('keeps the events of the ten before it', async () => {
    const { pair, context } = await watchedPair();
    for (let at = 0; at < 13; at += 1) await run(pair, context);
    expect((await kinds(context)).filter((kind) => kind === 'started')).toHaveLength(11);
  });
});

describe('asking for a sync', () => {
  it('queues it, says so to those who look on, and notes who allowed deletions', async () => {
    const { context } = await watchedPair();
    const activity = await askForSync(context, manager, { id: 'Repository', wishes: { allowDeletions: 30 } });
    expect(await context.queue.get(activity)).toMatchObject({ work: { options: { allowDeletions: 30 } } });
    expect(await kinds(context)).toEqual(['queued']);
    const [line] = await context.store.log({ kinds: ['deletion'] });
    expect(line).toMatchObject({ subject: 'Repository', text: '30 deletions allowed by “admin”' });
    expect(await cancelSync(context, manager, 'Repository')).toEqual({ cancelled: 1, isStopping: false });
    expect(await context.queue.get(activity)).toBeUndefined();
    await expect(cancelSync(context, manager, 'Repository')).rejects.toMatchObject({ code: 'CON-R013' });
    await expect(cancelSync(context, manager, 'None')).rejects.toMatchObject({ code: 'CON-R004' });
  });

  it('lets only a Publisher allow deletions', async () => {
    const { context } = await watchedPair();
    const member = { name: 'mia', roles: ['Member'] } as const;
    const wished = askForSync(context, member, { id: 'Repository', wishes: { allowDeletions: 30 } });
    await expect(wished).rejects.toMatchObject({ code: 'CON-A002' });
    expect(await askForSync(context, member, { id: 'Repository', wishes: {} })).toBeGreaterThan(0);
  });
});
