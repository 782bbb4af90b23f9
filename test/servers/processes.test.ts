import { mkdirSync, writeFileSync } from 'node:fs';
import type { IncomingMessage } from 'node:http';
import { createServer, request } from 'node:http';
import { join } from 'node:path';
import { once } from 'node:events';
import { afterEach, beforeEach, describe, expect, it } from 'vitest';
import type { Composition } from '../../src/compose/compose.ts';
import { compose } from '../../src/compose/compose.ts';
import { readConfiguration } from '../../src/configuration/read-configuration.ts';
import { parsePath } from '../../src/objects/path.ts';
import { findObject } from '../../src/use-cases/objects/find-object.ts';
import type { Workplace } from '../cli/run-concord.ts';
import { makeWorkplace } from '../cli/run-concord.ts';
import { openBrowser } from '../web/pages/browser.ts';
import { freePort, Processes } from './concord-process.ts';
import type { RedisServer } from './redis/redis-server.ts';
import { hasRedis, startRedis } from './redis/redis-server.ts';

const password = 'a password of the test';
const settled = { timeout: 60_000, interval: 100 };

/** An installation with a site, worked on by processes of its own. */
interface Stage {
  readonly place: Workplace;
  readonly processes: Processes;
  readonly environment: Readonly<Record<string, string>>;
  /** The same installation, looked at from here. */
  readonly open: () => Promise<Composition>;
  readonly redis: RedisServer | undefined;
}

const queues = [
  { queue: 'in the store', isHere: true, start: async () => undefined },
  { queue: 'in Redis (skipped without redis-server)', isHere: hasRedis, start: async () => startRedis() },
];

describe.each(queues)('processes that share one installation, its queue $queue', ({ isHere, start }) => {
  let stage: Stage;
  beforeEach(async () => {
    if (!isHere) return;
    const place = makeWorkplace();
    const redis = await start();
    await place.must(['site', 'add', 'cps']);
    const settings = { activities: { leaseMs: 1_000, pollMs: 20, firstRetryMs: 20 }, sync: { messageOctets: 4_096 } };
    writeFileSync(join(place.data, 'concord.json'), JSON.stringify(settings));
    const environment = { CONCORD_DATA: place.data, ...(redis && { CONCORD_QUEUE_URL: redis.url }) };
    stage = {
      ...{ place, redis, environment, processes: new Processes(environment) },
      open: () => compose(readConfiguration(environment)),
    };
  });
  afterEach(async () => {
    if (!isHere) return;
    await stage.processes[Symbol.asyncDispose]();
    await stage.redis?.[Symbol.asyncDispose]();
    stage.place[Symbol.dispose]();
  });

  it.skipIf(!isHere)(
    'lose nothing and do nothing twice when workers, and Redis, are killed at their work',
    async () => {
      const { place, processes, redis } = stage;
      const records = 60;
      await using here = await stage.open();
      const site = await here.site('cps');
      for (let at = 0; at < records; at++) {
        const folder = join(place.folder, `in-${at}`);
        mkdirSync(folder);
        writeFileSync(join(folder, `r-${at}.xml`), `<note><number>${at}</number></note>`);
        const oneAtATime = at % 3 === 0 ? 'in turn' : '';
        await site.queue.add({ work: { name: 'import', path: '/notes', file: folder }, oneAtATime, maxRetries: 100 });
      }
      processes.start('clock');
      processes.start('clock');
      for (let kills = 0; kills < 6; kills++) {
        const before = Object.values(await site.queue.count()).reduce((sum, each) => sum + each, 0);
        const workers = [processes.start('worker'), processes.start('worker')];
        await expect
          .poll(async () => Object.values(await site.queue.count()).reduce((sum, each) => sum + each, 0), settled)
          .toBeLessThan(Math.max(1, before));
        if (kills % 2 === 1) await redis?.kill();
        await Promise.all(workers.map((each) => each.kill()));
        if (kills % 2 === 1) await redis?.start();
        await expect.poll(() => site.queue.count().catch(() => undefined), settled).toBeDefined();
      }
      processes.start('worker');
      await expect.poll(() => site.queue.count(), settled).toEqual({ waiting: 0, runnable: 0, running: 0, failed: 0 });
      const folder = await findObject(site.store, parsePath('/notes'));
      const children = await site.store.children(folder.version.gid);
      expect(children).toHaveLength(records);
      // The site itself, the folder, and each record, written once.
      expect((await site.store.head()).seq).toBeLessThanOrEqual(records + 2);
    },
  );

  it.skipIf(!isHere)('plan each time of a schedule once, however many clocks there are', async () => {
    const { place, processes } = stage;
    const from = [
      '--publication-url',
      'http://localhost:1/other',
      '--subscription-url',
      'http://localhost:1/cps/Notes',
    ];
    await place.must(['subscribe', 'cps', 'Notes', ...from, '--path', '/notes', '--schedule', '0 0 1 1 *'], {
      environment: stage.environment,
    });
    for (let at = 0; at < 3; at++) processes.start('clock');
    await using here = await stage.open();
    const site = await here.site('cps');
    await expect.poll(async () => (await site.queue.list()).length, settled).toBe(1);
    // Each clock looks several times more.
    const { id } = (await site.queue.list())[0] ?? { id: 0 };
    await site.queue.cancel(id);
    await expect.poll(async () => (await site.queue.list()).length, settled).toBe(1);
    expect((await site.queue.list()).map(({ deduplicate }) => deduplicate)).toEqual(['scheduled:Notes']);
  });

  it.skipIf(!isHere)(
    'take a session from each other message by message, and know who has signed in at another',
    async () => {
      const { place, processes } = stage;
      await place.must(
        ['user', 'add', 'editor', '--site', 'cps', '--role', 'Publisher,Synchronizer', '--password-stdin'],
        {
          input: password,
        },
      );
      const folder = join(place.folder, 'records');
      mkdirSync(folder);
      for (let at = 0; at < 60; at++)
        writeFileSync(join(folder, `r-${at}.xml`), `<note><text>${'long '.repeat(60)}${at}</text></note>`);
      await place.must(['import', 'cps', '/notes', folder]);
      await place.must(['publish', 'cps', 'Notes', '--path', '/notes']);
      const ports = [await freePort(), await freePort()];
      for (const port of ports) await processes.start('web', { CONCORD_PORT: `${port}` }).printed(/Address: /);
      await using balancer = await balance(ports);

      using other = makeWorkplace();
      await other.must(['site', 'add', 'cps_client']);
      writeFileSync(join(other.data, 'concord.json'), JSON.stringify({ sync: { messageOctets: 4_096 } }));
      const from = [
        '--publication-url',
        `${balancer.address}/cps`,
        '--subscription-url',
        `${balancer.address}/cps_client/Notes`,
      ];
      const who = ['--path', '/notes', '--user', 'editor', '--password-stdin'];
      await other.must(['subscribe', 'cps_client', 'Notes', ...from, ...who], { input: password });
      expect((await other.must(['sync', 'cps_client', 'Notes'])).out).toContain('is synchronised');
      expect(Math.min(...balancer.served)).toBeGreaterThan(2);
      expect((await other.must(['export', 'cps_client', '/notes', join(other.folder, 'out')])).code).toBe(0);

      const [one, two] = ports.map((port) => openBrowser({ address: `http://localhost:${port}` }));
      await one?.signIn('editor', { password });
      const activities = '/cps/portal_activities';
      expect((await two?.open(activities))?.url).not.toContain(activities);
      for (const [name, value] of one?.cookies ?? []) two?.cookies.set(name, value);
      expect(await two?.open(activities)).toMatchObject({ status: 200, title: 'Activities' });
    },
  );
});

interface Balancer extends AsyncDisposable {
  readonly address: string;
  /** How many requests went to each. */
  readonly served: readonly number[];
}

/** Hands each request to the next server in turn. */
async function balance(ports: readonly number[]): Promise<Balancer> {
  const served = ports.map(() => 0);
  let count = 0;
  const server = createServer((incoming, answer) => {
    const at = count++ % ports.length;
    served[at] = (served[at] ?? 0) + 1;
    const { method, url, headers } = incoming;
    const onwards = request(
      { host: '127.0.0.1', port: ports[at], method, path: url, headers },
      (reply: IncomingMessage) => {
        answer.writeHead(reply.statusCode ?? 502, reply.headers);
        reply.pipe(answer);
      },
    );
    incoming.pipe(onwards);
  });
  const port = await freePort();
  server.listen(port, '127.0.0.1');
  await once(server, 'listening');
  return {
    address: `http://localhost:${port}`,
    served,
    [Symbol.asyncDispose]: async () => {
      server.closeAllConnections();
      server.close();
      await once(server, 'close');
    },
  };
}
