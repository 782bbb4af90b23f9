import { setTimeout } from 'node:timers/promises';
import type { Activity, ActivityState, NewActivity } from '../../activities/activity.ts';
import { mustWait, queuedActivity } from '../../activities/queued-activity.ts';
import { StoreError } from '../../errors/concord-error.ts';
import type {
  ActivityFailure,
  ActivityFilter,
  ActivityQueue,
  ClaimOptions,
  Ended,
} from '../../ports/activity-queue.ts';
import type { Clock } from '../../ports/clock.ts';
import type { Identifiers } from '../../ports/identifiers.ts';
import { readRecord } from './peer-records.ts';
import type { Filter, MongoRows } from './mongo-rows.ts';
import { goneRow } from './plan-peers.ts';
import { SiteJournal } from './site-journal.ts';
import { numberKey, type SiteTables, type TurnRow } from './site-tables.ts';
import { rowSteps } from './steps.ts';
import type { Plan, Turn } from './turn.ts';

/** An activity; one that is gone has no id. */
interface ActivityRow extends TurnRow, Partial<Omit<Activity, 'work'>> {
  readonly work?: string;
}

type Queued = ActivityRow & Omit<Activity, 'work'>;

const maxTries = 60;
const pauseMs = 3;
const pageSize = 50;
const forgetEvery = 100;
const goneMs = 60_000;

const byOrder = { priority: 1, notBefore: 1, id: 1 } as const;
const byId = { id: 1 } as const;

/**
 * The queue of one site, in its database. Whatever changes it is a turn of a journal of its own, so that no two processes get one activity. That is slow beside a queue in
 * Redis, and good enough for an installation that has none.
 */
export class MongoActivityQueue implements ActivityQueue {
  readonly #tables: SiteTables;
  readonly #clock: Clock;
  readonly #journal: SiteJournal;
  #last: Promise<unknown> = Promise.resolve();
  /** What is done before activities are distributed: others may have left some to be queued. */
  beforeDistribute: () => Promise<void> = async () => undefined;

  private constructor(
    tables: SiteTables,
    surroundings: { readonly clock: Clock; readonly identifiers: Identifiers },
    patienceMs: number,
  ) {
    const { clock, identifiers } = surroundings;
    this.#tables = tables;
    this.#clock = clock;
    this.#journal = new SiteJournal(tables, {
      ...{ patienceMs, now: () => clock.now(), random: () => identifiers.random() },
      tables: { turns: 'queueTurn', parts: 'queuePart' },
    });
  }

  static async open(
    tables: SiteTables,
    surroundings: { readonly clock: Clock; readonly identifiers: Identifiers },
    patienceMs: number,
  ): Promise<MongoActivityQueue> {
    const queue = new MongoActivityQueue(tables, surroundings, patienceMs);
    await queue.#journal.begin('queue');
    return queue;
  }

  async add(activity: NewActivity): Promise<number> {
    const { deduplicate = '' } = activity;
    return this.#change(async (turn) => {
      const queued =
        deduplicate === ''
          ? undefined
          : await this.#rows.first({ deduplicate, state: { $in: ['waiting', 'runnable'] } }, byId);
      if (queued?.id !== undefined) return { result: queued.id };
      const id = turn.listed + 1;
      const row = this.#newRow(activity, id, turn);
      return { result: id, numbers: { listed: id }, steps: rowSteps('put', 'activity', [row]) };
    });
  }

  async distribute(now: number): Promise<number> {
    await this.beforeDistribute();
    const due = async (): Promise<readonly ActivityRow[]> => {
      const lost = await this.#rows.find({ state: 'running' });
      const waiting = await this.#rows.find({ state: 'waiting', notBefore: { $lte: now } });
      const free = await this.#filter(waiting.filter(isQueued), async (row) => this.#comesAfterNothing(row));
      return [...lost.filter(({ lease }) => (lease?.until ?? 0) <= now), ...free];
    };
    if ((await due()).length === 0) return 0;
    return this.#change(async ({ number }) => {
      const rows = await due();
      if (rows.length === 0) return { result: 0 };
      const runnable = rows.map(({ lease: _lease, ...row }) => ({ ...row, t: number + 1, state: 'runnable' }) as const);
      return { result: rows.length, steps: rowSteps('put', 'activity', runnable) };
    });
  }

  async claim({ node, now, leaseMs }: ClaimOptions): Promise<Activity | undefined> {
    // Who finds nothing to do disturbs nobody.
    if ((await this.#next()) === undefined) return undefined;
    return this.#change(async ({ number }) => {
      const next = await this.#next();
      if (next === undefined) return { result: undefined };
      const lease = { holder: node, until: now + leaseMs };
      const row: Queued = { ...next, t: number + 1, state: 'running', lease };
      return { result: activityOf(row), steps: rowSteps('put', 'activity', [row]) };
    });
  }

  async renew(id: number, node: string, until: number): Promise<boolean> {
    return this.#alter(id, (row) => (isHeldBy(row, node) ? { ...row, lease: { holder: node, until } } : undefined));
  }

  async complete(id: number, node: string): Promise<Ended> {
    await this.#alter(id, (row) => (isHeldBy(row, node) ? 'gone' : undefined));
    return { isCounted: false, next: undefined };
  }

  async release(id: number, node: string): Promise<boolean> {
    return this.#alter(id, (row) => {
      if (!isHeldBy(row, node)) return undefined;
      const { lease: _lease, ...rest } = row;
      return { ...rest, lease: undefined, state: 'runnable' };
    });
  }

  async fail(id: number, node: string, { again, ...why }: ActivityFailure): Promise<boolean> {
    const failure = { ...why, ...(again === undefined && { isTold: false as const }) };
    return this.#alter(id, (row) => {
      if (!isHeldBy(row, node)) return undefined;
      const { lease: _lease, ...rest } = row;
      const state: ActivityState = again === undefined ? 'failed' : 'waiting';
      return { ...rest, lease: undefined, state, notBefore: again ?? row.notBefore, retries: row.retries + 1, failure };
    });
  }

  async untold(until: number): Promise<readonly Activity[]> {
    const wanted = { state: 'failed', 'failure.isTold': false, 'failure.at': { $lte: until } };
    const rows = await this.#journal.consistently(async () => this.#rows.find(wanted, { sort: byId, limit: pageSize }));
    return rows.filter(isQueued).map(activityOf);
  }

  async noteTold(id: number, failedAt: number): Promise<void> {
    await this.#alter(id, (row) => {
      const { failure, ...rest } = row;
      if (failure?.isTold !== false || failure.at !== failedAt) return undefined;
      const { isTold: _isTold, ...told } = failure;
      return { ...rest, failure: told };
    });
  }

  async list(filter: ActivityFilter = {}): Promise<readonly Activity[]> {
    const { limit, after = 0, ...wanted } = filter;
    if (limit === 0) return [];
    const condition = { id: { $gt: after }, ...wanted };
    const rows = await this.#journal.consistently(async () =>
      this.#rows.find(condition, { sort: byId, ...(limit === undefined ? {} : { limit }) }),
    );
    return rows.filter(isQueued).map(activityOf);
  }

  async get(id: number): Promise<Activity | undefined> {
    const row = await this.#journal.consistently(async () => this.#rows.get(numberKey(id)));
    return row !== undefined && isQueued(row) ? activityOf(row) : undefined;
  }

  async count(): Promise<Readonly<Record<ActivityState, number>>> {
    return this.#journal.consistently(async () => {
      const of = async (state: ActivityState): Promise<number> => this.#rows.count({ state });
      const [waiting, runnable, running, failed] = await Promise.all([
        of('waiting'),
        of('runnable'),
        of('running'),
        of('failed'),
      ]);
      return { waiting, runnable, running, failed };
    });
  }

  async restart(id: number): Promise<boolean> {
    const now = this.#clock.now();
    return this.#alter(id, (row) =>
      row.state === 'failed' || row.state === 'waiting'
        ? { ...row, state: 'runnable', retries: 0, afterTag: '', notBefore: Math.min(row.notBefore, now) }
        : undefined,
    );
  }

  async cancel(id: number): Promise<boolean> {
    return this.#alter(id, (row) => (row.state === 'running' ? undefined : 'gone'));
  }

  async nextDue(): Promise<number | undefined> {
    return this.#journal.consistently(async () => {
      const waiting = await this.#rows.find({ state: 'waiting' }, { sort: { notBefore: 1 } });
      for (const row of waiting) if (isQueued(row) && (await this.#comesAfterNothing(row))) return row.notBefore;
      return undefined;
    });
  }

  /** False, and nothing is changed, where `change` says nothing. */
  async #alter(id: number, change: (row: Queued) => Queued | 'gone' | undefined): Promise<boolean> {
    return this.#change(async ({ number }) => {
      const row = await this.#rows.get(numberKey(id));
      const next = row !== undefined && isQueued(row) ? change(row) : undefined;
      if (next === undefined) return { result: false };
      const t = number + 1;
      const written = next === 'gone' ? goneRow(numberKey(id), t, this.#clock.now()) : { ...next, t };
      return { result: true, steps: rowSteps('put', 'activity', [written]) };
    });
  }

  async #next(): Promise<Queued | undefined> {
    const filter = { state: 'runnable' };
    // Those whose turn it is not may be many; most often the first is the one.
    for (let limit = 1; ; limit *= pageSize) {
      const rows = await this.#rows.find(filter, { sort: byOrder, limit });
      for (const row of rows)
        if (isQueued(row) && (await this.#isItsTurn(row)) && (await this.#comesAfterNothing(row))) return row;
      if (rows.length < limit) return undefined;
    }
  }

  /** What has failed for good does not hold up those behind it. */
  async #isItsTurn({ oneAtATime, id }: Queued): Promise<boolean> {
    if (oneAtATime === '') return true;
    const others = { $or: [{ state: 'running' }, { id: { $lt: id }, state: { $in: ['waiting', 'runnable'] } }] };
    return !(await this.#isThere({ oneAtATime, id: { $ne: id }, ...others }));
  }

  /** Of several that both have and wait for one tag, the older goes first; they would else wait for each other. */
  async #comesAfterNothing({ afterTag, tag, id }: Queued): Promise<boolean> {
    if (afterTag === '') return true;
    return !(await this.#isThere({ tag: afterTag, id: tag === afterTag ? { $lt: id } : { $ne: id } }));
  }

  async #isThere(filter: Filter): Promise<boolean> {
    return (await this.#rows.find(filter, { limit: 1, without: ['work'] })).length > 0;
  }

  async #filter(rows: readonly Queued[], isWanted: (row: Queued) => Promise<boolean>): Promise<readonly Queued[]> {
    const wanted: Queued[] = [];
    for (const row of rows) if (await isWanted(row)) wanted.push(row);
    return wanted;
  }

  async #change<Result>(plan: (turn: Turn) => Promise<Plan<Result>>): Promise<Result> {
    const work = async (): Promise<Result> => {
      for (let tries = 0; tries < maxTries; tries++) {
        if (tries > 0) await setTimeout(pauseMs * Math.random() * tries);
        const turn = await this.#journal.settled();
        const { result, steps, numbers = {} } = await plan(turn);
        if (steps === undefined) return result;
        const { number, ...before } = turn;
        if (!(await this.#journal.commit(turn, { ...before, ...numbers, steps }))) continue;
        if (number % forgetEvery === 0) await this.#rows.remove({ goneAt: { $lt: this.#clock.now() - goneMs } });
        return result;
      }
      throw new StoreError('CON-D005', 'Others changed the queue first, again and again', { retry: 'later' });
    };
    const own = this.#last.then(work, work);
    this.#last = own.catch(() => undefined);
    return own;
  }

  #newRow(activity: NewActivity, id: number, { number }: Turn): ActivityRow {
    const now = this.#clock.now();
    const queued = queuedActivity(activity, now);
    const state = mustWait(queued) ? 'waiting' : 'runnable';
    return { ...queued, _id: numberKey(id), t: number + 1, id, state, work: JSON.stringify(queued.work) };
  }

  get #rows(): MongoRows<ActivityRow> {
    return this.#tables.rows<ActivityRow>('activity');
  }
}

function isQueued(row: ActivityRow): row is Queued {
  return row.id !== undefined;
}

function isHeldBy({ state, lease }: Queued, node: string): boolean {
  return state === 'running' && lease?.holder === node;
}

function activityOf(row: Queued): Activity {
  const { id, state, priority, notBefore, tag, afterTag, oneAtATime, deduplicate, maxRetries, retries, createdAt } =
    row;
  return {
    ...{ id, state, work: readRecord<Activity['work']>(row.work), priority, notBefore, tag, afterTag, oneAtATime },
    ...{ deduplicate, maxRetries, retries, createdAt, failure: row.failure, lease: row.lease },
  };
}
