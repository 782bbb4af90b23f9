import { fork } from 'node:child_process';
import { once } from 'node:events';
import { join } from 'node:path';
import type { XmlMeasured } from './measure-xml.ts';
import type { ListChange } from './xml-lists.ts';

/** What a list of one size and one ten times as long cost. */
export interface Growth {
  readonly change: ListChange;
  readonly hasIds: boolean;
  readonly small: XmlMeasured;
  readonly large: XmlMeasured;
}

/** Which lists are measured, and how. */
export interface GrowthOptions {
  /** Records of the short lists; the long ones have ten times as many. */
  readonly count: number;
  readonly rounds: number;
  /** Megabytes of each half of the engine's room for what is young; the engine's own (16) unless said. */
  readonly youngMb?: number;
}

/**
 * Measures in a process of its own, which has seen nothing else. Both sizes are measured in turn in each round: one after the other, each would have the compiled code, the heap
 * and the machine that it happens to find. With room for what is young the trees of both sizes die before they are copied, and what grows is the work; without it, how often
 * V8 copies the long ones is part of the figure.
 */
export async function measureGrowth({ count, rounds, youngMb }: GrowthOptions): Promise<readonly Growth[]> {
  const child = fork(join(import.meta.dirname, 'growth-process.js'), [String(count), String(rounds)], {
    execArgv: youngMb === undefined ? [] : [`--max-semi-space-size=${String(youngMb)}`],
  });
  const ended = once(child, 'exit').then(([code]) => {
    throw new Error(`The process that measures growth ended with ${String(code)}`);
  });
  // Only growth-process.ts writes to this channel.
  const [growths] = (await Promise.race([once(child, 'message'), ended])) as [readonly Growth[]];
  return growths;
}
