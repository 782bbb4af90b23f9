import type { XmlLimits } from './limits.ts';
import { plainNameEnd } from './plain-names.ts';

const TAB = 0x09;
const LINE_FEED = 0x0a;
const SPACE = 0x20;
const QUOTE = 0x22;
const AMPERSAND = 0x26;
const SLASH = 0x2f;
const LESS = 0x3c;
const EQUALS = 0x3d;
const GREATER = 0x3e;
const FIRST_SURROGATE = 0xd800;

const textReferences = ['&amp;', '&lt;', '&gt;', '&#xD;'];
const attributeReferences = ['&amp;', '&lt;', '&quot;', '&#x9;', '&#xA;', '&#xD;'];

/**
 * True only for a text that is its own canonical form, well-formed and within the limits. False says nothing: what documents seldom have (prefixes and namespaces,
 * comments, instructions, names beyond ASCII, characters from the surrogates on) is left to the parser. Nearly all documents that a site stores or receives are
 * plain and canonical already, and this takes a tenth of the time of a parse.
 */
export function isPlainCanonical(text: string, limits: XmlLimits): boolean {
  // A UTF-16 unit is at most three octets; the parser counts exactly.
  return text.length * 3 <= limits.maxOctets && new PlainScan(text, limits).isDocument();
}

/** One walk over a text. Owns the place that it has come to, and the names of the elements that are open. */
class PlainScan {
  readonly #text: string;
  readonly #limits: XmlLimits;
  /** Where the names of the open elements begin and end. */
  readonly #open: number[] = [];
  #at = 0;
  #nodes = 0;

  constructor(text: string, limits: XmlLimits) {
    this.#text = text;
    this.#limits = limits;
  }

  isDocument(): boolean {
    const text = this.#text;
    if (!this.#startTag()) return false;
    while (this.#open.length > 0) {
      if (text.charCodeAt(this.#at) !== LESS && !this.#characters()) return false;
      const isEnd = text.charCodeAt(this.#at + 1) === SLASH;
      if (isEnd ? !this.#endTag() : !this.#startTag()) return false;
    }
    return this.#at === text.length && this.#nodes <= this.#limits.maxNodes;
  }

  /** Ends before a `<`. */
  #characters(): boolean {
    const text = this.#text;
    this.#nodes++;
    let at = this.#at;
    for (; ; at++) {
      const code = text.charCodeAt(at);
      if (code === LESS) break;
      if (code === AMPERSAND) {
        const end = referenceEnd(text, at, textReferences);
        if (end === 0) return false;
        at = end - 1;
        // Not a number behind the end of the text, which fails every comparison.
      } else if (!(code >= SPACE || code === LINE_FEED || code === TAB) || code === GREATER || code >= FIRST_SURROGATE)
        return false;
    }
    this.#at = at;
    return true;
  }

  #startTag(): boolean {
    const text = this.#text;
    if (text.charCodeAt(this.#at) !== LESS) return false;
    const start = this.#at + 1;
    const end = plainNameEnd(text, start);
    if (end === start) return false;
    this.#open.push(start, end);
    if (this.#open.length > this.#limits.maxDepth * 2) return false;
    this.#nodes++;
    this.#at = end;
    if (text.charCodeAt(end) === SPACE && !this.#attributes()) return false;
    return this.#take(GREATER);
  }

  #attributes(): boolean {
    const text = this.#text;
    let before = '';
    for (let count = 1; text.charCodeAt(this.#at) === SPACE; count++) {
      const start = this.#at + 1;
      const end = plainNameEnd(text, start);
      const name = text.slice(start, end);
      // Names in ASCII are in the order of their code points when they are in that of their code units.
      if (name <= before || name.startsWith('xmlns') || count > this.#limits.maxAttributes) return false;
      before = name;
      this.#at = end;
      if (!this.#take(EQUALS) || !this.#take(QUOTE) || !this.#value()) return false;
    }
    return true;
  }

  /** Ends behind the quote. */
  #value(): boolean {
    const text = this.#text;
    let at = this.#at;
    for (; ; at++) {
      const code = text.charCodeAt(at);
      if (code === QUOTE) break;
      if (code === AMPERSAND) {
        const end = referenceEnd(text, at, attributeReferences);
        if (end === 0) return false;
        at = end - 1;
      } else if (!(code >= SPACE) || code === LESS || code >= FIRST_SURROGATE) return false;
    }
    this.#at = at + 1;
    return true;
  }

  #endTag(): boolean {
    const text = this.#text;
    const end = this.#open.pop() ?? 0;
    const start = this.#open.pop() ?? 0;
    let at = this.#at + 2;
    for (let name = start; name < end; name++, at++) if (text.charCodeAt(at) !== text.charCodeAt(name)) return false;
    this.#at = at;
    return this.#take(GREATER);
  }

  #take(code: number): boolean {
    return this.#text.charCodeAt(this.#at++) === code;
  }
}

/** Behind the reference at `at`; 0 when it is none of those that the canonical form has. */
function referenceEnd(text: string, at: number, references: readonly string[]): number {
  for (const reference of references) if (text.startsWith(reference, at)) return at + reference.length;
  return 0;
}
