import type { XmlNode } from '../xml/tree.ts';
import type { Chunk } from './listed-node.ts';
import type { NodeTest, Testable } from './node-test.ts';
import { formOf, formsOf, passes } from './node-test.ts';

/** To correct more of them takes longer than to count anew what is asked for next. */
const FEW = 8;
/** To count for all that may be asked takes longer than for so many. */
const MANY = 32;
const UNKNOWN = -1;

/** How many nodes of a stretch pass a test. */
interface Counts {
  in(stretch: Chunk): number;
}

/**
 * How many nodes of each stretch of a list pass a test: counted anew for each instruction, a long list takes its length for each. Of a few tests each is counted by itself; where somebody asks for
 * many, as in a list of many names, all tests together. Owns the counts.
 */
export class StretchCounts {
  /** By the form of the test. */
  readonly #tests = new Map<string, TestCounts>();
  #all: AllCounts | undefined;
  #stretches = 0;

  /** The counts of a test. */
  of(test: NodeTest): Counts {
    const form = formOf(test);
    const known = this.#all?.of(form) ?? this.#tests.get(form);
    if (known !== undefined) return known;
    if (this.#tests.size === MANY) {
      this.#tests.clear();
      this.#all = new AllCounts(this.#stretches);
      return this.#all.of(form);
    }
    const counts = new TestCounts(test, this.#stretches);
    this.#tests.set(form, counts);
    return counts;
  }

  /** A child came into a stretch (1) or went (-1). */
  correct(stretch: number, child: Testable, by: 1 | -1): void {
    if (this.#tests.size > FEW || this.#all !== undefined) this.forget(stretch);
    else for (const counts of this.#tests.values()) counts.correct(stretch, child, by);
  }

  /** What is in a stretch has changed. */
  forget(stretch: number): void {
    this.#all?.forget(stretch);
    for (const counts of this.#tests.values()) counts.forget(stretch);
  }

  /** Stretches have come in the place of others. */
  replace(from: number, gone: number, come: number): void {
    this.#stretches += come - gone;
    this.#all?.replace(from, gone, come);
    for (const counts of this.#tests.values()) counts.replace(from, gone, come);
  }
}

/** How many nodes of each stretch pass one test. Owns what was counted. */
class TestCounts implements Counts {
  readonly #test: NodeTest;
  readonly #counts: number[];

  constructor(test: NodeTest, stretches: number) {
    this.#test = test;
    this.#counts = unknown(stretches);
  }

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

/** How many nodes of each stretch pass each test that any of them passes, by its form. Owns what was counted. */
class AllCounts {
  readonly #counts: (ReadonlyMap<string, number> | undefined)[];

  constructor(stretches: number) {
    this.#counts = new Array<undefined>(stretches);
  }

  of(form: string): Counts {
    return { in: (stretch) => (this.#counts[stretch.number] ??= countAll(stretch)).get(form) ?? 0 };
  }

  forget(stretch: number): void {
    this.#counts[stretch] = undefined;
  }

  replace(from: number, gone: number, come: number): void {
    this.#counts.splice(from, gone, ...new Array<undefined>(come));
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

function countAll({ nodes }: Chunk): ReadonlyMap<string, number> {
  const counts = new Map<string, number>();
  // Holds: what is worked on can be tested as well.
  for (const node of nodes as readonly (XmlNode & Testable)[])
    for (const form of formsOf(node)) counts.set(form, (counts.get(form) ?? 0) + 1);
  return counts;
}

function unknown(stretches: number): number[] {
  return new Array<number>(stretches).fill(UNKNOWN);
}
