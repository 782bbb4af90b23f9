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
  /** The next one that stands as deep. */
  next: WrittenElement | undefined;
}

/** Where somebody is in another text: only an element as deep and with the same declarations around it means the same there. */
export type Surroundings = Pick<WrittenElement, 'depth' | 'scope'> & { readonly at: number };

/** The elements of a text that are worth sharing, by how they are written. Owns the list. */
export class WrittenElements {
  /** Those of the whole document, when it has been read. */
  facts: DocumentFacts | undefined;
  readonly #text: string;
  readonly #all: WrittenElement[] = [];
  readonly #firsts: (WrittenElement | undefined)[] = [];
  readonly #lasts: (WrittenElement | undefined)[] = [];
  #byBeginning: ReadonlyMap<string, WrittenElement> | undefined;

  constructor(text: string) {
    this.#text = text;
  }

  /** Notes an element that has ended; `next` is still to come. */
  add(added: WrittenElement): void {
    const { depth } = added;
    const before = this.#lasts[depth];
    if (before === undefined) this.#firsts[depth] = added;
    else before.next = added;
    this.#lasts[depth] = added;
    this.#all.push(added);
  }

  /** The first one that stands so deep. */
  first(depth: number): WrittenElement | undefined {
    return this.#firsts[depth];
  }

  /** An element that is written as the text is: the expected one, or any. */
  find(expected: WrittenElement | undefined, text: string, surroundings: Surroundings): WrittenElement | undefined {
    if (expected !== undefined && this.#isAt(expected, text, surroundings)) return expected;
    this.#byBeginning ??= this.#index();
    const { at } = surroundings;
    const other = this.#byBeginning.get(text.slice(at, at + BEGINNING));
    return other !== undefined && other !== expected && this.#isAt(other, text, surroundings) ? other : undefined;
  }

  // Of short ones some of what follows is in it: then what follows must be the same as well.
  #index(): ReadonlyMap<string, WrittenElement> {
    const found = new Map<string, WrittenElement>();
    for (const each of this.#all) found.set(this.#text.slice(each.start, each.start + BEGINNING), each);
    return found;
  }

  #isAt(written: WrittenElement, text: string, { at, depth, scope }: Surroundings): boolean {
    if (written.depth !== depth || written.scope !== scope) return false;
    const { start, end } = written;
    // Most of what differs does so in what it has in the middle, or in its length.
    const middle = (end - start) >> 1;
    if (text.charCodeAt(at + middle) !== this.#text.charCodeAt(start + middle)) return false;
    if (text.charCodeAt(at + end - start - 1) !== GREATER) return false;
    return text.startsWith(this.#text.slice(start, end), at);
  }
}

/** Whether elements of that many characters are noted. */
export function isWorthSharing(length: number): boolean {
  return length >= SHORTEST && length <= LONGEST;
}
