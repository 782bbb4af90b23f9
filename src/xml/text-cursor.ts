import { decodeReferences } from './references.ts';

const TAB = 0x09;
const LINE_FEED = 0x0a;
const SPACE = 0x20;
const QUOTE = 0x22;
const APOSTROPHE = 0x27;
const EQUALS = 0x3d;

/** Goes over the text of a document. Owns the place that it has come to, and knows where the next special characters are, so that nobody looks at each. */
export class TextCursor {
  readonly text: string;
  at = 0;
  readonly #hasSections: boolean;
  readonly #hasTabs: boolean;
  // The next of each from where the cursor was when it was asked for, or the end of the text.
  #less: number;
  #ampersand: number;
  #lineFeed: number;

  /** @param text Of characters that XML has, ends of lines as line feeds */
  constructor(text: string) {
    this.text = text;
    this.#hasSections = text.includes(']]>');
    this.#hasTabs = text.includes('\t');
    this.#less = indexOrEnd(text, '<', 0);
    this.#ampersand = indexOrEnd(text, '&', 0);
    this.#lineFeed = indexOrEnd(text, '\n', 0);
  }

  /** Whether there may be sections: otherwise no two texts meet. */
  get hasSections(): boolean {
    return this.#hasSections;
  }

  /** The place of the next `<`, or the end of the text. */
  less(): number {
    if (this.#less < this.at) this.#less = indexOrEnd(this.text, '<', this.at);
    return this.#less;
  }

  /** Goes on by one; whether it was over that character. */
  take(code: number): boolean {
    return this.text.charCodeAt(this.at++) === code;
  }

  /** Passes over white space; whether there was any. */
  blank(): boolean {
    const start = this.at;
    for (let code = this.text.charCodeAt(start); code === SPACE || code === LINE_FEED || code === TAB;)
      code = this.text.charCodeAt(++this.at);
    return this.at > start;
  }

  /** Goes to `end`, which is not behind the next `<`; gives the characters that are meant on the way, or undefined when they cannot stand between tags. */
  characters(end: number): string | undefined {
    const written = this.text.slice(this.at, end);
    this.at = end;
    if (this.#hasSections && written.includes(']]>')) return undefined;
    return this.#ampersand < end ? this.#decoded(written, end) : written;
  }

  /** Goes over the `=` of an attribute and its value; gives the value, or undefined when there is none. */
  value(): string | undefined {
    const { text } = this;
    if (text.charCodeAt(this.at) !== EQUALS) this.blank();
    if (!this.take(EQUALS)) return undefined;
    let quote = text.charCodeAt(this.at);
    if (quote !== QUOTE && this.blank()) quote = text.charCodeAt(this.at);
    if (quote !== QUOTE && quote !== APOSTROPHE) return undefined;
    const start = this.at + 1;
    const end = text.indexOf(quote === QUOTE ? '"' : "'", start);
    if (end === -1 || end > this.less()) return undefined;
    this.at = end + 1;
    let written = text.slice(start, end);
    if (this.#lineFeed < start) this.#lineFeed = indexOrEnd(text, '\n', start);
    // XML 1.0, section 3.3.3.
    if (this.#lineFeed < end || this.#hasTabs) written = written.replace(/[\t\n]/g, ' ');
    return this.#ampersand < end ? this.#decoded(written, end) : written;
  }

  // An ampersand that was passed over in a comment makes nothing worse than a search for references where there are none.
  #decoded(written: string, end: number): string | undefined {
    this.#ampersand = indexOrEnd(this.text, '&', end);
    return decodeReferences(written);
  }
}

function indexOrEnd(text: string, what: string, from: number): number {
  const found = text.indexOf(what, from);
  return found === -1 ? text.length : found;
}
