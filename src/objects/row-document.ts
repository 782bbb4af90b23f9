import { canonicalize, canonicalXml } from '../xml/canonical.ts';
import { escapeAttribute, escapeText } from '../xml/escape.ts';
import { isUnqualifiedName } from '../xml/names.ts';
import type { XmlLimits } from '../xml/limits.ts';
import { defaultXmlLimits } from '../xml/limits.ts';
import { parseStoredXml } from '../xml/parse.ts';
import type { XmlElement, XmlNode } from '../xml/tree.ts';
import { nameOfProperty } from './property.ts';

/** Makes the documents of a table's rows: an object with one string for each cell that is not left empty. `emptied` are the cells with an empty text. */
export type RowWriter = (cells: readonly string[], emptied: readonly number[]) => string;

/**
 * The writer for a table with these columns. The writer throws ProtocolError CON-X001 for characters that XML cannot hold, CON-X002 beyond the limits.
 */
export function rowWriter(columns: readonly string[], limits: XmlLimits = defaultXmlLimits): RowWriter {
  const tags = columns.map((column) =>
    isUnqualifiedName(column)
      ? { start: `<${column} type="string">`, end: `</${column}>` }
      : { start: `<property name="${escapeAttribute(column)}" type="string">`, end: '</property>' },
  );
  return (cells, emptied) => {
    let text = '<object portal_type="row">';
    for (const [at, { start, end }] of tags.entries()) {
      const cell = cells[at] ?? '';
      if (cell !== '' || emptied.includes(at)) text += start + escapeText(cell) + end;
    }
    return canonicalize(`${text}</object>`, limits);
  };
}

/**
 * The document of a row as a change of the object that is there: a table has text only, so that the types stay what they are. A cell that is left empty is no
 * property that the object had not, and clears one that it has; the type of that stays, unless it is a text, as the next one will be.
 * @throws ProtocolError CON-X001 when one of them is no document
 */
export function rowOver(row: string, columns: readonly string[], before: string): string {
  const { root: is } = parseStoredXml(before);
  const properties = propertiesOf(is);
  const cells = propertiesOf(parseStoredXml(row).root);
  const children = columns.flatMap((column): readonly XmlNode[] => {
    const [cell, property] = [cells.get(column), properties.get(column)];
    if (property === undefined) return cell === undefined ? [] : [cell];
    if (cell === undefined) return cleared(property);
    return [hasOnlyText(property) ? { ...property, children: cell.children } : cell];
  });
  const element: XmlElement = { ...is, children };
  return canonicalXml({ children: [element], root: element });
}

function propertiesOf({ children }: XmlElement): ReadonlyMap<string, XmlElement> {
  return new Map(
    children.flatMap((child) => (child.kind === 'element' ? [[nameOfProperty(child), child] as const] : [])),
  );
}

function cleared(property: XmlElement): readonly XmlNode[] {
  if (property.children.length === 0) return [property];
  const type = property.attributes.find(({ name }) => name === 'type')?.value;
  const isRestored = type === 'string' || type === 'text' || !hasOnlyText(property);
  return isRestored ? [] : [{ ...property, children: [] }];
}

function hasOnlyText({ children }: XmlElement): boolean {
  return children.every(({ kind }) => kind === 'text');
}
