import type { Redis } from 'ioredis';
import type { BullmqActivityQueue } from '../adapters/bullmq/bullmq-activity-queue.ts';
import type { RedisFitness } from '../adapters/bullmq/redis-connection.ts';
import type { Configuration } from '../configuration/configuration.ts';
import type { ActivityQueue } from '../ports/activity-queue.ts';
import type { Clock } from '../ports/clock.ts';
import type { Installation } from '../ports/installation.ts';
import { LateActivityQueue } from '../use-cases/administration/late-activity-queue.ts';

/** The queues of an installation that has them in Redis. */
export interface SharedQueues extends AsyncDisposable {
  /** The queue of a site whose own, in the store, is given. Says nothing to the server before it is used. */
  readonly of: (site: string, own: ActivityQueue) => ActivityQueue;
  /** Takes the queue of a site, which must still be there, out of Redis. @throws StoreError CON-Q003 */
  readonly remove: (site: string) => Promise<void>;
  /** Looks whether the server can hold queues. @throws StoreError CON-Q003, ConfigurationError CON-Q004 */
  readonly examine: () => Promise<RedisFitness>;
}

/** The queues in Redis, if the configuration names one; what they need is loaded with their first use. */
export function openQueues(
  { queue, secrets }: Configuration,
  { installation, clock }: { readonly installation: Pick<Installation, 'id' | 'sites'>; readonly clock: Clock },
): SharedQueues | undefined {
  const url = secrets.queueUrl?.reveal();
  if (url === undefined) return undefined;
  let connected: Promise<Redis> | undefined;
  const connect = async (): Promise<Redis> => {
    const { openRedis, examineRedis } = await import('../adapters/bullmq/redis-connection.ts');
    const redis = openRedis({ url, timeoutMs: queue.timeoutMs });
    try {
      await examineRedis(redis, () => clock.now());
      return redis;
    } catch (error) {
      redis.disconnect();
      throw error;
    }
  };
  // Once it was there, the connection comes back by itself.
  const connection = (): Promise<Redis> => {
    connected ??= connect().catch((error: unknown) => {
      connected = undefined;
      throw error;
    });
    return connected;
  };
  const open = async (site: string): Promise<BullmqActivityQueue> => {
    const { openBullmqActivityQueue } = await import('../adapters/bullmq/bullmq-activity-queue.ts');
    const redis = await connection();
    const entry = (await installation.sites()).find(({ id }) => id === site);
    // A site that is made anew under an old name finds nothing of the old one's.
    const name = `${site}-${entry?.createdAt ?? 0}`;
    return openBullmqActivityQueue({ redis, prefix: `concord-${installation.id}`, name }, clock);
  };
  // The store opens a site once; another object is another site.
  const queues = new WeakMap<ActivityQueue, ActivityQueue>();
  return {
    of: (site, own) => {
      const late = queues.get(own) ?? new LateActivityQueue(() => open(site));
      queues.set(own, late);
      return late;
    },
    remove: async (site) => (await open(site)).obliterate(),
    examine: async () => {
      const { examineRedis } = await import('../adapters/bullmq/redis-connection.ts');
      return examineRedis(await connection(), () => clock.now());
    },
    [Symbol.asyncDispose]: async () => {
      const redis = await connected?.catch(() => undefined);
      redis?.disconnect();
    },
  };
}
