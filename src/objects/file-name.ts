import type { Path } from './path.ts';

/** At the end of a folder's name: the ids of what is in it begin with the rest of the name, because they are longer than a name may be. */
const continuation = '%+';
// A name has at most 255 octets on common file systems; the extension and the continuation come behind.
const maxOctets = 200;

// What Windows, a shell or a path would take for something else.
const hostile = /[%/\\:*?"<>|\p{Cc}]/u;
// A folder for the object `a.xml` must not have the name of the file of the object `a`.
const documentExtension = /\.(?:xml|json|csv|tsv)$/i;
const deviceName = /^(?:con|prn|aux|nul|com[0-9¹²³]|lpt[0-9¹²³])(?:\.|$)/i;

/** A file's name taken apart: the part of an id that it stands for, and whether the rest of the id is in the names inside. */
export interface DecodedName {
  readonly part: string;
  readonly continues: boolean;
}

/**
 * Gives the objects of one folder their file names, without extension. `decodeFileName` undoes it. What a file system could misread is written as `%` and
 * hexadecimal digits; names that differ only in case or in Unicode form have their letters written so. Owns the names given, hence a class.
 */
export class FileNames {
  readonly #taken = new Set<string>();

  /** The name for an id: one or more folders and the last name. */
  nameFor(id: string): Path {
    const names = encodedNames(writtenCharacters(id));
    const folded = names.join('/').normalize('NFC').toLowerCase();
    if (!this.#taken.has(folded)) {
      this.#taken.add(folded);
      return names;
    }
    return encodedNames(Array.from(id).map((character) => (isPlain(character) ? character : escaped(character))));
  }
}

/** What a file or folder name (without extension) says of an id. Names that were not made by FileNames stand for themselves. */
export function decodeFileName(name: string): DecodedName {
  const continues = name.endsWith(continuation);
  const encoded = continues ? name.slice(0, -continuation.length) : name;
  return { part: encoded.replace(/(?:%[0-9A-Fa-f]{2})+/g, decoded), continues };
}

function writtenCharacters(id: string): readonly string[] {
  const stemLength = documentExtension.exec(id)?.index ?? id.length;
  const characters = (text: string) =>
    Array.from(text).map((character) => (hostile.test(character) ? escaped(character) : character));
  const extension = stemLength === id.length ? [] : [escaped('.'), ...characters(id.slice(stemLength + 1))];
  return [...characters(id.slice(0, stemLength)), ...extension];
}

function encodedNames(characters: readonly string[]): Path {
  const names: string[] = [];
  let start = 0;
  while (start < characters.length) {
    const end = endOfName(characters, start);
    const isLast = end === characters.length;
    names.push(safeEnds(characters.slice(start, end)) + (isLast ? '' : continuation));
    start = end;
  }
  return names;
}

function endOfName(characters: readonly string[], start: number): number {
  let octets = 0;
  let end = start;
  while (end < characters.length) {
    octets += Buffer.byteLength(characters[end] ?? '', 'utf8');
    if (octets > maxOctets && end > start) break;
    end++;
  }
  return end;
}

/** Hidden files, names that Windows cuts at the end, and names of devices. */
function safeEnds(characters: readonly string[]): string {
  const isDevice = deviceName.test(characters.join(''));
  const last = characters.length - 1;
  return characters
    .map((character, at) => {
      const isAtEnd = (at === 0 || at === last) && (character === '.' || character === ' ');
      return isAtEnd || (isDevice && at === 0) ? escaped(character) : character;
    })
    .join('');
}

// Neither has another case nor is changed by composition.
function isPlain(character: string): boolean {
  return /^[0-9 !#$&'()+,.;=@[\]^_`{}~-]$/.test(character);
}

function escaped(character: string): string {
  return [...Buffer.from(character, 'utf8')]
    .map((octet) => `%${octet.toString(16).toUpperCase().padStart(2, '0')}`)
    .join('');
}

function decoded(escapes: string): string {
  try {
    return decodeURIComponent(escapes);
  } catch {
    return escapes;
  }
}
