import { REFERENCES_IN_ATTRIBUTES, REFERENCES_IN_TEXT } from './escape.ts';
import type { XmlDocument, XmlElement, XmlNode } from './tree.ts';

const LAST_ESCAPED = 0x3e;
const inText = sizes(REFERENCES_IN_TEXT);
const inAttributes = sizes(REFERENCES_IN_ATTRIBUTES);
const plain = sizes({});

/** How many octets each of the first characters is written in. */
function sizes(references: Readonly<Record<string, string>>): Uint8Array {
  return Uint8Array.from(
    { length: LAST_ESCAPED + 1 },
    (_, code) => (references[String.fromCharCode(code)] ?? ' ').length,
  );
}

/** How many octets the canonical form of the document has, without making it; more where declarations repeat what is in scope already. */
export function mostOctets(document: XmlDocument): number {
  let octets = document.children.length - 1;
  for (const child of document.children) octets += octetsOfNode(child);
  return octets;
}

function octetsOfNode(node: XmlNode): number {
  switch (node.kind) {
    case 'text':
      return octetsOf(node.text, inText);
    case 'comment':
      return octetsOf(node.text, plain) + '<!---->'.length;
    case 'processing-instruction':
      return octetsOf(node.target, plain) + octetsOf(node.text, plain) + '<? ?>'.length;
    case 'element':
      return octetsOfElement(node);
    default:
      return node satisfies never;
  }
}

function octetsOfElement({ name, attributes, declarations, children }: XmlElement): number {
  let octets = octetsOf(name, plain) * 2 + '<></>'.length;
  for (let at = 0; at < attributes.length; at++) {
    const each = attributes[at];
    if (each !== undefined) octets += octetsOf(each.name, plain) + octetsOf(each.value, inAttributes) + ' =""'.length;
  }
  for (let at = 0; at < declarations.length; at++) {
    const each = declarations[at];
    if (each === undefined) continue;
    octets += octetsOf(each.prefix, plain) + octetsOf(each.namespace, inAttributes) + ' xmlns:=""'.length;
  }
  for (let at = 0; at < children.length; at++) {
    const child = children[at];
    if (child !== undefined) octets += octetsOfNode(child);
  }
  return octets;
}

function octetsOf(text: string, sizes: Uint8Array): number {
  let octets = 0;
  for (let at = 0; at < text.length; at++) {
    const code = text.charCodeAt(at);
    if (code <= LAST_ESCAPED) octets += sizes[code] ?? 1;
    else if (code < 0x80) octets += 1;
    // Each half of a surrogate pair is half of four octets.
    else octets += code < 0x800 || (code >= 0xd800 && code <= 0xdfff) ? 2 : 3;
  }
  return octets;
}
