/** What a parse refuses to go beyond, so that a hostile document costs no more than an honest large one. */
export interface XmlLimits {
  /** Octets of the document in UTF-8. */
  readonly maxOctets: number;
  /** Elements inside each other. */
  readonly maxDepth: number;
  /** Attributes and declarations of one element. */
  readonly maxAttributes: number;
  /** Nodes of the document, attributes not counted. */
  readonly maxNodes: number;
}

/**
 * The limits unless configured otherwise.
 * - 20 MB: the largest document that the product promises to handle; a message is split long before.
 * - depth 256: real records stay below 20; recursion over the tree stays far from the end of the stack.
 * - 256 attributes: rows of a wide table have about a hundred.
 * - 4 million nodes: 20 MB of ordinary records have half of that; a file of nothing but `<a/>` would fill the memory.
 */
export const defaultXmlLimits: XmlLimits = Object.freeze({
  maxOctets: 20_000_000,
  maxDepth: 256,
  maxAttributes: 256,
  maxNodes: 4_000_000,
});

/**
 * The widest that can be configured; for what is in the store. It was within the limits of its time when it came in, and stays readable when they are lowered.
 */
export const widestXmlLimits: XmlLimits = Object.freeze({
  maxOctets: 1_000_000_000,
  maxDepth: 2_000,
  maxAttributes: 100_000,
  maxNodes: 100_000_000,
});
