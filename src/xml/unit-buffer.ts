const FIRST_SIZE = 16_384;
const LATIN_1 = 0xff;
/** What is longer is put aside as a text: doubling the room of 20 MB would take 60. */
const LONG = 524_288;
/** A piece of that many characters is garbage among what is new. Longer ones are put among what lives long, and stay until all of that is looked through. */
const PIECE = 65_536;

// The largest room that a text has left, of at most twice what is long: making it takes as long as writing one. Nobody reads from it what was not written before.
let spare: Uint8Array | undefined;

/**
 * Characters that become one text. Joined as strings, the pieces of a long text are a tree of strings that lives until it is made flat: that takes five times as long.
 * Owns the characters: one octet each while all are of Latin-1, then two.
 */
export class UnitBuffer {
  #narrow: Uint8Array = spare ?? new Uint8Array(FIRST_SIZE);
  #wide: Uint16Array | undefined;
  #at = 0;
  readonly #aside: string[] = [];

  constructor() {
    spare = undefined;
  }

  /** How many characters are in it. */
  get length(): number {
    let length = this.#at;
    for (let piece = 0; piece < this.#aside.length; piece++) length += this.#aside[piece]?.length ?? 0;
    return length;
  }

  /** Adds a character of ASCII. */
  put(code: number): void {
    this.#room(1);
    (this.#wide ?? this.#narrow)[this.#at++] = code;
  }

  /** Adds the characters of a text. */
  add(text: string): void {
    const { length } = text;
    this.#room(length);
    if (this.#wide !== undefined) {
      this.#addWide(text, this.#wide);
      return;
    }
    const units = this.#narrow;
    const start = this.#at;
    for (let from = 0; from < length; from++) {
      const code = text.charCodeAt(from);
      if (code > LATIN_1) {
        this.#addWide(text, this.#widen());
        return;
      }
      units[start + from] = code;
    }
    this.#at = start + length;
  }

  /** Adds the characters of a text, those below `references.length` as the references say that are not empty. */
  addEscaped(text: string, references: readonly string[]): void {
    const { length } = text;
    this.#room(length);
    const units = this.#narrow;
    const start = this.#at;
    for (let from = 0; from < length; from++) {
      const code = text.charCodeAt(from);
      if (code > LATIN_1 || this.#wide !== undefined || (code < references.length && references[code] !== '')) {
        this.#at = start + from;
        this.#addReferences(text, from, references);
        return;
      }
      units[start + from] = code;
    }
    this.#at = start + length;
  }

  /** The text of all that was added; there is nothing in it then. */
  finish(): string {
    const pieces = this.finishPieces();
    return pieces.length === 1 ? (pieces[0] ?? '') : pieces.join('');
  }

  /** What was added so far but for the end of it, in pieces; they are no longer in it then. Mostly there are none. */
  takePieces(): readonly string[] {
    if (this.#at >= PIECE) {
      this.#aside.push(this.#text());
      this.#at = 0;
    }
    return this.#aside.length === 0 ? this.#aside : this.#aside.splice(0);
  }

  /** The same in pieces one behind the other, which are never twice in memory. */
  finishPieces(): readonly string[] {
    const pieces = [...this.#aside.splice(0), this.#text()];
    const { length } = this.#narrow;
    if (length <= LONG * 2 && length > (spare?.length ?? 0)) spare = this.#narrow;
    this.#narrow = new Uint8Array(0);
    this.#wide = undefined;
    this.#at = 0;
    return pieces;
  }

  /** As `addEscaped`, from where the plain part of the text ends. */
  #addReferences(text: string, from: number, references: readonly string[]): void {
    let plain = from;
    for (let at = from; at < text.length; at++) {
      const reference = references[text.charCodeAt(at)] ?? '';
      if (reference === '') continue;
      if (at > plain) this.add(text.slice(plain, at));
      this.add(reference);
      plain = at + 1;
    }
    if (plain < text.length) this.add(text.slice(plain));
  }

  #addWide(text: string, units: Uint16Array): void {
    const start = this.#at;
    for (let from = 0; from < text.length; from++) units[start + from] = text.charCodeAt(from);
    this.#at = start + text.length;
  }

  #widen(): Uint16Array {
    const wide = new Uint16Array(this.#narrow.length);
    wide.set(this.#narrow.subarray(0, this.#at));
    return (this.#wide = wide);
  }

  /** What is in the room. */
  #text(): string {
    const units = this.#wide ?? this.#narrow;
    const octets = Buffer.from(units.buffer, units.byteOffset, this.#at * units.BYTES_PER_ELEMENT);
    return octets.toString(this.#wide === undefined ? 'latin1' : 'utf16le');
  }

  #room(more: number): void {
    const units = this.#wide ?? this.#narrow;
    if (this.#at + more <= units.length) return;
    if (this.#at >= LONG) {
      this.#aside.push(this.#text());
      this.#at = 0;
      if (more <= units.length) return;
    }
    const length = Math.max(units.length * 2, this.#at + more, FIRST_SIZE);
    if (this.#wide === undefined) {
      this.#narrow = new Uint8Array(length);
      this.#narrow.set(units.subarray(0, this.#at));
    } else {
      this.#wide = new Uint16Array(length);
      this.#wide.set(units.subarray(0, this.#at));
    }
  }
}
