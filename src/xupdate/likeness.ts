import type { XmlElement } from '../xml/tree.ts';
import type { NodeComparison } from './equality.ts';
import type { Item } from './labels.ts';

/** How much two nodes of the same label are alike, from 1 to 9: by the part of their children that both have. */
export function likeness(left: Item, right: Item, nodes: NodeComparison): number {
  if (left.kind !== 'element' || right.kind !== 'element') return 1;
  return 1 + 8 * shared(left, right, nodes);
}

function shared(left: XmlElement, right: XmlElement, nodes: NodeComparison): number {
  const most = Math.max(left.children.length, right.children.length, 1);
  const there = new Map<number, number>();
  for (const child of left.children) {
    const hash = nodes.hash(child);
    there.set(hash, (there.get(hash) ?? 0) + 1);
  }
  let common = 0;
  for (const child of right.children) {
    const hash = nodes.hash(child);
    const left = there.get(hash) ?? 0;
    if (left === 0) continue;
    there.set(hash, left - 1);
    common++;
  }
  return common / most;
}
