import { randomUUID } from 'node:crypto';
import type { Redis } from 'ioredis';
import { afterAll, beforeAll, describe, expect, it } from 'vitest';
import { BullmqActivityQueue } from '../../../src/adapters/bullmq/bullmq-activity-queue.ts';
import { examineRedis, openRedis } from '../../../src/adapters/bullmq/redis-connection.ts';
import { compose } from '../../../src/compose/compose.ts';
import { readConfiguration } from '../../../src/configuration/read-configuration.ts';
import { stillClock } from '../../adapters/sqlite/sqlite-fixture.ts';
import { makeWorkplace } from '../../cli/run-concord.ts';
import { activityQueueContract } from '../../contract/activity-queue.contract.ts';
import type { RedisServer } from './redis-server.ts';
import { hasRedis, startRedis } from './redis-server.ts';

describe.skipIf(!hasRedis)('a queue in Redis (skipped without redis-server)', () => {
  let server: RedisServer;
  let redis: Redis;
  beforeAll(async () => {
    server = await startRedis();
    redis = openRedis({ url: server.url, timeoutMs: 5_000 });
    await examineRedis(redis, () => Date.now());
  });
  afterAll(async () => {
    redis.disconnect();
    await server[Symbol.asyncDispose]();
  });

  it('leaves nothing in Redis when its site is removed', async () => {
    const place = makeWorkplace();
    const environment = { CONCORD_QUEUE_URL: server.url };
    await redis.flushall();
    await place.must(['site', 'add', 'cps'], { environment });
    await using composition = await compose(readConfiguration({ CONCORD_DATA: place.data, ...environment }));
    const { queue } = await composition.site('cps');
    const work = { name: 'collect-garbage' } as const;
    const [free] = [await queue.add({ work, priority: -1 }), await queue.add({ work, tag: 't', deduplicate: 'd' })];
    await queue.add({ work, afterTag: 't', oneAtATime: 'k' });
    const now = composition.clock.now();
    expect(await queue.claim({ node: 'n', now, leaseMs: 1000 })).toMatchObject({ id: free });
    await queue.fail(free, 'n', { code: 'CON-T001', message: 'away', at: now, again: undefined });
    await queue.distribute(now);
    expect(await redis.dbsize()).toBeGreaterThan(0);
    await place.must(['site', 'remove', 'cps', '--yes'], { environment });
    expect(await redis.keys('*')).toEqual([]);
    place[Symbol.dispose]();
  });

  activityQueueContract('BullMQ', async () => {
    const queue = new BullmqActivityQueue({ redis, prefix: `test-${randomUUID()}`, name: 'cps' }, stillClock);
    return { queue, now: stillClock.now(), close: () => queue.obliterate() };
  });
});
