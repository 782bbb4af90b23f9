import { Redis } from 'ioredis';
import { ConfigurationError, StoreError } from '../../errors/concord-error.ts';
import { translated } from './redis-errors.ts';

/** The oldest Redis that is tried: BullMQ wants 6.2 and up. */
const leastVersion = [6, 2] as const;
const longestPauseMs = 2_000;
const firstPauseMs = 50;

/** How the server is reached. */
export interface RedisSettings {
  /** redis://user:password@host:port/database, or rediss: for TLS. */
  readonly url: string;
  /** How long to wait for a connection, and for the answer to one command. */
  readonly timeoutMs: number;
}

/** What a server says of itself, as far as a queue depends on it. */
export interface RedisFitness {
  readonly version: string;
  /** Whether what was queued is there again after the server was killed. */
  readonly isDurable: boolean;
  /** By how much its clock is ahead of ours. */
  readonly aheadMs: number;
}

/** A connection to Redis that comes back by itself; what is asked meanwhile fails at once, and is asked again by whoever asked. Connects with the first use. */
export function openRedis({ url, timeoutMs }: RedisSettings): Redis {
  const redis = new Redis(url, {
    lazyConnect: true,
    enableOfflineQueue: false,
    // A command that was cut off may have been done: it is not ours to do it again.
    maxRetriesPerRequest: 0,
    autoResendUnfulfilledCommands: false,
    connectTimeout: timeoutMs,
    commandTimeout: timeoutMs,
    retryStrategy: (tries) => Math.min(longestPauseMs, firstPauseMs * 2 ** Math.min(tries, 10)),
  });
  // Each command says itself that it failed.
  redis.on('error', () => undefined);
  return redis;
}

/**
 * Connects, and looks whether a queue can be held there.
 * @throws StoreError CON-Q003 when it cannot be reached; ConfigurationError CON-Q004 when it is too old, a replica, or may throw jobs away
 */
export async function examineRedis(redis: Redis, now: () => number): Promise<RedisFitness> {
  const { host, port } = redis.options;
  const place = `${host ?? ''}:${port ?? ''}`;
  await connect(redis, place);
  const info = await translated(async () => readInfo(await redis.info()));
  refuseUnfit(info, place);
  const [seconds, micros] = await translated(() => redis.time());
  return {
    version: info.get('redis_version') ?? '',
    isDurable: info.get('aof_enabled') === '1',
    aheadMs: Math.round(Number(seconds) * 1000 + Number(micros) / 1000 - now()),
  };
}

async function connect(redis: Redis, place: string): Promise<void> {
  if (redis.status === 'ready') return;
  try {
    if (redis.status === 'wait') await redis.connect();
    await redis.ping();
  } catch (cause) {
    const why = cause instanceof Error ? cause.message : String(cause);
    throw new StoreError('CON-Q003', `Redis at ${place} cannot be used: ${why}`, { cause, retry: 'later' });
  }
}

function refuseUnfit(info: ReadonlyMap<string, string>, place: string): void {
  const faults: string[] = [];
  const version = info.get('redis_version') ?? '';
  if (isOlder(version)) faults.push(`it is version ${version}; ${leastVersion.join('.')} or later is needed`);
  const policy = info.get('maxmemory_policy') ?? 'noeviction';
  if (policy !== 'noeviction')
    faults.push(`its maxmemory-policy is ${policy}, so that it may throw activities away; set it to noeviction`);
  if (info.get('role') === 'slave') faults.push('it is a replica, which takes no writes; name its master');
  if (faults.length > 0) throw new ConfigurationError('CON-Q004', `Redis at ${place}: ${faults.join('; ')}`);
}

function isOlder(version: string): boolean {
  const [major = 0, minor = 0] = version.split('.').map(Number);
  return major < leastVersion[0] || (major === leastVersion[0] && minor < leastVersion[1]);
}

function readInfo(text: string): ReadonlyMap<string, string> {
  return new Map(
    text
      .split('\r\n')
      .filter((line) => line.includes(':'))
      .map((line) => [line.slice(0, line.indexOf(':')), line.slice(line.indexOf(':') + 1)] as const),
  );
}
