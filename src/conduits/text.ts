import { typeOfDocument } from '../objects/document-type.ts';
import { canonicalize, canonicalXml } from '../xml/canonical.ts';
import { parseStoredXml } from '../xml/parse.ts';
import type { XmlElement } from '../xml/tree.ts';
import { NOTHING } from '../xml/tree.ts';
import type { KeyRules } from '../xupdate/keys.ts';
import type { Conduit } from './document-rules.ts';

// Fields have names of their own, as columns have.
const fields: KeyRules = { attributes: ['name'] };
const keptAttributes: readonly string[] = ['type', 'name', 'gid', 'id'];

/**
 * The conduit for documents of line-based fields: below the root one element for each field, with one line of text. Whatever a line cannot hold is not written:
 * fields with elements in them, other attributes than a field's type and name, comments, and what stands between the fields. White space in a line is one
 * blank. The publisher, or whoever else has more, keeps it.
 */
export const textConduit: Conduit = {
  name: 'text',
  keys: fields,
  typeOf: typeOfDocument,
  check: (document) => canonicalize(document),
  write: (document) => {
    const { root } = parseStoredXml(document);
    const lines = { ...root, children: hasElements(root) ? root.children.flatMap(fieldOf) : lineOf(root) };
    return canonicalXml({ children: [lines], root: lines });
  },
};

function hasElements({ children }: XmlElement): boolean {
  return children.some(({ kind }) => kind === 'element');
}

function fieldOf(node: XmlElement['children'][number]): readonly XmlElement[] {
  if (node.kind !== 'element' || hasElements(node)) return NOTHING;
  const attributes = node.attributes.filter(({ name }) => keptAttributes.includes(name));
  return [{ ...node, attributes, children: lineOf(node) }];
}

function lineOf({ children }: XmlElement): XmlElement['children'] {
  const text = children.map((child) => (child.kind === 'text' ? child.text : '')).join('');
  const line = text.replace(/[ \t\r\n]+/g, ' ').trim();
  return line === '' ? NOTHING : [{ kind: 'text', text: line }];
}
