import { canonicalXml } from './canonical.ts';
import { mostOctets } from './canonical-octets.ts';
import type { DocumentSize } from './document-facts.ts';
import { factsOf } from './document-facts.ts';
import type { XmlLimits } from './limits.ts';
import type { XmlDocument, XmlElement, XmlNode } from './tree.ts';

// A character takes six octets at most: `"` in an attribute.
const MOST_OCTETS = 6;

/** What was made of a document. */
export interface Growth {
  readonly from: XmlDocument;
  /** The characters of names and values that were added, and the nodes; both at most. */
  readonly characters: number;
  readonly nodes: number;
}

/**
 * As `exceededLimit`, for a document whose new parts were not too deep and had not too many attributes: mostly it is sure without a look that all is well.
 */
export function exceededByGrowth(document: XmlDocument, growth: Growth, limits: XmlLimits): string | undefined {
  const { size } = factsOf(growth.from);
  const isSurelyWithin =
    size !== undefined &&
    size.depth <= limits.maxDepth &&
    size.nodes + growth.nodes <= limits.maxNodes &&
    (size.characters + growth.characters) * MOST_OCTETS <= limits.maxOctets;
  return isSurelyWithin ? undefined : exceededLimit(document, limits);
}

/**
 * As `exceededLimit`, for a document that was put together of others and declares nothing: each of its nodes and attributes is from one of them, where it is once and as
 * deep. Mostly it is sure without a look that all is well.
 */
export function exceededByParts(
  document: XmlDocument,
  parts: readonly XmlDocument[],
  limits: XmlLimits,
): string | undefined {
  const sizes = parts.map((part) => factsOf(part).size);
  const sum = (of: (size: DocumentSize) => number): number =>
    sizes.reduce((sum, size) => sum + (size === undefined ? Infinity : of(size)), 0);
  const isSurelyWithin =
    sizes.every((size) => size !== undefined && size.depth <= limits.maxDepth) &&
    sum(({ attributes }) => attributes) <= limits.maxAttributes &&
    sum(({ nodes }) => nodes) <= limits.maxNodes &&
    sum(({ characters }) => characters) * MOST_OCTETS <= limits.maxOctets;
  return isSurelyWithin ? undefined : exceededLimit(document, limits);
}

/** What of the document is beyond a limit, so that its canonical form could not be read again; undefined when nothing is. */
export function exceededLimit(document: XmlDocument, limits: XmlLimits): string | undefined {
  const measure = new Measure(limits);
  for (const child of document.children) measure.node(child, 1);
  if (measure.exceeded !== undefined) return measure.exceeded;
  const { maxOctets } = limits;
  if (measure.characters * MOST_OCTETS <= maxOctets) return undefined;
  const isTooLong = measure.characters > maxOctets || isLonger(document, maxOctets);
  return isTooLong ? `more than ${maxOctets} octets (xml.maxOctets)` : undefined;
}

// The canonical form of a large document is made only where its declarations could tip the scales.
function isLonger(document: XmlDocument, maxOctets: number): boolean {
  return mostOctets(document) > maxOctets && Buffer.byteLength(canonicalXml(document)) > maxOctets;
}

/** One walk over a tree. Owns what it has counted. */
class Measure {
  exceeded: string | undefined;
  /** Of the canonical form, before any is escaped; declarations that repeat what is in scope are in it too. */
  characters = 0;
  #nodes = 0;
  readonly #limits: XmlLimits;

  constructor(limits: XmlLimits) {
    this.#limits = limits;
  }

  node(node: XmlNode, depth: number): void {
    if (++this.#nodes > this.#limits.maxNodes)
      this.exceeded ??= `more than ${this.#limits.maxNodes} nodes (xml.maxNodes)`;
    if (node.kind === 'element') this.#element(node, depth);
    else
      this.characters +=
        node.kind === 'processing-instruction' ? node.target.length + node.text.length + 5 : node.text.length;
    if (node.kind === 'comment') this.characters += 7;
  }

  #element({ name, attributes, declarations, children }: XmlElement, depth: number): void {
    const { maxDepth, maxAttributes } = this.#limits;
    if (depth > maxDepth) this.exceeded ??= `elements nested deeper than ${maxDepth} (xml.maxDepth)`;
    if (attributes.length + declarations.length > maxAttributes)
      this.exceeded ??= `an element with more than ${maxAttributes} attributes (xml.maxAttributes)`;
    if (this.exceeded !== undefined) return;
    this.characters += name.length * 2 + 5;
    for (let at = 0; at < attributes.length; at++) {
      const each = attributes[at];
      if (each !== undefined) this.characters += each.name.length + each.value.length + 4;
    }
    for (let at = 0; at < declarations.length; at++) {
      const each = declarations[at];
      if (each !== undefined) this.characters += each.prefix.length + each.namespace.length + 10;
    }
    for (let at = 0; at < children.length; at++) {
      const child = children[at];
      if (child !== undefined) this.node(child, depth + 1);
    }
  }
}
