import type { Filter, MongoRows, Row } from './mongo-rows.ts';
import type { SiteTable, SiteTables, TurnRow } from './site-tables.ts';

/** Rows that are added and never written again, but for what `set` says of them. */
interface Addition {
  readonly does: 'add';
  readonly table: SiteTable;
  readonly rows: readonly Row[];
}

/** Fields of rows that were added, by key. Whoever sets them, and how often, they become the same. */
interface Setting {
  readonly does: 'set';
  readonly table: SiteTable;
  readonly changes: readonly { readonly _id: string; readonly fields: Filter }[];
}

/** Rows that take the place of those an earlier turn has written: of `replace`, each has one. */
interface Replacement {
  readonly does: 'put' | 'replace';
  readonly table: SiteTable;
  readonly rows: readonly TurnRow[];
}

/** Removes rows whose keys will not come again: those with some keys, or those with one value in a field. */
interface Removal {
  readonly does: 'remove';
  readonly table: SiteTable;
  readonly keys?: readonly string[];
  readonly field?: string;
  readonly value?: number;
}

/** One thing that a turn writes. To do it again does no harm, also when later turns are there already. */
export type Step = Addition | Setting | Replacement | Removal;

const rowOctets = 300;
const stepRows = 2_000;

/** About as many octets as the server will count. */
export function sizeOf(step: Step): number {
  switch (step.does) {
    case 'add':
    case 'put':
    case 'replace':
      return step.rows.reduce((sum, row) => sum + sizeOfRow(row), rowOctets);
    case 'set':
      return rowOctets * (1 + step.changes.length);
    case 'remove':
      return rowOctets * (1 + (step.keys?.length ?? 0));
  }
}

/** Steps that add rows, put or replace them, each small enough for a part of a turn. */
export function rowSteps<Kind extends Row>(does: 'add', table: SiteTable, rows: readonly Kind[]): readonly Step[];
export function rowSteps<Kind extends TurnRow>(
  does: Replacement['does'],
  table: SiteTable,
  rows: readonly Kind[],
): readonly Step[];
export function rowSteps(
  does: Addition['does'] | Replacement['does'],
  table: SiteTable,
  rows: readonly TurnRow[],
): readonly Step[] {
  return pagesOf(rows).map((page) => ({ does, table, rows: page }));
}

/** Steps that set fields. */
export function settingSteps(table: SiteTable, changes: Setting['changes']): readonly Step[] {
  const steps: Step[] = [];
  for (let from = 0; from < changes.length; from += stepRows)
    steps.push({ does: 'set', table, changes: changes.slice(from, from + stepRows) });
  return steps;
}

const largestStep = 3_000_000;

function pagesOf(rows: readonly TurnRow[]): readonly (readonly TurnRow[])[] {
  const pages: TurnRow[][] = [];
  let size = largestStep;
  for (const row of rows) {
    const own = sizeOfRow(row);
    if (size + own > largestStep || (pages.at(-1)?.length ?? 0) >= stepRows) {
      pages.push([]);
      size = 0;
    }
    pages.at(-1)?.push(row);
    size += own;
  }
  return pages;
}

function sizeOfRow(row: Row): number {
  let size = rowOctets;
  // A unit of UTF-16 is at most three octets of UTF-8.
  for (const value of Object.values(row)) if (typeof value === 'string' && value.length > 64) size += 3 * value.length;
  return size;
}

/** Does what a turn says. */
export async function applySteps(tables: SiteTables, steps: readonly Step[], turn: number): Promise<void> {
  for (const step of steps) await applyStep(tables, step, turn);
}

async function applyStep(tables: SiteTables, step: Step, turn: number): Promise<void> {
  const rows = tables.rows(step.table);
  switch (step.does) {
    case 'add':
      await rows.add(step.rows);
      return;
    case 'set':
      await rows.set(step.changes);
      return;
    case 'put':
      await putRows(tables.rows<TurnRow>(step.table), step.rows, turn);
      return;
    case 'replace':
      await replaceRows(tables.rows<TurnRow>(step.table), step.rows, turn);
      return;
    case 'remove':
      await rows.remove(step.keys === undefined ? { [step.field ?? '']: step.value } : { _id: { $in: step.keys } });
  }
}

/** New rows come in one command; what was there is replaced one by one, unless a later turn has done so. */
async function putRows(table: MongoRows<TurnRow>, rows: readonly TurnRow[], turn: number): Promise<void> {
  const taken = new Set(await table.add(rows));
  await replaceRows(
    table,
    rows.filter((_, at) => taken.has(at)),
    turn,
  );
}

async function replaceRows(table: MongoRows<TurnRow>, rows: readonly TurnRow[], turn: number): Promise<void> {
  for (const row of rows) await table.replaceOlder(row, { t: { $lt: turn } });
}
