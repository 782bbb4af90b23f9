import { randomUUID } from 'node:crypto';
import type { Redis } from 'ioredis';
import { afterAll, beforeAll, describe } from 'vitest';
import { BullmqActivityQueue } from '../../../src/adapters/bullmq/bullmq-activity-queue.ts';
import { examineRedis, openRedis } from '../../../src/adapters/bullmq/redis-connection.ts';
import { stillClock } from '../../adapters/sqlite/sqlite-fixture.ts';
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

  activityQueueContract('BullMQ', async () => {
    const queue = new BullmqActivityQueue({ redis, prefix: `test-${randomUUID()}`, name: 'cps' }, stillClock);
    return { queue, now: stillClock.now(), close: () => queue.obliterate() };
  });
});
