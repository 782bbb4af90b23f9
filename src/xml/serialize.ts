import { escapeAttribute } from './escape.ts';
import type { XmlAttribute, XmlDeclaration, XmlDocument, XmlNode } from './tree.ts';
import { XmlWriter } from './xml-writer.ts';

/** The document as text, without XML declaration, attributes in their order; `parseXml` of it is the same tree. */
export function serializeXml(document: XmlDocument): string {
  return writerOf(document).finish();
}

/** As `serializeXml`, in pieces one behind the other: a document of 20 MB need not be a text of 20 MB to be put into a file. */
export function serializeInPieces(document: XmlDocument): readonly string[] {
  return writerOf(document).finishPieces();
}

function writerOf(document: XmlDocument): XmlWriter {
  const writer = new XmlWriter();
  document.children.forEach((child, at) => {
    if (at > 0) writer.lineFeed();
    writeNode(writer, child);
  });
  return writer;
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
      writer.open(node.name);
      writer.declarations(node.declarations);
      writer.attributes(node.attributes);
      if (node.children.length === 0) {
        writer.endEmpty();
        return;
      }
      writer.endOpen();
      writeChildren(writer, node.children);
      writer.close(node.name);
      return;
    default:
      node satisfies never;
  }
}
