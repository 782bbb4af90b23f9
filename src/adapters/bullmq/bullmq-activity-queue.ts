import type { Activity, ActivityState, NewActivity } from '../../activities/activity.ts';
import { queuedActivity } from '../../activities/queued-activity.ts';
import type {
  ActivityFailure,
  ActivityFilter,
  ActivityQueue,
  ClaimOptions,
  Ended,
  Ending,
} from '../../ports/activity-queue.ts';
import type { Clock } from '../../ports/clock.ts';
import type { Looked } from './gates.ts';
import { Gates } from './gates.ts';
import type { QueuePlace, TakenJob } from './jobs.ts';
import { Jobs, lockMs } from './jobs.ts';
import type { KeptActivity } from './kept-activity.ts';
import { activityOf, leaseOf, leaseToken, readKept } from './kept-activity.ts';
import { translated } from './redis-errors.ts';

const releasedAtOnce = 500;
const lookedAtOnce = 500;
const leastLeaseShare = 2 / 3;

/** Opens the queue of a site on a connection that stands. @throws StoreError CON-Q003 */
export async function openBullmqActivityQueue(place: QueuePlace, clock: Clock): Promise<BullmqActivityQueue> {
  const queue = new BullmqActivityQueue(place, clock);
  await queue.ready();
  return queue;
}

/** The queue of one site in Redis: a job of BullMQ for each activity, and the gates that hold up what waits for others. Shares the connection. */
export class BullmqActivityQueue implements ActivityQueue {
  readonly #jobs: Jobs;
  readonly #gates: Gates;
  readonly #clock: Clock;
  /** What this process holds, by activity and node. */
  readonly #held = new Map<string, TakenJob>();

  constructor(place: QueuePlace, clock: Clock) {
    this.#jobs = new Jobs(place);
    this.#gates = new Gates(place.redis, this.#jobs.keys);
    this.#clock = clock;
  }

  /** Waits until the library knows the server. */
  async ready(): Promise<void> {
    await translated(() => this.#jobs.ready());
  }

  async add(activity: NewActivity): Promise<number> {
    return translated(async () => {
      const kept = queuedActivity(activity, this.#clock.now());
      const standing = kept.deduplicate === '' ? undefined : await this.#gates.standing(kept.deduplicate);
      if (standing !== undefined) return Number(standing);
      const isFree = kept.notBefore <= kept.createdAt && !isGated(kept);
      const id = await this.#jobs.add(kept, isFree);
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
        await this.#jobs.promote(released);
        count += became;
        if (seen < releasedAtOnce) return count;
        offset += seen - released.length;
      }
    });
  }

  async claim({ node, now, leaseMs }: ClaimOptions): Promise<Activity | undefined> {
    const token = leaseToken({ holder: node, until: now + leaseMs });
    return translated(async () => {
      for (;;) {
        const taken = await this.#jobs.take(token);
        if (taken === undefined) return undefined;
        const activity = await this.#begin(taken);
        if (activity !== undefined) return activity;
      }
    });
  }

  async renew(id: number, node: string, until: number): Promise<boolean> {
    const held = this.#held.get(`${id} ${node}`);
    if (held === undefined) return false;
    const to = leaseToken({ holder: node, until });
    return translated(async () => {
      const isKept = await this.#gates.renew(`${id}`, held.token, { to, ttlMs: lockMs });
      if (isKept) this.#held.set(`${id} ${node}`, { ...held, token: to });
      else this.#held.delete(`${id} ${node}`);
      return isKept;
    });
  }

  async complete(id: number, node: string, { next: wanted }: Ending = {}): Promise<Ended> {
    const held = this.#held.get(`${id} ${node}`);
    if (held === undefined) return { isCounted: false, next: undefined };
    // The next one is taken under the same token, which must be good for about as long as a new one.
    const goodUntil = leaseOf(held.token)?.until ?? 0;
    const isWanted = wanted !== undefined && goodUntil - wanted.now > wanted.leaseMs * leastLeaseShare;
    const next = await translated(async () => {
      const ended = await this.#jobs.complete(held, isWanted);
      if (ended === undefined) return undefined;
      await this.#leave(`${id}`, held.job.data);
      return ended.next && this.#begin(ended.next);
    });
    this.#held.delete(`${id} ${node}`);
    return { isCounted: false, next };
  }

  async release(id: number, node: string): Promise<boolean> {
    return translated(async () => {
      const [looked] = await this.#gates.look([`${id}`]);
      if (looked === undefined || leaseOf(looked.token)?.holder !== node) return false;
      this.#held.delete(`${id} ${node}`);
      return this.#giveBack(looked);
    });
  }

  async fail(id: number, node: string, { again, ...why }: ActivityFailure): Promise<boolean> {
    const held = this.#held.get(`${id} ${node}`);
    if (held === undefined) return false;
    const { job, token } = held;
    const { notBefore, retries } = job.data;
    const failure = { ...why, ...(again === undefined && { isTold: false as const }) };
    const data: KeptActivity = { ...job.data, notBefore: again ?? notBefore, retries: retries + 1, failure };
    const isNoted = await translated(async () => {
      const end = { isForGood: again === undefined, now: this.#clock.now() };
      const noted = await this.#gates.failed({ id: `${id}`, token, data: JSON.stringify(data) }, end);
      if (noted === undefined) return false;
      if (again === undefined) await this.#jobs.failForGood(held, why.message);
      else await this.#jobs.putAside(held);
      await this.#jobs.promote(noted.next === undefined ? [] : [noted.next]);
      return true;
    });
    this.#held.delete(`${id} ${node}`);
    return isNoted;
  }

  async untold(until: number): Promise<readonly Activity[]> {
    const failed = await this.list({ state: 'failed' });
    return failed.filter(({ failure }) => failure?.isTold === false && failure.at <= until);
  }

  async noteTold(id: number, failedAt: number): Promise<void> {
    await translated(async () => {
      const [looked] = await this.#gates.look([`${id}`]);
      if (looked === undefined) return;
      const { failure, ...kept } = readKept(looked.data);
      if (failure?.isTold !== false || failure.at !== failedAt) return;
      const { isTold: _isTold, ...told } = failure;
      await this.#gates.rewrite(looked.id, { from: looked.data, to: JSON.stringify({ ...kept, failure: told }) });
    });
  }

  async list(filter: ActivityFilter = {}): Promise<readonly Activity[]> {
    const { state, oneAtATime, limit = Infinity, after = 0 } = filter;
    return translated(async () => {
      const named = await (oneAtATime === undefined ? this.#jobs.ids(state) : this.#gates.withKey(oneAtATime));
      const ids = [...new Set(named.map(Number))].filter((id) => id > after).toSorted((one, other) => one - other);
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
      if (looked?.state !== 'failed' && looked?.state !== 'waiting') return false;
      const kept = readKept(looked.data);
      const now = this.#clock.now();
      const data = { ...kept, retries: 0, afterTag: '', notBefore: Math.min(kept.notBefore, now) };
      return (
        (await this.#gates.restart(looked.id, JSON.stringify(data))) && this.#jobs.restart(looked.id, looked.state)
      );
    });
  }

  async cancel(id: number): Promise<boolean> {
    return translated(async () => {
      const [looked] = await this.#gates.look([`${id}`]);
      if (looked === undefined || looked.state === 'running') return false;
      // Says no when it is locked: somebody has taken it meanwhile.
      if (!(await this.#jobs.remove(looked.id))) return false;
      await this.#leave(looked.id, readKept(looked.data));
      return true;
    });
  }

  async nextDue(): Promise<number | undefined> {
    return translated(() => this.#gates.nextDue());
  }

  /** Takes the queue out of Redis with all that is in it: its site is gone. */
  async obliterate(): Promise<void> {
    await translated(() => this.#jobs.obliterate());
  }

  /** What was taken, as an activity; undefined, and put aside, when it has to wait after all. */
  async #begin(taken: TakenJob): Promise<Activity | undefined> {
    const { id, job, token } = taken;
    if (isGated(job.data) && !(await this.#gates.begin(id, token))) {
      await this.#jobs.putAside(taken);
      return undefined;
    }
    const lease = leaseOf(token);
    this.#held.set(`${id} ${lease?.holder ?? ''}`, taken);
    const { failure, ...kept } = job.data;
    return { id: Number(id), state: 'running', ...kept, failure, lease };
  }

  async #enter(id: string): Promise<string> {
    const entered = await this.#gates.enter(id, this.#clock.now());
    switch (entered.outcome) {
      case 'go':
        await this.#jobs.promote([id]);
        return id;
      case 'wait':
        return id;
      case 'same':
        await this.#jobs.remove(id);
        return entered.as;
      default:
        return entered satisfies never;
    }
  }

  async #leave(id: string, data: KeptActivity): Promise<void> {
    if (!isGated(data)) return;
    const next = await this.#gates.leave(id, JSON.stringify(data), this.#clock.now());
    await this.#jobs.promote(next === undefined ? [] : [next]);
  }

  async #giveBack({ id, data, token }: Pick<Looked, 'id' | 'data' | 'token'>): Promise<boolean> {
    if (!(await this.#jobs.takeBack(id, token))) return false;
    if (isGated(readKept(data))) await this.#gates.back(id);
    return true;
  }

  /** Ends the leases that are over. */
  async #takeBack(now: number): Promise<number> {
    let count = 0;
    const running = await this.#jobs.ids('running');
    for (const { id, state, data, token } of await this.#gates.look(running)) {
      if (state !== 'running' || (leaseOf(token)?.until ?? now) > now) continue;
      // With its token: one that was renewed meanwhile is left alone.
      if (await this.#giveBack({ id, data, token })) count++;
    }
    return count;
  }
}

/** Whether it waits for others, or others for it. */
function isGated({ tag, afterTag, oneAtATime, deduplicate }: KeptActivity): boolean {
  return `${tag}${afterTag}${oneAtATime}${deduplicate}` !== '';
}
