import type { NodeComparison } from './equality.ts';
import type { Item } from './labels.ts';

/** What of a node is compared to find out how much it is like another one: the numbers of its children, ascending. */
export type Traits = Int32Array;

/** The traits of a node; none for what has no children. */
export function traitsOf(item: Item | undefined, nodes: NodeComparison): Traits {
  if (item?.kind !== 'element') return new Int32Array(0);
  const numbers = new Int32Array(item.children.length);
  for (let at = 0; at < numbers.length; at++) {
    const child = item.children[at];
    if (child !== undefined) numbers[at] = nodes.hash(child);
  }
  return numbers.sort();
}

/** How much two nodes of the same label are alike, from 1 to 9: by the part of their children that both have. */
export function likeness(left: Traits, right: Traits): number {
  let common = 0;
  for (let one = 0, other = 0; one < left.length && other < right.length;) {
    const difference = (left[one] ?? 0) - (right[other] ?? 0);
    if (difference === 0) common++;
    if (difference <= 0) one++;
    if (difference >= 0) other++;
  }
  return 1 + (8 * common) / Math.max(left.length, right.length, 1);
}
