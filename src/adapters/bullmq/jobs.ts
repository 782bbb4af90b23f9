import type { JobJson } from 'bullmq';
import { Job, Queue } from 'bullmq';
import type { Redis } from 'ioredis';
import type { ActivityState } from '../../activities/activity.ts';
import { RequestError } from '../../errors/concord-error.ts';
import type { KeptActivity } from './kept-activity.ts';

const second = 1000;
const day = 24 * 3600 * second;
/** A date that does not come: what lies there is let go by the gates alone. */
const neverMs = 100 * 365 * day;
/** The lease in the lock's token decides; the lock itself only must not end before. */
export const lockMs = 7 * day;
/** BullMQ takes 1 and up, the lower the sooner; we have -128 to 127. */
const priorityShift = 129;
const scannedAtOnce = 1000;
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

/** A job that somebody has taken, under the token of its lock. */
export interface TakenJob {
  readonly id: string;
  readonly job: Job<KeptActivity>;
  readonly token: string;
}

/** What BullMQ does for a queue: it keeps the jobs, orders what is runnable and hands each out once. It knows nothing of why a job is held up. Shares the connection. */
export class Jobs {
  readonly #queue: Queue<KeptActivity>;
  readonly #redis: Redis;

  constructor({ redis, prefix, name }: QueuePlace) {
    this.#redis = redis;
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
  }

  /** What the keys of the jobs begin with. */
  get keys(): string {
    return this.#queue.toKey('');
  }

  /** Waits until the library knows the server. */
  async ready(): Promise<void> {
    await this.#queue.waitUntilReady();
  }

  /** Makes a job, for somebody to take or among the delayed. Returns its id. */
  async add(kept: KeptActivity, isFree: boolean): Promise<string> {
    const priority = kept.priority + priorityShift;
    const { id = '' } = await this.#queue.add(kept.work.name, kept, { priority, delay: isFree ? 0 : neverMs });
    return id;
  }

  /** Takes the next one, if any, and locks it. */
  async take(token: string): Promise<TakenJob | undefined> {
    return this.#taken(await this.#queue.getBackend().moveToActive(token), token);
  }

  /** Ends one, and takes the next one under the same token when that is wanted. Says undefined when it was somebody else's meanwhile; then none is taken. */
  async complete({ job, token }: TakenJob, isNextWanted: boolean): Promise<{ readonly next?: TakenJob } | undefined> {
    let next: TakenJob | undefined;
    const isEnded = await unlessLost(async () => {
      const said: unknown = await job.moveToCompleted(null, token, isNextWanted);
      if (isNextWanted) next = this.#taken(said, token);
    });
    return isEnded ? { ...(next && { next }) } : undefined;
  }

  async failForGood({ job, token }: TakenJob, why: string): Promise<void> {
    await unlessLost(() => job.moveToFailed(new RequestError('CON-Q001', why), token, false));
  }

  /** Among the delayed, until the gates let it go. */
  async putAside({ job, token }: TakenJob): Promise<void> {
    await unlessLost(() => job.moveToDelayed(Date.now() + neverMs, token));
  }

  /** Lets those go that lie among the delayed; what does not was let go, or taken out, by somebody else. One after the other: their order is that of their dates. */
  async promote(ids: readonly string[]): Promise<void> {
    for (const id of ids) await unlessLost(() => this.#queue.getBackend().promote(id));
  }

  /** Ends the lock that has this token. False when it has another one now: it was renewed. */
  async takeBack(id: string, token: string): Promise<boolean> {
    return unlessLost(() => this.#queue.getBackend().moveJobFromActiveToWait(id, token === '' ? '0' : token));
  }

  /** One that has failed, or is delayed, for somebody to take. False when it is neither. */
  async restart(id: string, from: 'failed' | 'waiting'): Promise<boolean> {
    const job = await Job.fromId<KeptActivity>(this.#queue, id);
    if (job === undefined) return false;
    return unlessLost(() => (from === 'failed' ? job.retry('failed') : job.promote()));
  }

  /** False when somebody has locked it, or it is gone. */
  async remove(id: string): Promise<boolean> {
    return (await this.#queue.remove(id)) > 0;
  }

  /** Of those that may be in a state, or of all, in no order. */
  async ids(state?: ActivityState): Promise<readonly string[]> {
    const states = state === undefined ? allStates : bullStates[state];
    return (await this.#queue.getBackend().getRanges([...states], 0, -1)).flat();
  }

  #taken(said: unknown, token: string): TakenJob | undefined {
    // Holds: it is what the library's own worker reads in the same way, job and id first; neither where there is none.
    const [data, id] = (Array.isArray(said) ? said : []) as readonly unknown[] as readonly [JobJson?, string?];
    if (!data || id === undefined) return undefined;
    return { id, job: Job.fromJSON<KeptActivity>(this.#queue, data, id), token };
  }

  /** Takes everything out of Redis that is the queue's, or stands beside it. */
  async obliterate(): Promise<void> {
    await this.#queue.obliterate({ force: true });
    for await (const keys of this.#redis.scanStream({ match: `${this.keys}*`, count: scannedAtOnce }))
      // Holds: the stream gives a page of names at a time.
      if ((keys as readonly string[]).length > 0) await this.#redis.unlink(...(keys as readonly string[]));
  }
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
