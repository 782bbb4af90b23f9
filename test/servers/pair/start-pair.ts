import type { TestProject } from 'vitest/node';
import { hasMongoDb, startMongoDb } from '../mongodb/mongodb-server.ts';
import { hasRedis, startRedis } from '../redis/redis-server.ts';

/** Starts a MongoDB-compatible server and Redis for all files of a project together, and tells them where; nothing, where one of the two is absent. */
export default async function startPair(project: TestProject): Promise<() => Promise<void>> {
  if (!hasMongoDb || !hasRedis) return async () => undefined;
  const [mongodb, redis] = [await startMongoDb(), await startRedis()];
  project.provide('pair', { storeUrl: mongodb.freshUrl(), queueUrl: redis.url });
  return async () => {
    await redis[Symbol.asyncDispose]();
    await mongodb[Symbol.asyncDispose]();
  };
}
