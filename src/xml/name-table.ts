import type { QualifiedName } from './names.ts';
import { parseQualifiedName } from './names.ts';

const SLOTS = 1024;
const LONGEST = 64;
const START = 1;
const PART = 2;
const classes = Uint8Array.from({ length: 128 }, (_, code) => {
  const character = String.fromCharCode(code);
  if (/[A-Za-z_:]/.test(character)) return START | PART;
  return /[0-9.-]/.test(character) ? PART : 0;
});

/**
 * Reads names of ASCII characters where they stand, each taken apart once and then found again by its characters: cutting it out of the text and looking it up would
 * take longer than all the rest of a tag. Owns as many names as it has slots; a name that meets another one in its slot takes its place.
 */
export class NameTable {
  readonly #slots = new Array<QualifiedName | undefined>(SLOTS).fill(undefined);
  /** Behind the name that was read last. */
  end = 0;

  /** The qualified name that begins at `start`; undefined when none does, or one that is not of ASCII characters alone. */
  read(text: string, start: number): QualifiedName | undefined {
    let code = text.charCodeAt(start);
    if (((classes[code] ?? 0) & START) === 0) return undefined;
    let hash = code;
    let at = start + 1;
    for (code = text.charCodeAt(at); ((classes[code] ?? 0) & PART) !== 0; code = text.charCodeAt(++at))
      hash = (Math.imul(hash, 31) + code) | 0;
    if (code > 127) return undefined;
    this.end = at;
    const slot = (hash ^ (hash >>> 10)) & (SLOTS - 1);
    const known = this.#slots[slot];
    if (known !== undefined && known.name.length === at - start && text.startsWith(known.name, start)) return known;
    const read = parseQualifiedName(text.slice(start, at));
    // A name that is kept keeps the text that it was cut from.
    if (read !== undefined && at - start <= LONGEST) this.#slots[slot] = { ...read };
    return read;
  }
}
