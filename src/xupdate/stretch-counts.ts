import type { NodeTest, Testable } from './node-test.ts';
import { passes } from './node-test.ts';

/** How many of a stretch pass a test. */
export interface Counted {
  readonly test: NodeTest;
  count: number;
}

/** What has counts, by the forms of their tests. */
export interface WithCounts {
  counts: Map<string, Counted> | undefined;
}

/** To correct more of them takes longer than to count anew what is asked for next. */
const FEW = 8;

/** Keeps the counts of a stretch true when a child comes (1) or goes (-1): counted anew after each change, a long list takes its length for each instruction. */
export function correctCounts(chunk: WithCounts, child: Testable, by: 1 | -1): void {
  if (chunk.counts === undefined) return;
  if (chunk.counts.size > FEW) {
    chunk.counts = undefined;
    return;
  }
  for (const counted of chunk.counts.values()) if (passes(child, counted.test)) counted.count += by;
}
