import type { SqliteDatabase, Value } from './sqlite-database.ts';

const rowsAtOnce = 16;

/** How rows of one kind are inserted; `end` stands behind the values. */
interface InsertForm {
  readonly one: string;
  readonly many: string;
}

/** The statements for one row and for a full buffer. */
export function insertForm(start: string, columns: number, end = ''): InsertForm {
  const row = `(${Array.from({ length: columns }, () => '?').join(', ')})`;
  const form = (rows: number): string =>
    `${start} VALUES ${Array.from({ length: rows }, () => row).join(', ')}${end === '' ? '' : ` ${end}`}`;
  return { one: form(1), many: form(rowsAtOnce) };
}

/**
 * Rows of one kind that are written together, in the order in which they came: of a short row, most of the time is that of the call. Owns what is not written yet; whoever
 * uses it writes the rest before anybody reads, and before the transaction ends.
 */
export class RowBuffer {
  readonly #database: SqliteDatabase;
  readonly #form: InsertForm;
  #rows: (readonly Value[])[] = [];

  constructor(database: SqliteDatabase, form: InsertForm) {
    this.#database = database;
    this.#form = form;
  }

  add(...row: readonly Value[]): void {
    this.#rows.push(row);
    if (this.#rows.length < rowsAtOnce) return;
    this.#database.run(this.#form.many, ...this.#rows.flat());
    this.#rows = [];
  }

  /** Writes what is left. */
  flush(): void {
    for (const row of this.#rows) this.#database.run(this.#form.one, ...row);
    this.#rows = [];
  }
}
