import { REFERENCES_IN_ATTRIBUTES, REFERENCES_IN_TEXT } from './escape.ts';
import type { XmlAttribute, XmlDeclaration } from './tree.ts';

const FIRST_SIZE = 16_384;
const LATIN_1 = 0xff;
// No reference is longer than `&quot;`, and what has one is below `?`.
const LONGEST_REFERENCE = 6;
const FIRST_PLAIN = 0x3f;

const inText = references(REFERENCES_IN_TEXT);
const inAttributes = references(REFERENCES_IN_ATTRIBUTES);

/** References by the code of the character; empty for what stands as it is. */
function references(table: Readonly<Record<string, string>>): readonly string[] {
  return Array.from({ length: FIRST_PLAIN }, (_, code) => table[String.fromCharCode(code)] ?? '');
}

// The room that the last writer of a short document has left: making it takes longer than writing one. Nobody reads from it what was not written before.
let spare: Uint8Array | undefined;

/**
 * Puts a document together of its many short pieces. Joined as strings, the pieces of a long document are a tree of strings that lives until it is made flat: that took
 * five times as long. Owns the characters that were written.
 */
export class XmlWriter {
  #units: Uint8Array | Uint16Array = spare ?? new Uint8Array(FIRST_SIZE);
  #at = 0;

  constructor() {
    spare = undefined;
  }

  /** Markup as it stands. */
  markup(text: string): void {
    const { length } = text;
    if (this.#at + length > this.#units.length) this.#grow(length);
    const units = this.#units;
    let at = this.#at;
    const isWide = units instanceof Uint16Array;
    for (let from = 0; from < length; from++) {
      const code = text.charCodeAt(from);
      if (code > LATIN_1 && !isWide) {
        this.#at = at;
        this.#widen();
        this.markup(text.slice(from));
        return;
      }
      units[at++] = code;
    }
    this.#at = at;
  }

  /** Characters between tags. */
  text(text: string): void {
    this.#escaped(text, inText);
  }

  /** Attributes with a blank before each. */
  attributes(attributes: readonly XmlAttribute[]): void {
    for (const { name, value } of attributes) {
      this.markup(' ');
      this.markup(name);
      this.markup('="');
      this.#escaped(value, inAttributes);
      this.markup('"');
    }
  }

  /** Declarations with a blank before each. */
  declarations(declarations: readonly XmlDeclaration[]): void {
    for (const { prefix, namespace } of declarations) {
      this.markup(prefix === '' ? ' xmlns' : ` xmlns:${prefix}`);
      this.markup('="');
      this.#escaped(namespace, inAttributes);
      this.markup('"');
    }
  }

  comment(text: string): void {
    this.markup(`<!--${text}-->`);
  }

  instruction(target: string, text: string): void {
    this.markup(text === '' ? `<?${target}?>` : `<?${target} ${text}?>`);
  }

  /** All that was written; the writer is empty then. */
  finish(): string {
    const units = this.#units;
    const octets = Buffer.from(units.buffer, units.byteOffset, this.#at * units.BYTES_PER_ELEMENT);
    const text = octets.toString(units instanceof Uint16Array ? 'utf16le' : 'latin1');
    if (units instanceof Uint8Array && units.length === FIRST_SIZE) spare = units;
    this.#units = new Uint8Array(0);
    this.#at = 0;
    return text;
  }

  #escaped(text: string, references: readonly string[]): void {
    const { length } = text;
    if (this.#at + length * LONGEST_REFERENCE > this.#units.length) this.#grow(length * LONGEST_REFERENCE);
    const units = this.#units;
    let at = this.#at;
    const isWide = units instanceof Uint16Array;
    for (let from = 0; from < length; from++) {
      const code = text.charCodeAt(from);
      if (code > LATIN_1 && !isWide) {
        this.#at = at;
        this.#widen();
        this.#escaped(text.slice(from), references);
        return;
      }
      const reference = code < FIRST_PLAIN ? (references[code] ?? '') : '';
      if (reference === '') units[at++] = code;
      else for (let each = 0; each < reference.length; each++) units[at++] = reference.charCodeAt(each);
    }
    this.#at = at;
  }

  #grow(more: number): void {
    const length = Math.max(this.#units.length * 2, this.#at + more, FIRST_SIZE);
    const units = this.#units instanceof Uint16Array ? new Uint16Array(length) : new Uint8Array(length);
    units.set(this.#units.subarray(0, this.#at));
    this.#units = units;
  }

  #widen(): void {
    this.#units = Uint16Array.from(this.#units);
  }
}
