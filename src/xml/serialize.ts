import { escapeAttribute, escapeText } from './escape.ts';
import type { XmlAttribute, XmlDeclaration, XmlDocument, XmlNode } from './tree.ts';

/** The document as text, without XML declaration, attributes in their order; `parseXml` of it is the same tree. */
export function serializeXml(document: XmlDocument): string {
  return document.children.map(serializeNode).join('\n');
}

/** One node as text, with the declarations that it carries itself. */
export function serializeNode(node: XmlNode): string {
  switch (node.kind) {
    case 'text':
      return escapeText(node.text);
    case 'comment':
      return `<!--${node.text}-->`;
    case 'processing-instruction':
      return node.text === '' ? `<?${node.target}?>` : `<?${node.target} ${node.text}?>`;
    case 'element': {
      const start = `<${node.name}${writtenDeclarations(node.declarations)}${writtenAttributes(node.attributes)}`;
      return node.children.length === 0 ? `${start}/>` : `${start}>${serializeNodes(node.children)}</${node.name}>`;
    }
    default:
      return node satisfies never;
  }
}

/** Nodes one behind the other. */
export function serializeNodes(nodes: readonly XmlNode[]): string {
  let text = '';
  for (const node of nodes) text += serializeNode(node);
  return text;
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
