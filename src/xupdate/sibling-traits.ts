import type { XmlAttribute, XmlElement, XmlNode } from '../xml/tree.ts';
import type { NodeComparison } from './equality.ts';
import { hashText } from './equality.ts';
import type { Item } from './labels.ts';

/** What of a node is compared to find out how much it is like another one: numbers of its attributes, texts and children, and of theirs, ascending. */
export type Traits = Int32Array;

/** What a trait is the number of. */
export type Part = XmlAttribute | XmlNode;

/** What is deeper counts as a part of what it is in. */
const LEVELS = 3;

/** Siblings whose traits are asked for. */
export interface Siblings {
  readonly items: readonly Item[];
  /** What has another label has other traits. */
  readonly labels: Int32Array;
  /** Whether anything can be like what has this label; if not, it has no traits. */
  readonly canBeLike: (label: number) => boolean;
  readonly nodes: NodeComparison;
}

/**
 * The traits of siblings, found out when they are asked for, and kept in one row for all: of a long list, a row for each takes more room
 * than what it is of. Owns that row.
 */
export class SiblingTraits {
  readonly nodes: NodeComparison;
  readonly #siblings: Siblings;
  readonly #starts: Int32Array;
  readonly #ends: Int32Array;
  #row = new Int32Array(64);
  #used = 0;

  constructor(siblings: Siblings) {
    this.nodes = siblings.nodes;
    this.#siblings = siblings;
    this.#starts = new Int32Array(siblings.items.length).fill(-1);
    this.#ends = new Int32Array(siblings.items.length);
  }

  /** The traits of one of them; none for what is no element. */
  of(at: number): Traits {
    if (this.#starts[at] === -1) this.#find(at);
    return this.#row.subarray(this.#starts[at], this.#ends[at]);
  }

  /** Calls for each trait of those from the one up to the other. */
  each(from: number, to: number, visit: (trait: number, at: number) => void): void {
    for (let at = from; at < to; at++) {
      if (this.#starts[at] === -1) this.#find(at);
      const end = this.#ends[at] ?? 0;
      for (let place = this.#starts[at] ?? 0; place < end; place++) visit(this.#row[place] ?? 0, at);
    }
  }

  /** The part of one of them that has this trait. */
  partWith(trait: number, at: number): Part | undefined {
    let found: Part | undefined;
    this.#eachPart(at, (number, part) => {
      if (number === trait) found ??= part;
    });
    return found;
  }

  #find(at: number): void {
    const start = this.#used;
    this.#eachPart(at, (trait) => {
      this.#add(trait);
    });
    this.#starts[at] = start;
    this.#ends[at] = this.#used;
    this.#row.subarray(start, this.#used).sort();
  }

  #eachPart(at: number, visit: Visit): void {
    const { items, labels, canBeLike } = this.#siblings;
    const [item, label = -1] = [items[at], labels[at]];
    if (item?.kind === 'element' && canBeLike(label))
      visitParts(item, { visit, nodes: this.nodes, seed: label, levels: LEVELS });
  }

  #add(trait: number): void {
    if (this.#used === this.#row.length) {
      const longer = new Int32Array(this.#used * 2);
      longer.set(this.#row);
      this.#row = longer;
    }
    this.#row[this.#used++] = trait;
  }
}

type Visit = (trait: number, part: Part) => void;

interface Walk {
  readonly visit: Visit;
  readonly nodes: NodeComparison;
  /** Tells apart what stands in different elements. */
  readonly seed: number;
  readonly levels: number;
}

function visitParts({ attributes, children }: XmlElement, { visit, nodes, seed, levels }: Walk): void {
  for (let at = 0; at < attributes.length; at++) {
    const each = attributes[at];
    if (each !== undefined) visit(hashText(each.value, hashText(each.local, seed)), each);
  }
  for (let at = 0; at < children.length; at++) {
    const child = children[at];
    // Where a line breaks tells nothing.
    if (child === undefined || (child.kind === 'text' && child.text.trim() === '')) continue;
    visit(Math.imul(seed + 1, 0x9e3779b1) ^ nodes.hash(child), child);
    if (child.kind === 'element' && levels > 1 && isStructured(child))
      visitParts(child, { visit, nodes, seed: hashText(child.local, seed), levels: levels - 1 });
  }
}

/** Whether a part of it can stay while another one changes. */
function isStructured({ attributes, children }: XmlElement): boolean {
  return attributes.length + children.length > 1;
}
