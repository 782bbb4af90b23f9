import type { XmlNode } from '../xml/tree.ts';
import type { NodeTest, Testable } from './node-test.ts';
import { passes } from './node-test.ts';

/** How many of a stretch pass a test. */
interface Counted {
  readonly test: NodeTest;
  count: number;
}

/** What has counts, by the forms of their tests. */
export interface WithCounts {
  counts: Map<string, Counted> | undefined;
}

/** To correct more of them takes longer than to count anew what is asked for next. */
const FEW = 8;

/** How many of a stretch's nodes pass a test; remembered where the test has a form. */
export function countOf(
  stretch: WithCounts,
  nodes: readonly (XmlNode | Testable)[],
  { test, form }: { readonly test: NodeTest; readonly form: string | undefined },
): number {
  const known = form === undefined ? undefined : stretch.counts?.get(form);
  if (known !== undefined) return known.count;
  let count = 0;
  for (let at = 0; at < nodes.length; at++) {
    const node = nodes[at];
    if (node !== undefined && passes(node, test)) count++;
  }
  if (form !== undefined) (stretch.counts ??= new Map<string, Counted>()).set(form, { test, count });
  return count;
}

/** Keeps the counts of a stretch true when a child comes (1) or goes (-1): counted anew after each change, a long list takes its length for each instruction. */
export function correctCounts(chunk: WithCounts, child: Testable, by: 1 | -1): void {
  if (chunk.counts === undefined) return;
  if (chunk.counts.size > FEW) {
    chunk.counts = undefined;
    return;
  }
  for (const counted of chunk.counts.values()) if (passes(child, counted.test)) counted.count += by;
}
