import type { JobJson } from 'bullmq';
import { Job, Queue } from 'bullmq';
import type { Redis } from 'ioredis';
import type { Activity, ActivityState, NewActivity } from '../../activities/activity.ts';
import { queuedActivity } from '../../activities/queued-activity.ts';
import { RequestError } from '../../errors/concord-error.ts';
import type { ActivityFailure, ActivityQueue, ClaimOptions } from '../../ports/activity-queue.ts';
import type { Clock } from '../../ports/clock.ts';
import { Gates } from './gates.ts';
import type { KeptActivity } from './kept-activity.ts';
import { activityOf, leaseOf, leaseToken, readKept } from './kept-activity.ts';
import { translated } from './redis-errors.ts';

const second = 1000;
const day = 24 * 3600 * second;
/** A date that does not come: what lies there is let go by the gates alone. */
const neverMs = 100 * 365 * day;
/** The lease in the lock's token decides; the lock itself only must not end before. */
const lockMs = 7 * day;
/** BullMQ takes 1 and up, the lower the sooner; we have -128 to 127. */
const priorityShift = 129;
const releasedAtOnce = 500;
const lookedAtOnce = 500;
const bullStates = {
  waiting: ['delayed'],
  runnable: ['prioritized', 'wait', 'delayed'],
  running: ['active'],
  failed: ['failed'],
} as const;
const allStates = ['prioritized', 'wait', 'delayed', 'active', 'failed'] as const;

/** Where a queue lies. */
export interface QueuePlace {
  readonly redis: Redis;
  /** Of the installation, so that several may share a server. */
  readonly prefix: string;
  /** Of the site. */
  readonly name: string;
}

/** Opens the queue of a site on a connection that stands. @throws StoreError CON-Q003 */
export async function openBullmqActivityQueue(place: QueuePlace, clock: Clock): Promise<ActivityQueue> {
  const queue = new BullmqActivityQueue(place, clock);
  await queue.ready();
  return queue;
}

/** The queue of one site in Redis: a job of BullMQ for each activity, and the gates that hold up what waits for others. Shares the connection. */
export class BullmqActivityQueue implements ActivityQueue {
  readonly #queue: Queue<KeptActivity>;
  readonly #gates: Gates;
  readonly #clock: Clock;
  /** What this process holds, by activity and node. */
  readonly #held = new Map<string, { readonly job: Job<KeptActivity>; readonly token: string }>();

  constructor({ redis, prefix, name }: QueuePlace, clock: Clock) {
    this.#queue = new Queue<KeptActivity>(name, {
      connection: redis,
      prefix,
      skipMetasUpdate: true,
      streams: { events: { maxLen: 100 } },
      // Read where a job is taken; the type has it for workers alone.
      ...{ lockDuration: lockMs },
      defaultJobOptions: { removeOnComplete: true },
    });
    // Each operation says itself that it failed.
    this.#queue.on('error', () => undefined);
    this.#gates = new Gates(redis, this.#queue.toKey(''));
    this.#clock = clock;
  }

  /** Waits until the library knows the server. */
  async ready(): Promise<void> {
    await translated(() => this.#queue.waitUntilReady());
  }

  async add(activity: NewActivity): Promise<number> {
    return translated(async () => {
      const kept = queuedActivity(activity, this.#clock.now());
      const standing = kept.deduplicate === '' ? undefined : await this.#gates.standing(kept.deduplicate);
      if (standing !== undefined) return Number(standing);
      const isFree = kept.notBefore <= kept.createdAt && !isGated(kept);
      const priority = kept.priority + priorityShift;
      const { id = '' } = await this.#queue.add(kept.work.name, kept, { priority, delay: isFree ? 0 : neverMs });
      return Number(isFree ? id : await this.#enter(id));
    });
  }

  async distribute(now: number): Promise<number> {
    return translated(async () => {
      let count = await this.#takeBack(now);
      for (const id of await this.#gates.unnoted()) await this.#enter(id);
      let offset = 0;
      for (;;) {
        const { seen, became, released } = await this.#gates.release(now, { offset, limit: releasedAtOnce });
        await this.#promote(released);
        count += became;
        if (seen < releasedAtOnce) return count;
        offset += seen - released.length;
      }
    });
  }

  async claim({ node, now, leaseMs }: ClaimOptions): Promise<Activity | undefined> {
    const lease = { holder: node, until: now + leaseMs };
    const token = leaseToken(lease);
    return translated(async () => {
      for (;;) {
        const job = await this.#take(token);
        if (job?.id === undefined) return undefined;
        if (isGated(job.data) && !(await this.#gates.begin(job.id, token))) {
          await this.#putAside(job, token);
          continue;
        }
        this.#held.set(`${job.id} ${node}`, { job, token });
        const { failure, ...kept } = job.data;
        return { id: Number(job.id), state: 'running', ...kept, failure, lease };
      }
    });
  }

  async renew(id: number, node: string, until: number): Promise<boolean> {
    const held = this.#held.get(`${id} ${node}`);
    if (held === undefined) return false;
    const to = leaseToken({ holder: node, until });
    return translated(async () => {
      const isKept = await this.#gates.renew(`${id}`, held.token, { to, ttlMs: lockMs });
      if (isKept) this.#held.set(`${id} ${node}`, { job: held.job, token: to });
      else this.#held.delete(`${id} ${node}`);
      return isKept;
    });
  }

  async complete(id: number, node: string): Promise<void> {
    const held = this.#held.get(`${id} ${node}`);
    if (held === undefined) return;
    await translated(async () => {
      await unlessLost(async () => {
        await held.job.moveToCompleted(null, held.token, false);
        await this.#leave(`${id}`, held.job.data);
      });
    });
    this.#held.delete(`${id} ${node}`);
  }

  async fail(id: number, node: string, { again, ...why }: ActivityFailure): Promise<void> {
    const held = this.#held.get(`${id} ${node}`);
    if (held === undefined) return;
    const { job, token } = held;
    const { notBefore, retries } = job.data;
    const data: KeptActivity = { ...job.data, notBefore: again ?? notBefore, retries: retries + 1, failure: why };
    await translated(async () => {
      const end = { isForGood: again === undefined, now: this.#clock.now() };
      const noted = await this.#gates.failed({ id: `${id}`, token, data: JSON.stringify(data) }, end);
      if (noted === undefined) return;
      await unlessLost(async () => {
        if (again === undefined) await job.moveToFailed(new RequestError('CON-Q001', why.message), token, false);
        else await this.#putAside(job, token);
      });
      await this.#promote(noted.next === undefined ? [] : [noted.next]);
    });
    this.#held.delete(`${id} ${node}`);
  }

  async list(
    filter: { readonly state?: ActivityState; readonly limit?: number; readonly after?: number } = {},
  ): Promise<readonly Activity[]> {
    const { state, limit = Infinity, after = 0 } = filter;
    return translated(async () => {
      const rows = await this.#queue
        .getBackend()
        .getRanges([...(state === undefined ? allStates : bullStates[state])], 0, -1);
      const ids = [...new Set(rows.flat().map(Number))]
        .filter((id) => id > after)
        .toSorted((one, other) => one - other);
      const found: Activity[] = [];
      for (let at = 0; at < ids.length && found.length < limit; at += lookedAtOnce) {
        const looked = await this.#gates.look(ids.slice(at, at + lookedAtOnce).map(String));
        found.push(...looked.filter((each) => state === undefined || each.state === state).map(activityOf));
      }
      return found.slice(0, limit);
    });
  }

  async get(id: number): Promise<Activity | undefined> {
    const [looked] = await translated(() => this.#gates.look([`${id}`]));
    return looked && activityOf(looked);
  }

  async count(): Promise<Readonly<Record<ActivityState, number>>> {
    return translated(() => this.#gates.count());
  }

  async restart(id: number): Promise<boolean> {
    return translated(async () => {
      const [looked] = await this.#gates.look([`${id}`]);
      const job = looked && (await Job.fromId<KeptActivity>(this.#queue, looked.id));
      if (job === undefined || (looked?.state !== 'failed' && looked?.state !== 'waiting')) return false;
      const kept = readKept(looked.data);
      const now = this.#clock.now();
      const data = { ...kept, retries: 0, afterTag: '', notBefore: Math.min(kept.notBefore, now) };
      await this.#gates.restart(looked.id, JSON.stringify(data));
      return unlessLost(() => (looked.state === 'failed' ? job.retry('failed') : job.promote()));
    });
  }

  async cancel(id: number): Promise<boolean> {
    return translated(async () => {
      const [looked] = await this.#gates.look([`${id}`]);
      if (looked === undefined || looked.state === 'running') return false;
      // Says 0 when it is locked: somebody has taken it meanwhile.
      if ((await this.#queue.remove(looked.id)) === 0) return false;
      await this.#leave(looked.id, readKept(looked.data));
      return true;
    });
  }

  async nextDue(): Promise<number | undefined> {
    return translated(() => this.#gates.nextDue());
  }

  /** Takes the queue out of Redis with all that is in it: its site is gone. */
  async obliterate(): Promise<void> {
    await translated(() => this.#queue.obliterate({ force: true }));
  }

  async #take(token: string): Promise<Job<KeptActivity> | undefined> {
    // Holds: it answers what the library's own worker reads in the same way, job and id first; neither where there is none.
    const [data, id] = (await this.#queue.getBackend().moveToActive(token)) as readonly unknown[] as readonly [
      JobJson?,
      string?,
    ];
    return data ? Job.fromJSON<KeptActivity>(this.#queue, data, id) : undefined;
  }

  /** Among the delayed, until the gates let it go. */
  async #putAside(job: Job<KeptActivity>, token: string): Promise<void> {
    await unlessLost(() => job.moveToDelayed(Date.now() + neverMs, token));
  }

  async #enter(id: string): Promise<string> {
    const entered = await this.#gates.enter(id, this.#clock.now());
    switch (entered.outcome) {
      case 'go':
        await this.#promote([id]);
        return id;
      case 'wait':
        return id;
      case 'same':
        await this.#queue.remove(id);
        return entered.as;
      default:
        return entered satisfies never;
    }
  }

  async #leave(id: string, data: KeptActivity): Promise<void> {
    if (!isGated(data)) return;
    const next = await this.#gates.leave(id, JSON.stringify(data), this.#clock.now());
    await this.#promote(next === undefined ? [] : [next]);
  }

  async #promote(ids: readonly string[]): Promise<void> {
    // What is no longer among the delayed was let go, or taken out, by somebody else. One after the other: their order is that of their dates.
    for (const id of ids) await unlessLost(() => this.#queue.getBackend().promote(id));
  }

  /** Ends the leases that are over. */
  async #takeBack(now: number): Promise<number> {
    let count = 0;
    const running = (await this.#queue.getBackend().getRanges(['active'], 0, -1)).flat();
    for (const { id, state, token } of await this.#gates.look(running)) {
      if (state !== 'running' || (leaseOf(token)?.until ?? now) > now) continue;
      // With its token: one that was renewed meanwhile is left alone.
      if (await unlessLost(() => this.#queue.getBackend().moveJobFromActiveToWait(id, token === '' ? '0' : token)))
        count++;
    }
    return count;
  }
}

/** Whether it waits for others, or others for it. */
function isGated({ tag, afterTag, oneAtATime, deduplicate }: KeptActivity): boolean {
  return `${tag}${afterTag}${oneAtATime}${deduplicate}` !== '';
}

/** False when BullMQ says that the job is gone, in another state, or another's: what was to be done is no longer ours to do. */
async function unlessLost(work: () => Promise<unknown>): Promise<boolean> {
  try {
    await work();
    return true;
  } catch (error) {
    if (error instanceof Error && 'code' in error && typeof error.code === 'number' && error.code < 0) return false;
    throw error;
  }
}
