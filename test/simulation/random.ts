import type { Gid } from '../../src/objects/gid.ts';
import type { Identifiers } from '../../src/ports/identifiers.ts';

/** Random choices that a seed repeats (mulberry32). */
export class Random {
  #state: number;

  constructor(seed: number) {
    this.#state = seed >>> 0;
  }

  /** Another one that makes the same choices from here. */
  copy(): Random {
    return new Random(this.#state);
  }

  /** From 0 up to, not including, 1. */
  next(): number {
    this.#state = (this.#state + 0x6d2b79f5) >>> 0;
    let mixed = Math.imul(this.#state ^ (this.#state >>> 15), this.#state | 1);
    mixed ^= mixed + Math.imul(mixed ^ (mixed >>> 7), mixed | 61);
    return ((mixed ^ (mixed >>> 14)) >>> 0) / 4_294_967_296;
  }

  below(limit: number): number {
    return Math.floor(this.next() * limit);
  }

  chance(probability: number): boolean {
    return this.next() < probability;
  }

  /** One of a list that is not empty. */
  pick<Item>(list: readonly Item[]): Item {
    const item = list[this.below(list.length)];
    if (item === undefined) throw new Error('nothing to pick from');
    return item;
  }
}

/** Identifiers that a seed repeats, in no order. */
export class SeededIdentifiers implements Identifiers {
  #random: Random;
  #count = 0;

  constructor(seed: number) {
    this.#random = new Random(seed ^ 0x5bd1e995);
  }

  /** What takes back all that is given from here on: those are given again. */
  mark(): () => void {
    const [random, count] = [this.#random.copy(), this.#count];
    return () => {
      [this.#random, this.#count] = [random.copy(), count];
    };
  }

  gid(): Gid {
    // Letters and digits are what a gid may have.
    return this.#name('g') as Gid;
  }

  random(): string {
    return this.#name('r');
  }

  secret(): string {
    return this.#name('s');
  }

  #name(kind: string): string {
    this.#count += 1;
    return `${kind}${this.#random.below(46_656).toString(36).padStart(3, '0')}${this.#count.toString(36)}`;
  }
}
