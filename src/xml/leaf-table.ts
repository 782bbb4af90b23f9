import type { XmlElement, XmlText } from './tree.ts';

/** What is shorter is garbage before it costs anything. */
const WORTH_A_TABLE = 16_384;
const CHARACTERS_PER_SLOT = 64;
const MOST_SLOTS = 8192;
const LONGEST = 24;

/**
 * Finds again the elements that have nothing but one short text: units, states, dates and towns are the same in many records. What is shared is not kept twice, and is
 * seen to be equal at a glance. Owns as many elements as it has slots; one that meets another one in its slot takes its place.
 */
export class LeafTable {
  readonly #slots: (XmlElement | undefined)[];

  constructor(slots: number) {
    this.#slots = new Array<XmlElement | undefined>(slots).fill(undefined);
  }

  /** The element that was put there with this name and text and nothing else. */
  find({ name, namespace }: XmlElement, { text }: XmlText): XmlElement | undefined {
    if (text.length > LONGEST) return undefined;
    const known = this.#slots[this.#slot(name, text)];
    if (known === undefined || known.name !== name || known.namespace !== namespace) return undefined;
    const [child] = known.children;
    return child?.kind === 'text' && child.text === text ? known : undefined;
  }

  /** Notes an element that has no attributes, no declarations, and one text. */
  put(element: XmlElement, { text }: XmlText): void {
    if (text.length <= LONGEST) this.#slots[this.#slot(element.name, text)] = element;
  }

  #slot(name: string, text: string): number {
    let hash = Math.imul(name.length, 31) + name.charCodeAt(name.length - 1);
    for (let at = 0; at < text.length; at++) hash = (Math.imul(hash, 31) + text.charCodeAt(at)) | 0;
    return (hash ^ (hash >>> 13)) & (this.#slots.length - 1);
  }
}

/** A table for documents of that many characters; undefined where none is worth its room. */
export function leafTableFor(characters: number): LeafTable | undefined {
  if (characters < WORTH_A_TABLE) return undefined;
  return new LeafTable(Math.min(MOST_SLOTS, 2 ** Math.ceil(Math.log2(characters / CHARACTERS_PER_SLOT))));
}
