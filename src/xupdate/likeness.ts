import type { XmlElement } from '../xml/tree.ts';
import type { NodeComparison } from './equality.ts';
import { hashText } from './equality.ts';
import type { Item } from './labels.ts';

/** What of a node is compared to find out how much it is like another one: numbers of its attributes, texts and children, and of theirs, ascending. */
export type Traits = Int32Array;

/** Those of what is like nothing. */
export const NO_TRAITS: Traits = new Int32Array(0);

/** What is deeper counts as a part of what it is in. */
const LEVELS = 3;

/** The traits of a node; none for what is no element. What has another label has other ones. */
export function traitsOf(item: Item, label: number, nodes: NodeComparison): Traits {
  if (item.kind !== 'element') return NO_TRAITS;
  const numbers: number[] = [];
  collect(item, { numbers, nodes, seed: label, levels: LEVELS });
  return Int32Array.from(numbers).sort();
}

interface Collection {
  readonly numbers: number[];
  readonly nodes: NodeComparison;
  /** Tells apart what stands in different elements. */
  readonly seed: number;
  readonly levels: number;
}

function collect({ attributes, children }: XmlElement, { numbers, nodes, seed, levels }: Collection): void {
  for (let at = 0; at < attributes.length; at++) {
    const each = attributes[at];
    if (each !== undefined) numbers.push(hashText(each.value, hashText(each.local, seed)));
  }
  for (let at = 0; at < children.length; at++) {
    const child = children[at];
    // Where a line breaks tells nothing.
    if (child === undefined || (child.kind === 'text' && child.text.trim() === '')) continue;
    const number = Math.imul(seed + 1, 0x9e3779b1) ^ nodes.hash(child);
    numbers.push(number);
    if (child.kind === 'element' && levels > 1 && isStructured(child))
      collect(child, { numbers, nodes, seed: hashText(child.local, seed), levels: levels - 1 });
  }
}

/** Whether a part of it can stay while another one changes. */
function isStructured({ attributes, children }: XmlElement): boolean {
  return attributes.length + children.length > 1;
}

/** How much two nodes of the same label are alike, from 1 to 9: by the part of their traits that both have. */
export function likeness(left: Traits, right: Traits): number {
  let common = 0;
  for (let one = 0, other = 0; one < left.length && other < right.length;) {
    const [here, there] = [left[one] ?? 0, right[other] ?? 0];
    if (here === there) common++;
    if (here <= there) one++;
    if (here >= there) other++;
  }
  return 1 + (8 * common) / Math.max(left.length, right.length, 1);
}
