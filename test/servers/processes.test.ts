import { mkdirSync, readdirSync, writeFileSync } from 'node:fs';
import { join } from 'node:path';
import { afterEach, beforeEach, describe, expect, it } from 'vitest';
import type { Composition } from '../../src/compose/compose.ts';
import { compose } from '../../src/compose/compose.ts';
import { readConfiguration } from '../../src/configuration/read-configuration.ts';
import { parsePath } from '../../src/objects/path.ts';
import { findObject } from '../../src/use-cases/objects/find-object.ts';
import type { Workplace } from '../cli/run-concord.ts';
import { makeWorkplace } from '../cli/run-concord.ts';
import { openBrowser } from '../web/pages/browser.ts';
import { balance } from './balancer.ts';
import { freePort, Processes } from './concord-process.ts';
import { hasMongoDb, startMongoDb } from './mongodb/mongodb-server.ts';
import type { RedisServer } from './redis/redis-server.ts';
import { hasRedis, startRedis } from './redis/redis-server.ts';

const password = 'a password of the test';
const settled = { interval: 100 };

/** An installation with a site, worked on by processes of its own. */
interface Stage {
  readonly place: Workplace;
  readonly processes: Processes;
  readonly environment: Readonly<Record<string, string>>;
  /** The same installation, looked at from here. */
  readonly open: () => Promise<Composition>;
  readonly redis: RedisServer | undefined;
  readonly stop: () => Promise<void>;
}

/** The servers beside the processes, and what tells those of them. */
interface Surroundings {
  readonly environment: Readonly<Record<string, string>>;
  readonly redis: RedisServer | undefined;
  readonly stop: () => Promise<void>;
}

async function startRedisAlone(): Promise<Surroundings> {
  const redis = await startRedis();
  return { environment: { CONCORD_QUEUE_URL: redis.url }, redis, stop: async () => redis[Symbol.asyncDispose]() };
}

async function startBoth(): Promise<Surroundings> {
  const mongodb = await startMongoDb();
  const { environment, redis, stop } = await startRedisAlone();
  return {
    environment: { ...environment, CONCORD_STORE_URL: mongodb.freshUrl() },
    redis,
    stop: async () => {
      await stop();
      await mongodb[Symbol.asyncDispose]();
    },
  };
}

const installations = [
  {
    kept: 'in files',
    isHere: true,
    start: async (): Promise<Surroundings> => ({ environment: {}, redis: undefined, stop: async () => undefined }),
  },
  { kept: 'in files, its queue in Redis (skipped without redis-server)', isHere: hasRedis, start: startRedisAlone },
  {
    kept: 'in MongoDB and Redis (skipped without servers for both)',
    isHere: hasRedis && hasMongoDb,
    start: startBoth,
  },
];

describe.each(installations)('processes that share one installation, kept $kept', ({ isHere, start }) => {
  let stage: Stage;
  beforeEach(async () => {
    if (!isHere) return;
    const place = makeWorkplace();
    const { environment: servers, redis, stop } = await start();
    await place.must(['site', 'add', 'cps'], { environment: servers });
    const settings = { activities: { leaseMs: 1_000, pollMs: 20, firstRetryMs: 20 }, sync: { messageOctets: 4_096 } };
    writeFileSync(join(place.data, 'concord.json'), JSON.stringify(settings));
    const environment = { CONCORD_DATA: place.data, ...servers };
    stage = {
      ...{ place, redis, stop, environment, processes: new Processes(environment) },
      open: () => compose(readConfiguration(environment)),
    };
  });
  afterEach(async () => {
    if (!isHere) return;
    await stage.processes[Symbol.asyncDispose]();
    await stage.stop();
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
    // In Redis what stands for the same lies there for a moment, to be taken out by whoever made it; it never runs.
    const planned = async () => (await site.queue.list()).map(({ deduplicate }) => deduplicate);
    await expect.poll(planned, settled).toEqual(['scheduled:Notes']);
  });

  it.skipIf(!isHere)(
    'take a session from each other message by message, and know who has signed in at another',
    async () => {
      const { place, processes, environment } = stage;
      await place.must(
        ['user', 'add', 'editor', '--site', 'cps', '--role', 'Publisher,Synchronizer', '--password-stdin'],
        { environment, input: password },
      );
      const folder = join(place.folder, 'records');
      mkdirSync(folder);
      for (let at = 0; at < 60; at++)
        writeFileSync(join(folder, `r-${at}.xml`), `<note><text>${'long '.repeat(60)}${at}</text></note>`);
      await place.must(['import', 'cps', '/notes', folder], { environment });
      await place.must(['publish', 'cps', 'Notes', '--path', '/notes'], { environment });
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
      await other.must(['export', 'cps_client', '/notes', join(other.folder, 'out')]);
      expect(readdirSync(join(other.folder, 'out'))).toHaveLength(60);

      const [one, two] = ports.map((port) => openBrowser({ address: `http://localhost:${port}` }));
      await one?.signIn('editor', { password });
      const activities = '/cps/portal_activities';
      expect((await two?.open(activities))?.url).not.toContain(activities);
      for (const [name, value] of one?.cookies ?? []) two?.cookies.set(name, value);
      expect(await two?.open(activities)).toMatchObject({ status: 200, title: 'Activities' });
    },
  );
});
