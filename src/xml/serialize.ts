import { escapeAttribute } from './escape.ts';
import type { XmlAttribute, XmlDeclaration, XmlDocument, XmlElement, XmlNode } from './tree.ts';
import { XmlWriter } from './xml-writer.ts';

/** The document as text, without XML declaration, attributes in their order; `parseXml` of it is the same tree. */
export function serializeXml(document: XmlDocument): string {
  const writer = new XmlWriter();
  document.children.forEach((child, at) => {
    if (at > 0) writer.lineFeed();
    writeNode(writer, child);
  });
  return writer.finish();
}

/**
 * As `serializeXml`, in pieces one behind the other, each made when it is asked for: a document of 20 MB need not be a text of 20 MB to be put into a file. Can be gone
 * through once.
 */
export function* serializeInPieces(document: XmlDocument): Generator<string, undefined> {
  const writer = new XmlWriter();
  for (const [at, child] of document.children.entries()) {
    if (at > 0) writer.lineFeed();
    if (child.kind === 'element') yield* longElement(writer, child);
    else writeNode(writer, child);
  }
  yield* writer.finishPieces();
}

/** One node as text, with the declarations that it carries itself. */
export function serializeNode(node: XmlNode): string {
  return serializeNodes([node]);
}

/** Nodes one behind the other. */
export function serializeNodes(nodes: readonly XmlNode[]): string {
  const writer = new XmlWriter();
  for (const node of nodes) writeNode(writer, node);
  return writer.finish();
}

/** Attributes with a blank before each. */
export function writtenAttributes(attributes: readonly XmlAttribute[]): string {
  let text = '';
  for (const { name, value } of attributes) text += ` ${name}="${escapeAttribute(value)}"`;
  return text;
}

/** Declarations with a blank before each. */
export function writtenDeclarations(declarations: readonly XmlDeclaration[]): string {
  let text = '';
  for (const { prefix, namespace } of declarations)
    text += ` ${prefix === '' ? 'xmlns' : `xmlns:${prefix}`}="${escapeAttribute(namespace)}"`;
  return text;
}

// An iterator would be garbage for each element: the engine does away with it only in simpler functions.
function writeChildren(writer: XmlWriter, children: readonly XmlNode[]): void {
  for (let at = 0; at < children.length; at++) {
    const child = children[at];
    if (child !== undefined) writeNode(writer, child);
  }
}

const MANY_CHILDREN = 256;

/** The pieces that are full after each child of the element; the rest is left in the writer. */
function* longElement(writer: XmlWriter, element: XmlElement): Generator<string, undefined> {
  const { children } = element;
  startTag(writer, element);
  if (children.length === 0) return;
  for (let at = 0; at < children.length; at++) {
    const child = children[at];
    if (child === undefined) continue;
    if (child.kind === 'element' && child.children.length >= MANY_CHILDREN) yield* longElement(writer, child);
    else writeNode(writer, child);
    yield* writer.takePieces();
  }
  writer.close(element.name);
}

/** `<name …>`, or `<name …/>` for an element without children, which is then whole. */
function startTag(writer: XmlWriter, { name, declarations, attributes, children }: XmlElement): void {
  writer.open(name);
  writer.declarations(declarations);
  writer.attributes(attributes);
  if (children.length === 0) writer.endEmpty();
  else writer.endOpen();
}

function writeNode(writer: XmlWriter, node: XmlNode): void {
  switch (node.kind) {
    case 'text':
      writer.text(node.text);
      return;
    case 'comment':
      writer.comment(node.text);
      return;
    case 'processing-instruction':
      writer.instruction(node.target, node.text);
      return;
    case 'element':
      startTag(writer, node);
      if (node.children.length === 0) return;
      writeChildren(writer, node.children);
      writer.close(node.name);
      return;
    default:
      node satisfies never;
  }
}
