import { RequestError } from '../../errors/concord-error.ts';
import { nameOfProperty } from '../../objects/property.ts';
import { typeOfDocument } from '../../objects/document-type.ts';
import type { Version } from '../../objects/version.ts';
import { parseStoredXml } from '../../xml/parse.ts';
import { ColumnOrder } from './column-order.ts';
import { addedIdColumn } from './read-rows.ts';

/**
 * Objects as the rows of a table, the header first: a column for each property that any of them has, and before them a column of ids where no column `id` has
 * them. A property that an object has not is an undefined cell. Reads the objects twice, because the header must be complete: `survey` gives them the first time.
 * @throws RequestError CON-R008 for an object that is no list of simple properties
 */
export async function* tableRows(
  survey: () => AsyncIterable<Version>,
  objects: AsyncIterable<Version>,
): AsyncGenerator<readonly (string | undefined)[]> {
  const columns = new ColumnOrder();
  let hasIds = true;
  for await (const object of survey()) {
    const cells = cellsOf(object);
    columns.add(cells.keys());
    hasIds &&= cells.get('id') === object.id && object.id.trim() === object.id;
  }
  const names = columns.names();
  if (names.includes(addedIdColumn))
    throw new RequestError('CON-R008', `A property is called ${addedIdColumn}, as the column of ids: export to .json`);
  yield hasIds ? names : [addedIdColumn, ...names];
  for await (const object of objects) {
    const cells = cellsOf(object);
    const row = names.map((name) => cells.get(name));
    yield hasIds ? row : [object.id, ...row];
  }
}

function cellsOf({ id, document }: Version): ReadonlyMap<string, string> {
  const { root } = parseStoredXml(document);
  const cells = new Map<string, string>();
  for (const child of typeOfDocument(document) === 'object' ? root.children : refuse(id)) {
    if (child.kind !== 'element') return refuse(id);
    const [text, ...others] = child.children;
    const name = nameOfProperty(child);
    if (others.length > 0 || (text !== undefined && text.kind !== 'text') || cells.has(name)) return refuse(id);
    cells.set(name, text?.text ?? '');
  }
  return cells;
}

function refuse(id: string): never {
  throw new RequestError(
    'CON-R008',
    `“${id}” is no list of simple properties, so that it cannot be a row: export to a folder or to .json`,
  );
}
