import { RequestError } from '../../errors/concord-error.ts';
import type { RowWriter } from '../../objects/row-document.ts';
import { rowWriter } from '../../objects/row-document.ts';
import type { TableRow } from '../../ports/document-files.ts';
import type { FoundFile } from './source-files.ts';
import type { ReadFailure, ReadingKeys, ReadObject } from './source-object.ts';
import { documentFault } from './source-object.ts';

/** The column of ids that export adds to a table: it names the rows and is no part of them. */
export const addedIdColumn = '@id';

/** A table by its header: how its rows are written, and which cells name and identify them. */
interface Table {
  readonly width: number;
  readonly added: number;
  readonly key: number;
  readonly gid: number;
  /** Without the one that export adds. */
  readonly columns: readonly string[];
  readonly write: RowWriter;
}

/** The objects of a table, one for each row; a row that is wrong is a failure with its line. @throws RequestError CON-R014 for a header that is wrong */
export async function* readRows(
  rows: AsyncIterable<TableRow>,
  { file, place }: FoundFile,
  keys: ReadingKeys,
): AsyncGenerator<ReadObject | ReadFailure> {
  let table: Table | undefined;
  let number = 0;
  for await (const row of rows) {
    if (table === undefined) {
      table = readHeader(row.cells, keys);
      continue;
    }
    number++;
    const where = `${file.join('/')}:${row.line}`;
    let id: string | undefined;
    try {
      id = idOf(row.cells, table, number);
      yield {
        kind: 'object',
        where,
        place,
        id,
        gid: gidOf(row.cells, table),
        document: documentOf(row, table),
        columns: table.columns,
      };
    } catch (cause) {
      yield { kind: 'failure', where, place, id, cause: documentFault(cause) };
    }
  }
}

function readHeader(names: readonly string[], { keyField: asked, gidField, limits }: ReadingKeys): Table {
  const keyField = asked === addedIdColumn ? undefined : asked;
  const repeated = names.find((name, at) => names.indexOf(name) !== at);
  if (repeated !== undefined) throw new RequestError('CON-R014', `The column “${repeated}” is there twice`);
  const added = keyField === undefined ? names.indexOf(addedIdColumn) : -1;
  const key = keyField === undefined ? names.indexOf('id') : columnOf(names, keyField);
  const gid = gidField === undefined ? -1 : columnOf(names, gidField);
  const columns = names.filter((_, at) => at !== added);
  return { width: names.length, added, key, gid, columns, write: rowWriter(columns, limits) };
}

function columnOf(names: readonly string[], field: string): number {
  const at = names.indexOf(field);
  if (at === -1) throw new RequestError('CON-R014', `There is no column “${field}”`);
  return at;
}

function idOf(cells: readonly string[], { added, key }: Table, number: number): string {
  const given = cells[added];
  if (given !== undefined && given !== '') return given;
  const value = cells[key]?.trim();
  if (value === '') throw new RequestError('CON-R014', 'The key of the row is empty');
  return value ?? String(number);
}

function gidOf(cells: readonly string[], { gid }: Table): string | undefined {
  const value = cells[gid]?.trim();
  if (value === '') throw new RequestError('CON-R014', 'The gid of the row is empty');
  return value;
}

function documentOf({ cells, emptied }: TableRow, { width, added, write }: Table): string {
  if (cells.length !== width)
    throw new RequestError('CON-R014', `The row has ${cells.length} cells, and the header ${width}`);
  const isBehind = (at: number): boolean => added >= 0 && at > added;
  return write(
    cells.filter((_, at) => at !== added),
    emptied.map((at) => (isBehind(at) ? at - 1 : at)),
  );
}
