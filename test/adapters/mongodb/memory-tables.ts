import type { Filter, MongoRows, Row } from '../../../src/adapters/mongodb/mongo-rows.ts';
import type { SiteTable, SiteTables } from '../../../src/adapters/mongodb/site-tables.ts';

/** The rows of a site in memory, as far as a journal needs them: a key is taken once, and a condition is one of those that it uses. */
export class MemoryTables implements SiteTables {
  readonly limits = { updates: 100, rows: 100 };
  readonly statistics = { rowsRead: 0, rowsWritten: 0 };
  readonly #tables = new Map<SiteTable, Map<string, Row>>();
  readonly #before: (does: string, table: SiteTable) => Promise<void>;

  /** The rows of others, seen by a process of one's own. `before` is done before whatever that does; what it throws ends the process. */
  constructor(
    others?: MemoryTables,
    before: (does: string, table: SiteTable) => Promise<void> = async () => undefined,
  ) {
    if (others !== undefined) this.#tables = others.#tables;
    this.#before = before;
  }

  /** All rows of a kind, by key. */
  all(table: SiteTable): readonly Row[] {
    return [...this.#rowsOf(table).values()].sort((a, b) => (a._id < b._id ? -1 : 1));
  }

  readonly rows = <Kind extends Row>(table: SiteTable): MongoRows<Kind> => {
    const rows = this.#rowsOf(table);
    const claim = (row: Row): boolean => !rows.has(row._id) && rows.set(row._id, row).has(row._id);
    const doing =
      <Parameter, Result>(does: string, work: (parameter: Parameter) => Result) =>
      async (parameter: Parameter): Promise<Result> => {
        await this.#before(does, table);
        return work(parameter);
      };
    const methods = {
      get: doing('get', (key: string) => rows.get(key)),
      first: doing('first', () => this.all(table).at(-1)),
      claim: doing('claim', claim),
      add: doing('add', (added: readonly Row[]) => added.flatMap((row, at) => (claim(row) ? [] : [at]))),
      set: doing('set', (changes: readonly { readonly _id: string; readonly fields: Filter }[]) => {
        for (const { _id, fields } of changes) {
          const row = rows.get(_id);
          if (row !== undefined) rows.set(_id, { ...row, ...fields });
        }
      }),
      remove: doing('remove', (filter: Filter) => {
        const going = this.all(table).filter((row) => meets(row, filter));
        for (const { _id } of going) rows.delete(_id);
        return going.length;
      }),
    };
    // Holds for what a journal calls: these are the methods, on rows that are of the kind that was put into the table.
    return methods as unknown as MongoRows<Kind>;
  };

  #rowsOf(table: SiteTable): Map<string, Row> {
    const rows = this.#tables.get(table) ?? new Map<string, Row>();
    this.#tables.set(table, rows);
    return rows;
  }
}

function meets(row: Row, filter: Filter): boolean {
  return Object.entries(filter).every(([name, condition]) => {
    const value: unknown = Reflect.get(row, name);
    if (typeof condition !== 'object' || condition === null) return value === condition;
    return Object.entries(condition).every(([operator, operand]) => holds(value, operator, operand));
  });
}

function holds(value: unknown, operator: string, operand: unknown): boolean {
  if (operator === '$lt' && typeof value === typeof operand) return String(value) < String(operand);
  if (operator === '$in' && Array.isArray(operand)) return operand.includes(value);
  if (operator === '$mod' && Array.isArray(operand)) return Number(value) % Number(operand[0]) === Number(operand[1]);
  if (operator === '$not' && typeof operand === 'object' && operand !== null)
    return !Object.entries(operand).every(([inner, of]) => holds(value, inner, of));
  throw new TypeError(`No condition of a journal: ${operator}`);
}
