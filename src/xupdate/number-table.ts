const EMPTY = -2;

/**
 * A place for each of some numbers, in two rows of numbers: as a Map, a long list would be copied again and again while it grows. Owns its slots, of which at most half are
 * taken.
 */
export class NumberTable {
  readonly #numbers: Int32Array;
  readonly #places: Int32Array;

  /** @param most How many numbers there can be */
  constructor(most: number) {
    const size = 2 ** Math.ceil(Math.log2(most * 2 + 2));
    this.#numbers = new Int32Array(size);
    this.#places = new Int32Array(size).fill(EMPTY);
  }

  /** The place of a number (of 32 bits); -1 when it has none. */
  get(number: number): number {
    return Math.max(this.#places[this.#slot(number)] ?? -1, -1);
  }

  /** Gives a number another place, or none (-1); returns the one that it had. */
  put(number: number, place: number): number {
    const slot = this.#slot(number);
    const before = Math.max(this.#places[slot] ?? -1, -1);
    this.#numbers[slot] = number;
    this.#places[slot] = place;
    return before;
  }

  /** The slot of the number, or the one that it would be put into. */
  #slot(number: number): number {
    const last = this.#places.length - 1;
    let slot = Math.imul(number ^ (number >>> 15), 0x9e3779b1) & last;
    while (this.#places[slot] !== EMPTY && this.#numbers[slot] !== number) slot = (slot + 1) & last;
    return slot;
  }
}
