import { once } from 'node:events';
import { createServer } from 'node:net';
import { afterEach, beforeEach, describe, expect, it } from 'vitest';
import { examineRedis, openRedis } from '../../../src/adapters/bullmq/redis-connection.ts';
import { compose } from '../../../src/compose/compose.ts';
import { refuseUnfit } from '../../../src/compose/start.ts';
import { readConfiguration } from '../../../src/configuration/read-configuration.ts';
import type { Workplace } from '../../cli/run-concord.ts';
import { makeWorkplace } from '../../cli/run-concord.ts';
import { freePort } from '../concord-process.ts';
import { hasRedis, startRedis } from './redis-server.ts';

let place: Workplace;
beforeEach(async () => {
  place = makeWorkplace();
  await place.must(['site', 'add', 'cps']);
});
afterEach(() => {
  place[Symbol.dispose]();
});

/** What is said when a process is to start with this queue, and what is only reported. */
async function startWith(url: string): Promise<{ readonly refused: unknown; readonly reported: readonly string[] }> {
  await using composition = await compose(readConfiguration({ CONCORD_DATA: place.data, CONCORD_QUEUE_URL: url }));
  const reported: string[] = [];
  const refused: unknown = await refuseUnfit(composition, (error) => reported.push(String(error))).catch(
    (error: unknown) => error,
  );
  return { refused, reported };
}

describe('a process whose queue cannot be held', () => {
  it('is refused where nobody answers, and commands that queue nothing still work', async () => {
    const url = `redis://127.0.0.1:${await freePort()}`;
    const { refused } = await startWith(url);
    expect(refused).toMatchObject({ name: 'ConfigurationError', code: 'CON-Q003' });
    await place.must(['site', 'list'], { environment: { CONCORD_QUEUE_URL: url } });
  });

  it('is refused where the server is too old, with what is needed', async () => {
    const info = 'redis_version:5.0.7\r\nrole:master\r\n';
    const old = createServer((socket) => {
      socket.on('data', (said) => {
        // Several commands may come at once, each as an array.
        for (const command of said
          .toString()
          .split(/^\*\d+\r\n/m)
          .slice(1))
          socket.write(/^\$4\r\ninfo/i.test(command) ? `$${info.length}\r\n${info}\r\n` : '+OK\r\n');
      });
    });
    const port = await freePort();
    old.listen(port, '127.0.0.1');
    await once(old, 'listening');
    const redis = openRedis({ url: `redis://127.0.0.1:${port}`, timeoutMs: 2_000 });
    await expect(examineRedis(redis, () => 0)).rejects.toMatchObject({
      code: 'CON-Q004',
      message: expect.stringMatching(/5\.0\.7.*6\.2/) as string,
    });
    redis.disconnect();
    old.close();
    await once(old, 'close');
  });

  it('is refused with an address that is none, as a fault of the configuration', async () => {
    const start = await place.run(['site', 'list'], { environment: { CONCORD_QUEUE_URL: 'http://localhost' } });
    expect(start.err).toMatch(/CONCORD_QUEUE_URL/);
  });
});

describe.skipIf(!hasRedis)('a Redis that is set up for something else (skipped without redis-server)', () => {
  it('is refused when it may throw activities away', async () => {
    await using server = await startRedis('--maxmemory', '50mb', '--maxmemory-policy', 'allkeys-lru');
    const { refused } = await startWith(server.url);
    expect(refused).toMatchObject({
      code: 'CON-Q004',
      message: expect.stringMatching(/allkeys-lru.*noeviction/) as string,
    });
  });

  it('is taken with a warning when it may forget activities after a kill, and without one when it does not', async () => {
    await using forgetful = await startRedis('--appendonly', 'no');
    const { refused, reported } = await startWith(forgetful.url);
    expect(refused).toBeUndefined();
    expect(reported.join()).toContain('append-only');
    await using durable = await startRedis();
    expect(await startWith(durable.url)).toEqual({ refused: undefined, reported: [] });
  });

  it('says that its memory is full, keeps what is queued, and goes on when there is room', async () => {
    await using server = await startRedis('--maxmemory-policy', 'noeviction');
    await using composition = await compose(
      readConfiguration({ CONCORD_DATA: place.data, CONCORD_QUEUE_URL: server.url }),
    );
    const { queue } = await composition.site('cps');
    const work = { name: 'collect-garbage' } as const;
    await queue.add({ work, maxRetries: 1 });
    const redis = openRedis({ url: server.url, timeoutMs: 2_000 });
    await redis.connect();
    await redis.config('SET', 'maxmemory', '1');
    await expect(queue.add({ work, maxRetries: 2 })).rejects.toMatchObject({
      code: 'CON-Q006',
      retry: 'later',
      message: expect.stringContaining('maxmemory') as string,
    });
    expect((await queue.list()).map(({ maxRetries }) => maxRetries)).toEqual([1]);
    await redis.config('SET', 'maxmemory', '0');
    await queue.add({ work, maxRetries: 3 });
    expect((await queue.list()).map(({ maxRetries }) => maxRetries).toSorted()).toEqual([1, 3]);
    redis.disconnect();
  });
});
