const NAMED: ReadonlyMap<string, string> = new Map([
  ['&amp;', '&'],
  ['&lt;', '<'],
  ['&gt;', '>'],
  ['&quot;', '"'],
  ['&apos;', "'"],
]);
const REFERENCE = /&(?:amp|lt|gt|quot|apos|#[0-9]{1,7}|#x[0-9A-Fa-f]{1,6});/g;
const NO_REFERENCE = /&(?!(?:amp|lt|gt|quot|apos|#[0-9]{1,7}|#x[0-9A-Fa-f]{1,6});)/;

/** The characters that are meant by written ones; undefined when one of the references is none, or of a character that XML does not have (XML 1.0, section 4.1). */
export function decodeReferences(written: string): string | undefined {
  if (NO_REFERENCE.test(written)) return undefined;
  const decoded = written.replace(REFERENCE, (reference) => NAMED.get(reference) ?? numbered(reference));
  return decoded.includes(NOTHING) ? undefined : decoded;
}

// No document has this character, so that it can stand for what is no character.
const NOTHING = '\0';

function numbered(reference: string): string {
  const isHexadecimal = reference.charAt(2) === 'x';
  const code = Number.parseInt(reference.slice(isHexadecimal ? 3 : 2), isHexadecimal ? 16 : 10);
  return isCharacter(code) ? String.fromCodePoint(code) : NOTHING;
}

function isCharacter(code: number): boolean {
  if (code < 0x20) return code === 0x09 || code === 0x0a || code === 0x0d;
  return code <= 0xd7ff || (code >= 0xe000 && code <= 0xfffd) || (code >= 0x10000 && code <= 0x10ffff);
}
