import { canonicalize, canonicalXml } from '../xml/canonical.ts';
import { escapeAttribute, escapeText } from '../xml/escape.ts';
import { isUnqualifiedName } from '../xml/names.ts';
import type { XmlLimits } from '../xml/limits.ts';
import { defaultXmlLimits } from '../xml/limits.ts';
import { parseStoredXml } from '../xml/parse.ts';
import type { XmlElement, XmlNode } from '../xml/tree.ts';
import { nameOfProperty } from './property.ts';

/** Makes the documents of a table's rows: an object with one string for each column. */
export type RowWriter = (cells: readonly string[]) => string;

/** The writer for a table with these columns. The writer throws ProtocolError CON-X001 for characters that XML cannot hold, CON-X002 beyond the limits. */
export function rowWriter(columns: readonly string[], limits: XmlLimits = defaultXmlLimits): RowWriter {
  const tags = columns.map((column) =>
    isUnqualifiedName(column)
      ? { start: `<${column} type="string">`, end: `</${column}>` }
      : { start: `<property name="${escapeAttribute(column)}" type="string">`, end: '</property>' },
  );
  return (cells) => {
    let text = '<object portal_type="row">';
    for (const [at, { start, end }] of tags.entries()) text += start + escapeText(cells[at] ?? '') + end;
    return canonicalize(`${text}</object>`, limits);
  };
}

/**
 * The document of a row as a change of the object that is there: a table has text only, so that the types stay what they are, and an empty cell is no property that
 * the object had not.
 * @throws ProtocolError CON-X001, CON-X002 when one of them is no document
 */
export function rowOver(row: string, before: string): string {
  const { root: is } = parseStoredXml(before);
  const { root } = parseStoredXml(row);
  const properties = new Map(
    is.children.flatMap((child) => (child.kind === 'element' ? [[nameOfProperty(child), child] as const] : [])),
  );
  const children = root.children.flatMap((cell): readonly XmlNode[] => {
    if (cell.kind !== 'element') return [cell];
    const property = properties.get(nameOfProperty(cell));
    if (property === undefined) return cell.children.length === 0 ? [] : [cell];
    return [hasOnlyText(property) ? { ...property, children: cell.children } : cell];
  });
  const element: XmlElement = { ...is, children };
  return canonicalXml({ children: [element], root: element });
}

function hasOnlyText({ children }: XmlElement): boolean {
  return children.every(({ kind }) => kind === 'text');
}
