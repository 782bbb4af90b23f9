import type { XmlAttribute, XmlDeclaration, XmlElement, XmlNode } from '../xml/tree.ts';
import type { Naming } from './sibling-counts.ts';

/**
 * Compares and numbers the nodes of one pair of trees, which must be without repeated declarations. Remembers which elements were found
 * different, because whoever asks for an element asks next for those inside it; and the numbers of larger elements. Hence a class.
 */
export class NodeComparison {
  /** What names are. Where they are what they mean, prefixes and declarations are no content. */
  readonly naming: Naming;
  readonly #different = new Map<XmlElement, XmlElement>();
  /** Those found different from a second one: a merge compares the base with both sides. */
  readonly #alsoDifferent = new Map<XmlElement, XmlElement>();
  readonly #hashes = new Map<XmlElement, number>();

  constructor(naming: Naming = 'written') {
    this.naming = naming;
  }

  /** Whether two nodes are the same document content. */
  equal(left: XmlNode, right: XmlNode): boolean {
    if (left === right) return true;
    if (left.kind === 'element') return right.kind === 'element' && this.#equalElements(left, right);
    if (right.kind === 'element' || left.kind !== right.kind || left.text !== right.text) return false;
    return left.kind !== 'processing-instruction' || (right.kind === left.kind && left.target === right.target);
  }

  /** Whether two attributes or two nodes are the same. */
  equalParts(left: XmlAttribute | XmlNode, right: XmlAttribute | XmlNode): boolean {
    if ('kind' in left) return 'kind' in right && this.equal(left, right);
    return !('kind' in right) && sameAttribute(left, right, this.naming);
  }

  /** Whether two lists of nodes are the same, one by one. */
  equalLists(left: readonly XmlNode[], right: readonly XmlNode[]): boolean {
    if (left === right) return true;
    if (left.length !== right.length) return false;
    for (let at = 0; at < left.length; at++) {
      const one = left[at];
      const other = right[at];
      if (one === undefined || other === undefined || !this.equal(one, other)) return false;
    }
    return true;
  }

  /** A number for a node, equal for equal nodes; the converse must be checked. */
  hash(node: XmlNode): number {
    if (node.kind !== 'element') return hashText(node.text, node.kind.length);
    if (isFlat(node)) return this.#hashOf(node);
    let hash = this.#hashes.get(node);
    if (hash === undefined) this.#hashes.set(node, (hash = this.#hashOf(node)));
    return hash;
  }

  #equalElements(left: XmlElement, right: XmlElement): boolean {
    const equal =
      left.local === right.local &&
      left.children.length === right.children.length &&
      left.namespace === right.namespace &&
      equalAttributes(left.attributes, right.attributes, this.naming) &&
      (this.naming === 'meant' ||
        (left.prefix === right.prefix && equalDeclarations(left.declarations, right.declarations))) &&
      (hasTextAtMost(left) || !this.#isKnownDifferent(left, right)) &&
      this.equalLists(left.children, right.children);
    // Where the children differ, all of them may have been looked at. Fields are looked at again as fast as remembered, and there are many.
    if (!equal && !hasTextAtMost(left)) this.#rememberDifferent(left, right);
    return equal;
  }

  #isKnownDifferent(left: XmlElement, right: XmlElement): boolean {
    return this.#different.get(left) === right || this.#alsoDifferent.get(left) === right;
  }

  #rememberDifferent(left: XmlElement, right: XmlElement): void {
    const isFirst = (this.#different.get(left) ?? right) === right;
    (isFirst ? this.#different : this.#alsoDifferent).set(left, right);
  }

  #hashOf(element: XmlElement): number {
    let hash = hashText(element.local, 7);
    // Order must not matter, so that the numbers of attributes are added.
    for (let at = 0; at < element.attributes.length; at++) {
      const each = element.attributes[at];
      if (each !== undefined) hash = (hash + hashText(each.value, hashText(each.local, 11))) | 0;
    }
    for (let at = 0; at < element.children.length; at++) {
      const child = element.children[at];
      if (child !== undefined) hash = (Math.imul(hash, 31) + this.hash(child)) | 0;
    }
    return hash;
  }
}

function hasTextAtMost({ children }: XmlElement): boolean {
  return children.length === 0 || (children.length === 1 && children[0]?.kind !== 'element');
}

/** Whether a walk over all of it is soon done: what it has are records at most, not lists of them. */
function isFlat({ children }: XmlElement): boolean {
  return children.every((child) => child.kind !== 'element' || child.children.every(({ kind }) => kind !== 'element'));
}

/** Whether the same attributes are there, in whatever order. */
export function equalAttributes(
  left: readonly XmlAttribute[],
  right: readonly XmlAttribute[],
  naming: Naming = 'written',
): boolean {
  if (left === right) return true;
  if (left.length !== right.length) return false;
  for (let at = 0; at < left.length; at++) {
    const one = left[at];
    const there = right[at];
    if (one === undefined || there === undefined) return false;
    if (!sameAttribute(one, there, naming) && !right.some((other) => sameAttribute(one, other, naming))) return false;
  }
  return true;
}

/** Whether the same prefixes stand for the same namespaces. */
export function equalDeclarations(left: readonly XmlDeclaration[], right: readonly XmlDeclaration[]): boolean {
  if (left === right) return true;
  if (left.length !== right.length) return false;
  return left.every((one) => right.some((other) => one.prefix === other.prefix && one.namespace === other.namespace));
}

function sameAttribute(left: XmlAttribute, right: XmlAttribute, naming: Naming): boolean {
  if (left.local !== right.local || left.value !== right.value || left.namespace !== right.namespace) return false;
  return naming === 'meant' || left.prefix === right.prefix;
}

/** A number for a text: equal for equal texts and seeds. */
export function hashText(text: string, seed: number): number {
  let hash = seed;
  for (let at = 0; at < text.length; at++) hash = Math.imul(hash ^ text.charCodeAt(at), 0x01000193);
  // Numbers of short texts are near each other, and so are their sums: records with the same few values would often have one number.
  hash = Math.imul(hash ^ (hash >>> 15), 0x85ebca6b);
  return hash ^ (hash >>> 13);
}
