import type { DocumentFacts } from './document-facts.ts';
import type { XmlElement } from './tree.ts';

// What is shorter is made as fast as found, and what is longer is compared in vain too often: for each element around a change.
const SHORTEST = 40;
const LONGEST = 8192;
/** How much of the beginning tells one from most others: the name and the key, or the first field. */
const BEGINNING = 48;

/** Where an element stands that is looked for: only one as deep and with the same declarations around it means the same. */
export interface Surroundings {
  readonly at: number;
  readonly depth: number;
  readonly scope: string;
}

/** The elements of a text by how they are written, numbered in the order in which they begin. Owns the lists, which are of one length. */
export class WrittenElements {
  readonly #text: string;
  readonly #elements: (XmlElement | undefined)[] = [];
  readonly #starts: number[] = [];
  readonly #ends: number[] = [];
  /** The first behind each that is not inside it. */
  readonly #nexts: number[] = [];
  readonly #depths: number[] = [];
  readonly #nodes: number[] = [];
  readonly #scopes: string[] = [];
  #byBeginning: ReadonlyMap<string, number> | undefined;
  /** Those of the whole document, when it has been read. */
  facts: DocumentFacts | undefined;

  constructor(text: string) {
    this.#text = text;
  }

  /** Notes the start of an element, and gives its number. */
  open({ at, depth, scope }: Surroundings): number {
    this.#elements.push(undefined);
    this.#starts.push(at);
    this.#ends.push(at);
    this.#nexts.push(0);
    this.#depths.push(depth);
    this.#nodes.push(0);
    this.#scopes.push(scope);
    return this.#starts.length - 1;
  }

  /** Notes the end of an element, and how many nodes it is. */
  close(number: number, element: XmlElement, { end, nodes }: { readonly end: number; readonly nodes: number }): void {
    this.#elements[number] = element;
    this.#ends[number] = end;
    this.#nexts[number] = this.#starts.length;
    this.#nodes[number] = nodes;
  }

  /** The element with the number. */
  element(number: number): XmlElement | undefined {
    return this.#elements[number];
  }

  /** How many nodes it is, itself included. */
  nodes(number: number): number {
    return this.#nodes[number] ?? 0;
  }

  /** How deep it stands, the root being at 1. */
  depth(number: number): number {
    return this.#depths[number] ?? 0;
  }

  /** How many characters it is written in. */
  length(number: number): number {
    return (this.#ends[number] ?? 0) - (this.#starts[number] ?? 0);
  }

  /** The first element that begins where this one ends, or later. */
  next(number: number): number {
    return this.#nexts[number] ?? this.#starts.length;
  }

  /** The number of an element that is written as the text is: the expected one, or any; -1 when there is none. */
  find(expected: number, text: string, surroundings: Surroundings): number {
    if (this.#isAt(expected, text, surroundings)) return expected;
    this.#byBeginning ??= this.#index();
    const { at } = surroundings;
    const other = this.#byBeginning.get(text.slice(at, at + BEGINNING)) ?? -1;
    return other !== expected && this.#isAt(other, text, surroundings) ? other : -1;
  }

  #isAt(number: number, text: string, { at, depth, scope }: Surroundings): boolean {
    if (this.#depths[number] !== depth || this.#scopes[number] !== scope || !this.#isWorthIt(number)) return false;
    return text.startsWith(this.#text.slice(this.#starts[number], this.#ends[number]), at);
  }

  #isWorthIt(number: number): boolean {
    const length = this.length(number);
    return length >= SHORTEST && length <= LONGEST;
  }

  // Short ones too begin with as much: what follows is then the same as well, or the whole is looked at in vain.
  #index(): ReadonlyMap<string, number> {
    const numbers = new Map<string, number>();
    for (let number = this.#starts.length - 1; number >= 0; number--) {
      const start = this.#starts[number] ?? 0;
      if (this.#isWorthIt(number)) numbers.set(this.#text.slice(start, start + BEGINNING), number);
    }
    return numbers;
  }
}
