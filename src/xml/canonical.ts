import { ProtocolError } from '../errors/concord-error.ts';
import { compareCodePoints } from './code-point-order.ts';
import { escapeText } from './escape.ts';
import type { XmlLimits } from './limits.ts';
import { defaultXmlLimits } from './limits.ts';
import { NamespaceScope } from './namespace-scope.ts';
import { parseXml } from './parse.ts';
import { isPlainCanonical } from './plain-canonical.ts';
import { writtenAttributes, writtenDeclarations } from './serialize.ts';
import type { XmlAttribute, XmlDeclaration, XmlDocument, XmlElement, XmlNode } from './tree.ts';

/**
 * Canonical XML 1.0 with comments of the document: what digests are made of. Equal texts mean equal documents in the XPath data model,
 * prefixes and unused declarations included.
 */
export function canonicalXml(document: XmlDocument): string {
  const scope = new NamespaceScope();
  return document.children.map((child) => canonicalNode(child, scope)).join('\n');
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
    throw new ProtocolError('CON-X002', `The canonical form has more than ${maxOctets} octets (maxOctets).`);
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

function canonicalNode(node: XmlNode, scope: NamespaceScope): string {
  switch (node.kind) {
    case 'text':
      return escapeText(node.text);
    case 'comment':
      return canonicalComment(node.text);
    case 'processing-instruction':
      return canonicalInstruction(node.target, node.text);
    case 'element':
      return canonicalElement(node, scope);
    default:
      return node satisfies never;
  }
}

function canonicalElement(element: XmlElement, scope: NamespaceScope): string {
  const declarations = scope.enter(element.declarations);
  let text = canonicalStart(element.name, element.attributes, declarations);
  for (const child of element.children) text += canonicalNode(child, scope);
  scope.leave();
  return `${text}</${element.name}>`;
}

function canonicalStart(
  name: string,
  attributes: readonly XmlAttribute[],
  declarations: readonly XmlDeclaration[],
): string {
  const declared = declarations.length === 0 ? '' : writtenDeclarations(sortedDeclarations(declarations));
  const set = attributes.length === 0 ? '' : writtenAttributes(sortedAttributes(attributes));
  return `<${name}${declared}${set}>`;
}

function canonicalComment(text: string): string {
  return `<!--${text}-->`;
}

function canonicalInstruction(target: string, text: string): string {
  return text === '' ? `<?${target}?>` : `<?${target} ${text}?>`;
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
