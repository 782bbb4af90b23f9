import type { Activity, ActivityState, NewActivity } from '../../activities/activity.ts';
import type {
  ActivityFailure,
  ActivityFilter,
  ActivityQueue,
  ClaimOptions,
  Ended,
  Ending,
} from '../../ports/activity-queue.ts';
import type { Clock } from '../../ports/clock.ts';
import { countActivity } from './count-activity.ts';
import type { SqliteDatabase } from './sqlite-database.ts';
import { writeActivity } from './write-activity.ts';

interface ActivityRow {
  readonly id: number;
  readonly state: ActivityState;
  readonly work: string;
  readonly priority: number;
  readonly not_before: number;
  readonly tag: string;
  readonly after_tag: string;
  readonly one_at_a_time: string;
  readonly deduplicate: string;
  readonly max_retries: number;
  readonly retries: number;
  readonly created_at: number;
  readonly failure_code: string | null;
  readonly failure_message: string | null;
  readonly failure_at: number | null;
  readonly untold: number;
  readonly holder: string | null;
  readonly lease_until: number | null;
}

// Of several that both have and wait for one tag, the older goes first; they would else wait for each other.
const comesAfterNothing = `(a.after_tag = '' OR NOT EXISTS (
  SELECT 1 FROM activity AS first WHERE first.tag = a.after_tag AND first.tag <> '' AND first.id <> a.id AND (a.tag <> a.after_tag OR first.id < a.id)))`;

// What has failed for good no longer holds up those behind it.
const isItsTurn = `(a.one_at_a_time = '' OR NOT EXISTS (
  SELECT 1 FROM activity AS other WHERE other.one_at_a_time = a.one_at_a_time AND other.one_at_a_time <> '' AND other.id <> a.id
    AND (other.state = 'running' OR (other.id < a.id AND other.state IN ('waiting', 'runnable')))))`;

const untoldAtOnce = 100;
const released = "state = 'runnable', holder = NULL, lease_until = NULL";

/** The queue of one site, in the site's file: a decision and the activities that follow from it are one commit. */
export class SqliteActivityQueue implements ActivityQueue {
  readonly #database: SqliteDatabase;
  readonly #clock: Clock;

  constructor(database: SqliteDatabase, clock: Clock) {
    this.#database = database;
    this.#clock = clock;
  }

  async add(activity: NewActivity): Promise<number> {
    return this.#database.write(() => writeActivity(this.#database, activity, this.#clock.now()));
  }

  async distribute(now: number): Promise<number> {
    return this.#database.write(() => {
      const lost = this.#database.run(
        `UPDATE activity SET ${released} WHERE state = 'running' AND lease_until <= ?`,
        now,
      );
      return (
        lost +
        this.#database.run(
          `UPDATE activity AS a SET state = 'runnable' WHERE a.state = 'waiting' AND a.not_before <= ? AND ${comesAfterNothing}`,
          now,
        )
      );
    });
  }

  async claim(options: ClaimOptions): Promise<Activity | undefined> {
    return this.#claim(options);
  }

  async renew(id: number, node: string, until: number): Promise<boolean> {
    const sql = "UPDATE activity SET lease_until = ? WHERE id = ? AND state = 'running' AND holder = ?";
    return this.#database.run(sql, until, id, node) > 0;
  }

  async complete(id: number, node: string, { count, next }: Ending = {}): Promise<Ended> {
    return this.#database.write(() => {
      const sql = "DELETE FROM activity WHERE id = ? AND state = 'running' AND holder = ?";
      const isEnded = this.#database.run(sql, id, node) > 0;
      if (isEnded && count !== undefined) countActivity(this.#database, { ...count.as, count: 1 }, count.keepFrom);
      return { isCounted: true, next: next && this.#claim(next) };
    });
  }

  async release(id: number, node: string): Promise<boolean> {
    const sql = `UPDATE activity SET ${released} WHERE id = ? AND state = 'running' AND holder = ?`;
    return this.#database.run(sql, id, node) > 0;
  }

  async fail(id: number, node: string, failure: ActivityFailure): Promise<boolean> {
    const { code, message, at, again } = failure;
    const noted = this.#database.run(
      `UPDATE activity SET state = ?, not_before = coalesce(?, not_before), retries = retries + 1,
         failure_code = ?, failure_message = ?, failure_at = ?, untold = ?, holder = NULL, lease_until = NULL
       WHERE id = ? AND state = 'running' AND holder = ?`,
      ...[
        again === undefined ? 'failed' : 'waiting',
        again ?? null,
        code,
        message,
        at,
        again === undefined ? 1 : 0,
        id,
        node,
      ],
    );
    return noted > 0;
  }

  async untold(until: number): Promise<readonly Activity[]> {
    const sql = `SELECT * FROM activity WHERE untold = 1 AND state = 'failed' AND failure_at <= ? ORDER BY id LIMIT +${untoldAtOnce}`;
    return this.#database.all<ActivityRow>(sql, until).map(activityOf);
  }

  async noteTold(id: number, failedAt: number): Promise<void> {
    this.#database.run('UPDATE activity SET untold = 0 WHERE id = ? AND untold = 1 AND failure_at = ?', id, failedAt);
  }

  async list(filter: ActivityFilter = {}): Promise<readonly Activity[]> {
    const { state, oneAtATime, limit = -1, after = 0 } = filter;
    const where = [
      ...['id > ?', ...(state === undefined ? [] : ['state = ?'])],
      // Said twice, so that the planner sees that the index has them.
      ...(oneAtATime === undefined ? [] : ["one_at_a_time = ? AND one_at_a_time <> ''"]),
    ];
    return this.#database
      .all<ActivityRow>(
        `SELECT * FROM activity WHERE ${where.join(' AND ')} ORDER BY id LIMIT +?`,
        ...[after, ...(state === undefined ? [] : [state]), ...(oneAtATime === undefined ? [] : [oneAtATime]), limit],
      )
      .map(activityOf);
  }

  async get(id: number): Promise<Activity | undefined> {
    return this.#find(id);
  }

  async count(): Promise<Readonly<Record<ActivityState, number>>> {
    const rows = this.#database.all<{ state: ActivityState; count: number }>(
      'SELECT state, count(*) AS count FROM activity GROUP BY state',
    );
    const counts = { waiting: 0, runnable: 0, running: 0, failed: 0 };
    for (const { state, count } of rows) counts[state] = count;
    return counts;
  }

  async restart(id: number): Promise<boolean> {
    const now = this.#clock.now();
    return (
      this.#database.run(
        `UPDATE activity SET state = 'runnable', retries = 0, after_tag = '', not_before = min(not_before, ?)
         WHERE id = ? AND state IN ('failed', 'waiting')`,
        now,
        id,
      ) > 0
    );
  }

  async cancel(id: number): Promise<boolean> {
    return this.#database.run("DELETE FROM activity WHERE id = ? AND state <> 'running'", id) > 0;
  }

  async nextDue(): Promise<number | undefined> {
    // Those that wait for others are due when the others are gone, which no clock can tell.
    const sql = `SELECT min(a.not_before) AS due FROM activity AS a WHERE a.state = 'waiting' AND ${comesAfterNothing}`;
    return this.#database.get<{ due: number | null }>(sql)?.due ?? undefined;
  }

  #claim({ node, now, leaseMs }: ClaimOptions): Activity | undefined {
    const take = `UPDATE activity AS a SET state = 'running', holder = ?, lease_until = ?
      WHERE a.id = ? AND a.state = 'runnable' AND ${isItsTurn} AND ${comesAfterNothing} RETURNING *`;
    for (;;) {
      // Looked for before the lock is taken: a worker that finds nothing to do disturbs no writer.
      const next = this.#findNext();
      if (next === undefined) return undefined;
      const row = this.#database.get<ActivityRow>(take, node, now + leaseMs, next);
      if (row !== undefined) return activityOf(row);
      // Somebody else was faster, so there is one less to find.
    }
  }

  #find(id: number): Activity | undefined {
    const row = this.#database.get<ActivityRow>('SELECT * FROM activity WHERE id = ?', id);
    return row === undefined ? undefined : activityOf(row);
  }

  #findNext(): number | undefined {
    return this.#database.get<{ id: number }>(
      `SELECT a.id FROM activity AS a WHERE a.state = 'runnable' AND ${isItsTurn} AND ${comesAfterNothing}
        ORDER BY a.priority, a.not_before, a.id LIMIT 1`,
    )?.id;
  }
}

function activityOf(row: ActivityRow): Activity {
  const { failure_code: code, failure_message: message, failure_at: at, holder, lease_until: until } = row;
  return {
    id: row.id,
    state: row.state,
    // Holds: the column is written from the same type.
    work: JSON.parse(row.work) as Activity['work'],
    priority: row.priority,
    notBefore: row.not_before,
    tag: row.tag,
    afterTag: row.after_tag,
    oneAtATime: row.one_at_a_time,
    deduplicate: row.deduplicate,
    maxRetries: row.max_retries,
    retries: row.retries,
    createdAt: row.created_at,
    failure: code === null || message === null || at === null ? undefined : { code, message, at, ...isToldOf(row) },
    lease: holder === null || until === null ? undefined : { holder, until },
  };
}

function isToldOf({ state, untold }: ActivityRow): { readonly isTold?: false } {
  return untold === 1 && state === 'failed' ? { isTold: false } : {};
}
