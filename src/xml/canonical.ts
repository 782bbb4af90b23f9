import { ProtocolError } from '../errors/concord-error.ts';
import { compareCodePoints } from './code-point-order.ts';
import type { XmlLimits } from './limits.ts';
import { defaultXmlLimits } from './limits.ts';
import { NamespaceScope } from './namespace-scope.ts';
import { parseXml } from './parse.ts';
import { isPlainCanonical } from './plain-canonical.ts';
import type { XmlAttribute, XmlDeclaration, XmlDocument, XmlElement, XmlNode } from './tree.ts';
import { XmlWriter } from './xml-writer.ts';

/**
 * Canonical XML 1.0 with comments of the document: what digests are made of. Equal texts mean equal documents in the XPath data model,
 * prefixes and unused declarations included.
 */
export function canonicalXml(document: XmlDocument): string {
  const writer = new XmlWriter();
  const scope = new NamespaceScope();
  document.children.forEach((child, at) => {
    if (at > 0) writer.lineFeed();
    writeNode(writer, child, scope);
  });
  return writer.finish();
}

/**
 * `canonicalXml` of the document that `text` is. The result can be read again within the same limits.
 * @throws ProtocolError as `parseXml`, and `CON-X002` when only the canonical form is too long
 */
export function canonicalize(text: string, limits: XmlLimits = defaultXmlLimits): string {
  if (isPlainCanonical(text, limits)) return text;
  const canonical = canonicalXml(parseXml(text, limits));
  const { maxOctets } = limits;
  if (canonical.length * 3 > maxOctets && Buffer.byteLength(canonical) > maxOctets)
    throw new ProtocolError('CON-X002', `The canonical form has more than ${maxOctets} octets (xml.maxOctets).`);
  return canonical;
}

/** Attributes as the canonical form orders them: by namespace, then local name. */
function sortedAttributes(attributes: readonly XmlAttribute[]): readonly XmlAttribute[] {
  return isSorted(attributes, compareAttributes) ? attributes : attributes.toSorted(compareAttributes);
}

/** Declarations as the canonical form orders them: by prefix, the default one first. */
function sortedDeclarations(declarations: readonly XmlDeclaration[]): readonly XmlDeclaration[] {
  return isSorted(declarations, compareDeclarations) ? declarations : declarations.toSorted(compareDeclarations);
}

function writeNode(writer: XmlWriter, node: XmlNode, scope: NamespaceScope): void {
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
      writeElement(writer, node, scope);
      return;
    default:
      node satisfies never;
  }
}

function writeElement(writer: XmlWriter, element: XmlElement, scope: NamespaceScope): void {
  const { name, attributes, children } = element;
  const declares = element.declarations.length > 0;
  writer.open(name);
  if (declares) writer.declarations(sortedDeclarations(scope.enter(element.declarations)));
  if (attributes.length > 0) writer.attributes(sortedAttributes(attributes));
  writer.endOpen();
  for (let at = 0; at < children.length; at++) {
    const child = children[at];
    if (child !== undefined) writeNode(writer, child, scope);
  }
  writer.close(name);
  if (declares) scope.leave();
}

function compareAttributes(left: XmlAttribute, right: XmlAttribute): number {
  return compareCodePoints(left.namespace, right.namespace) || compareCodePoints(left.local, right.local);
}

function compareDeclarations(left: XmlDeclaration, right: XmlDeclaration): number {
  return compareCodePoints(left.prefix, right.prefix);
}

// Canonical documents come sorted, and they are the rule.
function isSorted<T>(items: readonly T[], compare: (left: T, right: T) => number): boolean {
  let before: T | undefined;
  for (const item of items) {
    if (before !== undefined && compare(before, item) > 0) return false;
    before = item;
  }
  return true;
}
