import type { SiteTables } from '../../../src/adapters/mongodb/site-tables.ts';
import type { MongoRows, Row } from '../../../src/adapters/mongodb/mongo-rows.ts';
import { Killed } from '../../simulation/mortal-store.ts';

/** When a process is killed: before its n-th write reaches the server, after, or when half of the rows of it have. */
export type Moment = 'before' | 'half' | 'after';

type Table = Parameters<SiteTables['rows']>[0];

/** A write to the rows of a kind, by the name of the method. */
export interface Write {
  readonly table: Table;
  readonly method: string;
}

const writing = ['claim', 'add', 'put', 'replaceOlder', 'set', 'setOne', 'remove'];

/** What is asked before each write of a process, and may end it there. */
export interface Executioner {
  /** @throws Killed */
  readonly check: () => void;
  /** Does a write, or the half of it that has many rows, or does not. @throws Killed */
  readonly write: (work: (share: 'half' | 'all') => Promise<unknown>, what: Write) => Promise<unknown>;
}

/** Counts the writes of a process, and ends it at one of them. */
export class WriteCounter implements Executioner {
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
export function mortal(tables: SiteTables, executioner: Executioner): SiteTables {
  return {
    limits: tables.limits,
    get statistics() {
      return tables.statistics;
    },
    rows: <Kind extends Row>(table: Table) => mortalRows(tables.rows<Kind>(table), table, executioner),
  };
}

function mortalRows<Kind extends Row>(rows: MongoRows<Kind>, table: Table, executioner: Executioner): MongoRows<Kind> {
  return new Proxy(rows, {
    get(target, name) {
      const member: unknown = Reflect.get(target, name, target);
      if (typeof member !== 'function') return member;
      // Holds: all of them are asynchronous. They have private state, and so are called on the rows themselves.
      const method = member.bind(target) as (...parameters: unknown[]) => Promise<unknown>;
      return async (...parameters: unknown[]) => {
        executioner.check();
        if (!writing.includes(String(name))) return method(...parameters);
        return executioner.write(
          async (share) => {
            const [first, ...rest] = parameters;
            const half =
              share === 'half' && Array.isArray(first) ? first.slice(0, Math.floor(first.length / 2)) : first;
            return method(half, ...rest);
          },
          { table, method: String(name) },
        );
      };
    },
  });
}
