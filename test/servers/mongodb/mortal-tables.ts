import type { SiteTables } from '../../../src/adapters/mongodb/site-tables.ts';
import type { MongoRows, Row } from '../../../src/adapters/mongodb/mongo-rows.ts';

/** A process that was killed. Not one of Concord's errors: nobody may catch it. */
export class Killed extends Error {}

/** When a process is killed: before its n-th write reaches the server, after, or when half of the rows of it have. */
export type Moment = 'before' | 'half' | 'after';

const writing = ['claim', 'add', 'put', 'replaceOlder', 'set', 'setOne', 'remove'];

/** Counts the writes of a process, and ends it at one of them. */
export class WriteCounter {
  writes = 0;
  #last = Number.POSITIVE_INFINITY;
  #moment: Moment = 'after';
  #isDead = false;

  killAt(write: number, moment: Moment): void {
    this.#last = this.writes + write;
    this.#moment = moment;
  }

  async write(work: (share: 'half' | 'all') => Promise<unknown>): Promise<unknown> {
    this.check();
    this.writes += 1;
    if (this.writes < this.#last) return work('all');
    this.#isDead = true;
    if (this.#moment === 'before') throw new Killed();
    await work(this.#moment === 'half' ? 'half' : 'all');
    throw new Killed();
  }

  check(): void {
    if (this.#isDead) throw new Killed();
  }
}

/** The rows of a site, as a process sees them that can be killed. */
export function mortal(tables: SiteTables, counter: WriteCounter): SiteTables {
  return {
    limits: tables.limits,
    statistics: tables.statistics,
    rows: <Kind extends Row>(table: Parameters<SiteTables['rows']>[0]) => mortalRows(tables.rows<Kind>(table), counter),
  };
}

function mortalRows<Kind extends Row>(rows: MongoRows<Kind>, counter: WriteCounter): MongoRows<Kind> {
  return new Proxy(rows, {
    get(target, name) {
      const member: unknown = Reflect.get(target, name, target);
      if (typeof member !== 'function') return member;
      // Holds: all of them are asynchronous. They have private state, and so are called on the rows themselves.
      const method = member.bind(target) as (...parameters: unknown[]) => Promise<unknown>;
      return async (...parameters: unknown[]) => {
        counter.check();
        if (!writing.includes(String(name))) return method(...parameters);
        return counter.write(async (share) => {
          const [first, ...rest] = parameters;
          const half = share === 'half' && Array.isArray(first) ? first.slice(0, Math.floor(first.length / 2)) : first;
          return method(half, ...rest);
        });
      };
    },
  });
}
