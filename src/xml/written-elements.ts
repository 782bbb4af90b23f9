import type { DocumentFacts } from './document-facts.ts';
import type { XmlElement } from './tree.ts';

// What is shorter is made as fast as found, and what is longer is compared in vain too often: for each element around a change.
const SHORTEST = 40;
const LONGEST = 2048;
/** How much of the beginning tells one from most others: the name and the key, or the first field. */
const BEGINNING = 48;
const GREATER = 0x3e;

/** An element of a text. */
export interface WrittenElement {
  readonly element: XmlElement;
  readonly start: number;
  readonly end: number;
  /** How deep it stands, the root being at 1. */
  readonly depth: number;
  /** The declarations around it. */
  readonly scope: string;
  /** How many nodes it is, itself included. */
  readonly nodes: number;
}

/** Where somebody is in another text: only an element as deep and with the same declarations around it means the same there. */
export type Surroundings = Pick<WrittenElement, 'depth' | 'scope'> & { readonly at: number };

/** The number of an element in its list. */
export type Row = number;

/** The row of no element. */
export const NO_ROW: Row = -1;

// What is known of an element stands in a row of numbers: as an object each, they would be half of the garbage of comparing two long lists.
const START = 0;
const END = 1;
const DEPTH = 2;
const NODES = 3;
const NEXT = 4;
const SCOPE = 5;
const WIDTH = 6;
const FIRST_ROWS = 256;

/** The elements of a text that are worth sharing, by how they are written. Owns the list. */
export class WrittenElements {
  /** Those of the whole document, when it has been read. */
  facts: DocumentFacts | undefined;
  readonly #text: string;
  readonly #elements: XmlElement[] = [];
  /** Each where another one was before: mostly one for all, being empty. */
  readonly #scopes: string[] = [];
  #rows = new Int32Array(FIRST_ROWS * WIDTH);
  readonly #firsts: Row[] = [];
  readonly #lasts: Row[] = [];
  #byBeginning: BeginningIndex | undefined;

  constructor(text: string) {
    this.#text = text;
  }

  /** Notes an element that has ended. */
  add({ element, start, end, depth, scope, nodes }: WrittenElement): void {
    const row = this.#elements.length;
    this.#elements.push(element);
    if (this.#rows.length === row * WIDTH) {
      const rows = new Int32Array(row * WIDTH * 2);
      rows.set(this.#rows);
      this.#rows = rows;
    }
    const at = row * WIDTH;
    this.#rows[at + START] = start;
    this.#rows[at + END] = end;
    this.#rows[at + DEPTH] = depth;
    this.#rows[at + NODES] = nodes;
    this.#rows[at + NEXT] = NO_ROW;
    this.#rows[at + SCOPE] = this.#scopeNumber(scope);
    const before = this.#lasts[depth];
    if (before === undefined) this.#firsts[depth] = row;
    else this.#rows[before * WIDTH + NEXT] = row;
    this.#lasts[depth] = row;
  }

  /** The first one that stands so deep. */
  first(depth: number): Row {
    return this.#firsts[depth] ?? NO_ROW;
  }

  /** The next one that stands as deep. */
  next(row: Row): Row {
    return row === NO_ROW ? NO_ROW : this.#cell(row, NEXT);
  }

  /** The element itself. */
  element(row: Row): XmlElement | undefined {
    return this.#elements[row];
  }

  /** How many characters it is written in. */
  length(row: Row): number {
    return this.#cell(row, END) - this.#cell(row, START);
  }

  /** How many nodes it is. */
  nodes(row: Row): number {
    return this.#cell(row, NODES);
  }

  /** An element that is written as the text is: the expected one, or any. */
  find(expected: Row, text: string, surroundings: Surroundings): Row {
    if (expected !== NO_ROW && this.#isAt(expected, text, surroundings)) return expected;
    this.#byBeginning ??= this.#index();
    const other = this.#byBeginning.find(text, surroundings.at);
    return other !== NO_ROW && other !== expected && this.#isAt(other, text, surroundings) ? other : NO_ROW;
  }

  #scopeNumber(scope: string): number {
    if (scope !== this.#scopes.at(-1)) this.#scopes.push(scope);
    return this.#scopes.length - 1;
  }

  #index(): BeginningIndex {
    const index = new BeginningIndex(this.#elements.length);
    for (let row = 0; row < this.#elements.length; row++) index.add(this.#text, this.#cell(row, START), row);
    return index;
  }

  #isAt(row: Row, text: string, { at, depth, scope }: Surroundings): boolean {
    if (this.#cell(row, DEPTH) !== depth || this.#scopes[this.#cell(row, SCOPE)] !== scope) return false;
    const start = this.#cell(row, START);
    const end = this.#cell(row, END);
    // Most of what differs does so in what it has in the middle, or in its length.
    const middle = (end - start) >> 1;
    if (text.charCodeAt(at + middle) !== this.#text.charCodeAt(start + middle)) return false;
    if (text.charCodeAt(at + end - start - 1) !== GREATER) return false;
    return text.startsWith(this.#text.slice(start, end), at);
  }

  #cell(row: Row, column: number): number {
    return this.#rows[row * WIDTH + column] ?? NO_ROW;
  }
}

/**
 * Finds rows by how their text begins; of those that begin alike, the last. Of short elements some of what follows is in the beginning: then what follows must be the
 * same as well. Owns its slots, of which at most half are taken; what is found may begin otherwise, and has to be compared.
 */
class BeginningIndex {
  readonly #slots: Int32Array;
  readonly #numbers: Int32Array;

  constructor(rows: number) {
    const size = 2 ** Math.ceil(Math.log2(rows * 2 + 2));
    this.#slots = new Int32Array(size).fill(NO_ROW);
    this.#numbers = new Int32Array(size);
  }

  add(text: string, start: number, row: Row): void {
    const number = numberOfBeginning(text, start);
    const slot = this.#slot(number);
    this.#numbers[slot] = number;
    this.#slots[slot] = row;
  }

  find(text: string, start: number): Row {
    return this.#slots[this.#slot(numberOfBeginning(text, start))] ?? NO_ROW;
  }

  /** The slot of the number, or the one that it would be put into. */
  #slot(number: number): number {
    const last = this.#slots.length - 1;
    let slot = (number ^ (number >>> 15)) & last;
    while (this.#slots[slot] !== NO_ROW && this.#numbers[slot] !== number) slot = (slot + 1) & last;
    return slot;
  }
}

function numberOfBeginning(text: string, start: number): number {
  const end = Math.min(start + BEGINNING, text.length);
  let number = 0;
  for (let at = start; at < end; at++) number = (Math.imul(number, 31) + text.charCodeAt(at)) | 0;
  return number;
}

/** Whether elements of that many characters are noted. */
export function isWorthSharing(length: number): boolean {
  return length >= SHORTEST && length <= LONGEST;
}
