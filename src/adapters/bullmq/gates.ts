import { createHash } from 'node:crypto';
import type { Redis } from 'ioredis';
import type { ActivityState } from '../../activities/activity.ts';
import { gateScript } from './gate-script.ts';

const digest = createHash('sha1').update(gateScript).digest('hex');

/** What to do with a job that was just made. */
export type Entered =
  { readonly outcome: 'go' } | { readonly outcome: 'wait' } | { readonly outcome: 'same'; readonly as: string };

/** A job as it lies in Redis. */
export interface Looked {
  readonly id: string;
  readonly state: ActivityState;
  readonly data: string;
  /** The lock's token; empty when nobody has it. */
  readonly token: string;
}

/** What holds up the jobs of one queue, and lets them go. */
export class Gates {
  readonly #redis: Redis;
  readonly #jobs: string;

  /** `jobs` is what the keys of the queue's jobs begin with. */
  constructor(redis: Redis, jobs: string) {
    this.#redis = redis;
    this.#jobs = jobs;
  }

  async standing(key: string): Promise<string | undefined> {
    return orUndefined(await this.#run('standing', key));
  }

  async enter(id: string, now: number): Promise<Entered> {
    const [outcome, as] = texts(await this.#run('enter', id, now));
    if (outcome === 'same' && as !== undefined) return { outcome, as };
    return { outcome: outcome === 'go' ? 'go' : 'wait' };
  }

  async begin(id: string, token: string): Promise<boolean> {
    return (await this.#run('begin', id, token)) === 1;
  }

  /** After its lock has ended. */
  async back(id: string): Promise<void> {
    await this.#run('back', id);
  }

  async renew(
    id: string,
    token: string,
    { to, ttlMs }: { readonly to: string; readonly ttlMs: number },
  ): Promise<boolean> {
    return (await this.#run('renew', id, token, to, ttlMs)) === 1;
  }

  /** Undefined when the lease was lost; else who may go next, if anybody. */
  async failed(
    job: { readonly id: string; readonly token: string; readonly data: string },
    { isForGood, now }: { readonly isForGood: boolean; readonly now: number },
  ): Promise<{ readonly next: string | undefined } | undefined> {
    const found = await this.#run('failed', job.id, job.token, job.data, isForGood ? '1' : '0', now);
    const [isKept, next] = list(found);
    return isKept === 1 ? { next: orUndefined(next) } : undefined;
  }

  /** Writes other data of a job that is not running; nothing where the data is not what it was. */
  async rewrite(id: string, { from, to }: { readonly from: string; readonly to: string }): Promise<void> {
    await this.#run('rewrite', id, from, to);
  }

  async leave(id: string, data: string, now: number): Promise<string | undefined> {
    return orUndefined(await this.#run('leave', id, data, now));
  }

  /** False when it is gone. */
  async restart(id: string, data: string): Promise<boolean> {
    return (await this.#run('restart', id, data)) === 1;
  }

  /** A page of those whose date has come: how many there were, how many are no longer waiting, and who may go. */
  async release(
    now: number,
    { offset, limit }: { readonly offset: number; readonly limit: number },
  ): Promise<{ readonly seen: number; readonly became: number; readonly released: readonly string[] }> {
    const found = await this.#run('release', now, offset, limit);
    const [seen, became, released] = list(found);
    return { seen: Number(seen), became: Number(became), released: texts(released) };
  }

  async unnoted(): Promise<readonly string[]> {
    return texts(await this.#run('unnoted'));
  }

  /** The ids of all jobs with a key to run one at a time, those that have failed for good too; some may be gone. */
  async withKey(key: string): Promise<readonly string[]> {
    return texts(await this.#run('withKey', key));
  }

  async nextDue(): Promise<number | undefined> {
    const due = orUndefined(await this.#run('nextDue'));
    return due === undefined ? undefined : Number(due);
  }

  async count(): Promise<Readonly<Record<ActivityState, number>>> {
    const found = await this.#run('count');
    const [waiting = 0, runnable = 0, running = 0, failed = 0] = list(found).map(Number);
    return { waiting, runnable, running, failed };
  }

  async look(ids: readonly string[]): Promise<readonly Looked[]> {
    const found = await this.#run('look', ...ids);
    return list(found).map((row) => {
      const [id = '', state = '', data = '', token = ''] = texts(row);
      // Holds: the script says nothing else.
      return { id, state: state as ActivityState, data, token };
    });
  }

  async #run(operation: string, ...values: readonly (string | number)[]): Promise<unknown> {
    const given = [1, this.#jobs, operation, ...values] as const;
    try {
      return await this.#redis.evalsha(digest, ...given);
    } catch (error) {
      // A server that was started anew has no scripts.
      if (!(error instanceof Error && error.message.startsWith('NOSCRIPT'))) throw error;
      return this.#redis.eval(gateScript, ...given);
    }
  }
}

function orUndefined(said: unknown): string | undefined {
  return typeof said === 'string' && said !== '' ? said : undefined;
}

function list(said: unknown): readonly unknown[] {
  return Array.isArray(said) ? said : [];
}

function texts(said: unknown): readonly string[] {
  return list(said).map(String);
}
