import { canonicalize } from '../xml/canonical.ts';
import { escapeAttribute, escapeText } from '../xml/escape.ts';
import { isUnqualifiedName } from '../xml/names.ts';

/** Makes the documents of a table's rows: an object with one string for each column. */
export type RowWriter = (cells: readonly string[]) => string;

/** The writer for a table with these columns. The writer throws ProtocolError CON-X001 for characters that XML cannot hold. */
export function rowWriter(columns: readonly string[]): RowWriter {
  const tags = columns.map((column) =>
    isUnqualifiedName(column)
      ? { start: `<${column} type="string">`, end: `</${column}>` }
      : { start: `<property name="${escapeAttribute(column)}" type="string">`, end: '</property>' },
  );
  return (cells) => {
    let text = '<object portal_type="row">';
    for (const [at, { start, end }] of tags.entries()) text += start + escapeText(cells[at] ?? '') + end;
    return canonicalize(`${text}</object>`);
  };
}
