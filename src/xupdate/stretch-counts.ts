import type { XmlNode } from '../xml/tree.ts';
import type { Chunk } from './listed-node.ts';
import type { NodeTest, Testable } from './node-test.ts';
import { formOf, passes } from './node-test.ts';

/** To correct more of them takes longer than to count anew what is asked for next. */
const FEW = 8;
/** What more of them take is memory that nobody has a use for: most lists are of a few names. */
const MOST = 1024;
const UNKNOWN = -1;

/**
 * How many nodes of each stretch of a list pass a test, for the tests that somebody has asked for: counted anew for each instruction, a long list takes its length for each.
 * Owns the counts, by the form of the test.
 */
export class StretchCounts {
  readonly #tests = new Map<string, TestCounts>();
  #stretches = 0;

  /** The counts of a test. */
  of(test: NodeTest): TestCounts {
    const form = formOf(test);
    let counts = this.#tests.get(form);
    if (counts !== undefined) return counts;
    if (this.#tests.size === MOST) this.#tests.clear();
    this.#tests.set(form, (counts = new TestCounts(test, this.#stretches)));
    return counts;
  }

  /** A child came into a stretch (1) or went (-1). */
  correct(stretch: number, child: Testable, by: 1 | -1): void {
    if (this.#tests.size > FEW) this.forget(stretch);
    else for (const counts of this.#tests.values()) counts.correct(stretch, child, by);
  }

  /** What is in a stretch has changed. */
  forget(stretch: number): void {
    for (const counts of this.#tests.values()) counts.forget(stretch);
  }

  /** Stretches have come in the place of others. */
  replace(from: number, gone: number, come: number): void {
    this.#stretches += come - gone;
    for (const counts of this.#tests.values()) counts.replace(from, gone, come);
  }
}

/** How many nodes of each stretch pass one test. Owns what was counted. */
class TestCounts {
  readonly #test: NodeTest;
  readonly #counts: number[];

  constructor(test: NodeTest, stretches: number) {
    this.#test = test;
    this.#counts = unknown(stretches);
  }

  /** How many of the stretch pass the test. */
  in(stretch: Chunk): number {
    const known = this.#counts[stretch.number] ?? UNKNOWN;
    return known === UNKNOWN ? (this.#counts[stretch.number] = countIn(stretch, this.#test)) : known;
  }

  correct(stretch: number, child: Testable, by: 1 | -1): void {
    const known = this.#counts[stretch] ?? UNKNOWN;
    if (known !== UNKNOWN && passes(child, this.#test)) this.#counts[stretch] = known + by;
  }

  forget(stretch: number): void {
    this.#counts[stretch] = UNKNOWN;
  }

  replace(from: number, gone: number, come: number): void {
    this.#counts.splice(from, gone, ...unknown(come));
  }
}

/** How many nodes of a stretch pass the test, counted. */
export function countIn({ nodes }: Chunk, test: NodeTest): number {
  let count = 0;
  for (let at = 0; at < nodes.length; at++) {
    // Holds: what is worked on can be tested as well.
    const node = nodes[at] as (XmlNode & Testable) | undefined;
    if (node !== undefined && passes(node, test)) count++;
  }
  return count;
}

function unknown(stretches: number): number[] {
  return new Array<number>(stretches).fill(UNKNOWN);
}
