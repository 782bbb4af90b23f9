import { expect, it } from 'vitest';
import { NodeTics } from '../../../src/use-cases/administration/node-tics.ts';
import type { RunOptions } from '../../../src/use-cases/administration/run-activities.ts';
import { HandClock } from '../../support/memory-site.ts';
import { TestSite } from '../../support/synced-sites.ts';

it('nodes share what is runnable, each with its own name, and one that is at work begins nothing more when it is asked again', async () => {
  const { context } = new TestSite('cps', new HandClock());
  for (let at = 0; at < 3; at++) await context.queue.add({ work: { name: 'collect-garbage' } });
  let release: () => void = () => undefined;
  const released = new Promise<void>((resolve) => {
    release = resolve;
  });
  let begun = 0;
  const work = async (): Promise<void> => {
    begun += 1;
    if (begun <= 2) await released;
  };
  const options: RunOptions = {
    node: 'web',
    handlers: { synchronize: work, import: work, 'collect-garbage': work, 'deliver-answer': work },
    retry: { firstMs: 1000, longestMs: 60_000 },
    leaseMs: 60_000,
    random: () => 1,
    signal: new AbortController().signal,
  };
  const untilEnd = (_: number, ended?: AbortSignal): Promise<void> =>
    new Promise((resolve) =>
      ended?.addEventListener('abort', () => {
        resolve();
      }),
    );
  const site = { ...context, clock: { now: () => context.clock.now(), sleep: untilEnd } };
  const tics = new NodeTics();
  const one = tics.tic(site, 'tic-1', options);
  expect(await tics.tic(site, 'tic-1', options)).toEqual({ done: 0, retried: 0, failed: 0, lost: 0 });
  const two = tics.tic(site, 'tic-2', options);
  await expect.poll(() => begun).toBe(2);
  const holders = (await context.queue.list({ state: 'running' })).map(({ lease }) => lease?.holder.split('/')[0]);
  expect(holders).toEqual(['web-tic-1', 'web-tic-2']);
  release();
  const counts = await Promise.all([one, two]);
  expect(counts.map(({ done }) => done).toSorted((a, b) => a - b)).toEqual([1, 2]);
  expect((await tics.tic(site, 'tic-1', options)).done).toBe(0);
});
