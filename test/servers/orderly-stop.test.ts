import { once } from 'node:events';
import { mkdirSync, writeFileSync } from 'node:fs';
import { createServer } from 'node:http';
import type { AddressInfo } from 'node:net';
import { join } from 'node:path';
import { expect, it } from 'vitest';
import { compose } from '../../src/compose/compose.ts';
import { readConfiguration } from '../../src/configuration/read-configuration.ts';
import { makeWorkplace } from '../cli/run-concord.ts';
import { Processes } from './concord-process.ts';
import { hasMongoDb, startMongoDb } from './mongodb/mongodb-server.ts';
import { hasRedis, startRedis } from './redis/redis-server.ts';

const settled = { interval: 50 };

interface Place extends AsyncDisposable {
  readonly settings: Readonly<Record<string, string>>;
}

const nothing = { settings: {}, [Symbol.asyncDispose]: async () => undefined };
const places: readonly { queue: string; isHere: boolean; start: () => Promise<Place> }[] = [
  { queue: 'the store', isHere: true, start: async () => nothing },
  {
    ...{ queue: 'Redis (skipped without redis-server)', isHere: hasRedis },
    start: async () => {
      const redis = await startRedis();
      return { settings: { CONCORD_QUEUE_URL: redis.url }, [Symbol.asyncDispose]: () => redis[Symbol.asyncDispose]() };
    },
  },
  {
    ...{ queue: 'MongoDB (skipped without a server)', isHere: hasMongoDb },
    start: async () => {
      const server = await startMongoDb();
      const end = (): Promise<void> => Promise.resolve(server[Symbol.asyncDispose]());
      return { settings: { CONCORD_STORE_URL: server.freshUrl() }, [Symbol.asyncDispose]: end };
    },
  },
];

it.each(places.filter(({ isHere }) => isHere))(
  'a worker that is stopped gives back what it was at, and one that is killed leaves it to others when its lease ends; the queue in $queue',
  async ({ start }) => {
    using place = makeWorkplace();
    await using server = await start();
    mkdirSync(place.data, { recursive: true });
    const activities = { leaseMs: 2_000, pollMs: 20, firstRetryMs: 20, concurrency: 1 };
    writeFileSync(join(place.data, 'concord.json'), JSON.stringify({ activities }));
    const environment = { CONCORD_DATA: place.data, ...server.settings };
    // A publisher that never answers, so that a sync goes on until somebody ends it.
    const deaf = createServer(() => undefined).listen(0, '127.0.0.1');
    await once(deaf, 'listening');
    // Holds: it listens at a port, not at a pipe.
    const url = `http://localhost:${(deaf.address() as AddressInfo).port}`;
    await place.must(['site', 'add', 'cps'], { environment });
    const from = ['--publication-url', `${url}/other`, '--subscription-url', `${url}/cps/Notes`, '--path', '/notes'];
    await place.must(['subscribe', 'cps', 'Notes', ...from], { environment });
    await using here = await compose(readConfiguration(environment));
    const { queue } = await here.site('cps');
    const work = { name: 'synchronize', subscription: 'Notes', options: {} } as const;
    const id = await queue.add({ work, oneAtATime: 'k' });
    const next = await queue.add({ work: { name: 'collect-garbage' }, oneAtATime: 'k' });
    await using processes = new Processes(environment);

    const asked = once(deaf, 'request');
    const stopped = processes.start('worker');
    await asked;
    expect(await queue.cancel(id)).toBe(false);
    expect(await stopped.stop()).toBe(0);
    expect(await queue.get(id)).toMatchObject({ state: 'runnable', retries: 0, lease: undefined });

    const again = once(deaf, 'request');
    const killed = processes.start('worker');
    await again;
    await killed.kill();
    expect(await queue.get(id)).toMatchObject({ state: 'running' });
    processes.start('clock');
    await expect.poll(async () => (await queue.get(id))?.state, settled).toBe('runnable');

    // What is cancelled lets the next in turn go.
    expect(await queue.cancel(id)).toBe(true);
    processes.start('worker');
    await expect.poll(() => queue.get(next), settled).toBeUndefined();
    deaf.closeAllConnections();
    deaf.close();
  },
);
