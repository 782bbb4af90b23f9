import type { XmlElement, XmlText } from './tree.ts';

/** What is shorter is garbage before it costs anything. */
const WORTH_A_TABLE = 16_384;
const CHARACTERS_PER_SLOT = 64;
const MOST_SLOTS = 8192;
const LONGEST = 24;
const TRIALS = 4096;
/** One in that many has to be found. */
const LEAST_SHARE = 4;
const AMPERSAND = 0x26;
const GREATER = 0x3e;

/**
 * Finds again the elements that have nothing but one short text: units, states, dates and towns are the same in many records. What is shared is not kept twice, and is
 * seen to be equal at a glance. Owns as many elements as it has slots; one that meets another one in its slot takes its place.
 */
export class LeafTable {
  readonly #slots: (XmlElement | undefined)[];
  /** Of the element in each slot: most that differ do so here, and are not fetched from wherever they are in memory. */
  readonly #numbers: Int32Array;
  #asked = 0;
  #found = 0;

  constructor(slots: number) {
    this.#slots = new Array<XmlElement | undefined>(slots).fill(undefined);
    this.#numbers = new Int32Array(slots);
  }

  /**
   * The element with this name that was put there, if its text is what is written between the two places. Undefined where references or ends of sections may be written
   * there, which are not the text that they stand for.
   */
  find(name: string, namespace: string, { text, start, end }: Written): XmlElement | undefined {
    this.#asked++;
    if (end - start > LONGEST) return undefined;
    let hash = numberOf(name);
    for (let at = start; at < end; at++) {
      const code = text.charCodeAt(at);
      if (code === AMPERSAND || code === GREATER) return undefined;
      hash = (Math.imul(hash, 31) + code) | 0;
    }
    const slot = this.#slot(hash);
    if (this.#numbers[slot] !== hash) return undefined;
    const known = this.#slots[slot];
    if (known === undefined || known.name !== name || known.namespace !== namespace) return undefined;
    const child = known.children[0];
    const isSame = child?.kind === 'text' && child.text.length === end - start && text.startsWith(child.text, start);
    if (!isSame) return undefined;
    this.#found++;
    return known;
  }

  /** False once it is plain that hardly anything repeats: then asking costs more than it saves. */
  get isWorthAsking(): boolean {
    return this.#asked < TRIALS || this.#found * LEAST_SHARE >= this.#asked;
  }

  /** Notes an element that has no attributes, no declarations, and one text. */
  put(element: XmlElement, { text }: XmlText): void {
    if (text.length > LONGEST) return;
    let hash = numberOf(element.name);
    for (let at = 0; at < text.length; at++) hash = (Math.imul(hash, 31) + text.charCodeAt(at)) | 0;
    const slot = this.#slot(hash);
    this.#slots[slot] = element;
    this.#numbers[slot] = hash;
  }

  #slot(hash: number): number {
    return (hash ^ (hash >>> 13)) & (this.#slots.length - 1);
  }
}

/** Where something is written. */
export interface Written {
  readonly text: string;
  readonly start: number;
  readonly end: number;
}

function numberOf(name: string): number {
  return Math.imul(name.length, 31) + name.charCodeAt(name.length - 1);
}

/** A table for documents of that many characters; undefined where none is worth its room. */
export function leafTableFor(characters: number): LeafTable | undefined {
  if (characters < WORTH_A_TABLE) return undefined;
  return new LeafTable(Math.min(MOST_SLOTS, 2 ** Math.ceil(Math.log2(characters / CHARACTERS_PER_SLOT))));
}
