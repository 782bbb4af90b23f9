import type { XmlAttribute, XmlDocument, XmlNode } from '../xml/tree.ts';

/** A copied node: what later instructions do to the original does not reach it. */
export type CopiedNode =
  | XmlNode
  | { readonly kind: 'attribute'; readonly attribute: XmlAttribute }
  | { readonly kind: 'document'; readonly document: XmlDocument };

/** An XPath object: a node-set, as copies in document order, or a string, number or boolean. */
export type Value = string | number | boolean | readonly CopiedNode[];

/** The string of a value: of a node-set, that of its first node (XPath 1.0, section 4.2, string). */
export function stringOf(value: Value): string {
  if (typeof value === 'object') return value[0] === undefined ? '' : stringOfNode(value[0]);
  return Object.is(value, -0) ? '0' : String(value);
}

/** Whether a value counts as true (XPath 1.0, section 4.3, boolean). */
export function isTrue(value: Value): boolean {
  if (typeof value === 'object') return value.length > 0;
  return Boolean(value);
}

function stringOfNode(node: CopiedNode): string {
  switch (node.kind) {
    case 'attribute':
      return node.attribute.value;
    case 'document':
      return stringOfNode(node.document.root);
    case 'element':
      return textBelow(node.children);
    case 'text':
    case 'comment':
    case 'processing-instruction':
      return node.text;
    default:
      return node satisfies never;
  }
}

function textBelow(nodes: readonly XmlNode[]): string {
  let text = '';
  for (const node of nodes) {
    if (node.kind === 'text') text += node.text;
    else if (node.kind === 'element') text += textBelow(node.children);
  }
  return text;
}
