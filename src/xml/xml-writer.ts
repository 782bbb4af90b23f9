import { REFERENCES_IN_ATTRIBUTES, REFERENCES_IN_TEXT } from './escape.ts';
import type { XmlAttribute, XmlDeclaration } from './tree.ts';
import { UnitBuffer } from './unit-buffer.ts';

const SPACE = 0x20;
const QUOTE = 0x22;
const SLASH = 0x2f;
const LESS = 0x3c;
const EQUALS = 0x3d;
const GREATER = 0x3e;

const inText = references(REFERENCES_IN_TEXT);
const inAttributes = references(REFERENCES_IN_ATTRIBUTES);

/** References by the code of the character; empty for what stands as it is. */
function references(table: Readonly<Record<string, string>>): readonly string[] {
  return Array.from({ length: GREATER + 1 }, (_, code) => table[String.fromCharCode(code)] ?? '');
}

/** Writes the pieces of a document one behind the other. Owns what was written. */
export class XmlWriter {
  readonly #units = new UnitBuffer();

  /** `<name`, to be followed by declarations and attributes. */
  open(name: string): void {
    this.#units.put(LESS);
    this.#units.add(name);
  }

  /** Declarations with a blank before each. */
  declarations(declarations: readonly XmlDeclaration[]): void {
    // Nearly always there are none, and asking an iterator is not for nothing.
    if (declarations.length === 0) return;
    for (const { prefix, namespace } of declarations)
      this.attribute(prefix === '' ? 'xmlns' : `xmlns:${prefix}`, namespace);
  }

  /** Attributes with a blank before each. */
  attributes(attributes: readonly XmlAttribute[]): void {
    for (let at = 0; at < attributes.length; at++) {
      const each = attributes[at];
      if (each !== undefined) this.attribute(each.name, each.value);
    }
  }

  /** The end of a start tag. */
  endOpen(): void {
    this.#units.put(GREATER);
  }

  /** The end of a tag without content. */
  endEmpty(): void {
    this.#units.put(SLASH);
    this.#units.put(GREATER);
  }

  /** The end tag of an element. */
  close(name: string): void {
    this.#units.put(LESS);
    this.#units.put(SLASH);
    this.#units.add(name);
    this.#units.put(GREATER);
  }

  /** Characters between tags. */
  text(text: string): void {
    this.#units.addEscaped(text, inText);
  }

  /** A comment. */
  comment(text: string): void {
    this.#units.add(`<!--${text}-->`);
  }

  /** A processing instruction. */
  instruction(target: string, text: string): void {
    this.#units.add(text === '' ? `<?${target}?>` : `<?${target} ${text}?>`);
  }

  /** The end of a line beside the root. */
  lineFeed(): void {
    this.#units.add('\n');
  }

  /** How many characters were written. */
  get length(): number {
    return this.#units.length;
  }

  /** All that was written; the writer is empty then. */
  finish(): string {
    return this.#units.finish();
  }

  /** What was written so far but for the end of it, in pieces; they are no longer in the writer then. Mostly there are none. */
  takePieces(): readonly string[] {
    return this.#units.takePieces();
  }

  /** All that was written, or is left, in pieces one behind the other, for what is long. */
  finishPieces(): readonly string[] {
    return this.#units.finishPieces();
  }

  /** One attribute with a blank before it. */
  attribute(name: string, value: string): void {
    const units = this.#units;
    units.put(SPACE);
    units.add(name);
    units.put(EQUALS);
    units.put(QUOTE);
    units.addEscaped(value, inAttributes);
    units.put(QUOTE);
  }
}
