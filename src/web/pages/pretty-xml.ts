import { serializeXml } from '../../xml/serialize.ts';
import { parseXml } from '../../xml/parse.ts';
import type { XmlElement, XmlNode } from '../../xml/tree.ts';

/**
 * A document as people read it. One of type `object`, where white space between elements means nothing, has each element on a line of its own; any other is
 * given as it is, because its white space may mean something.
 */
export function prettyXml(document: string, type: string): string {
  if (type !== 'object') return document;
  const parsed = parseXml(document);
  if (hasBlankText(parsed.root)) return document;
  const root = indented(parsed.root, '\n');
  return serializeXml({ children: parsed.children.map((child) => (child === parsed.root ? root : child)), root });
}

/** The document without the white space that `prettyXml` has put in. @throws ProtocolError for what is no document */
export function compactXml(text: string): string {
  const parsed = parseXml(text);
  const { name, namespace } = parsed.root;
  if (name !== 'object' || namespace !== '') return text;
  const root = compacted(parsed.root);
  return serializeXml({ children: parsed.children.map((child) => (child === parsed.root ? root : child)), root });
}

function isElement(node: XmlNode): boolean {
  return node.kind === 'element';
}

function isBlank(node: XmlNode): boolean {
  return node.kind === 'text' && node.text.trim() === '';
}

/** Only elements, and white space between them. */
function isStructure({ children }: XmlElement): boolean {
  return children.some(isElement) && children.every((child) => isElement(child) || isBlank(child));
}

function hasBlankText(element: XmlElement): boolean {
  return element.children.some(
    (child) => (isStructure(element) && isBlank(child)) || (child.kind === 'element' && hasBlankText(child)),
  );
}

function indented(element: XmlElement, indent: string): XmlElement {
  if (!isStructure(element)) return element;
  const inner = `${indent}  `;
  const children = element.children.flatMap((child): readonly XmlNode[] => [
    { kind: 'text', text: inner },
    child.kind === 'element' ? indented(child, inner) : child,
  ]);
  return { ...element, children: [...children, { kind: 'text', text: indent }] };
}

function compacted(element: XmlElement): XmlElement {
  const kept = isStructure(element) ? element.children.filter(isElement) : element.children;
  return { ...element, children: kept.map((child) => (child.kind === 'element' ? compacted(child) : child)) };
}
