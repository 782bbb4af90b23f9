import { ProtocolError } from '../errors/concord-error.ts';
import type { XmlLimits } from './limits.ts';

const DECLARED = /^<\?xml\s[^>]*?\sencoding\s*=\s*(?:"([^"]*)"|'([^']*)')/;
// TextDecoder takes ISO-8859-1 for windows-1252, and Node 20 then decodes both as the former: these are read here.
const LATIN_1 = /^(?:iso[-_]?8859-1|latin1)$/i;
// TextDecoder takes these for windows-1252, too.
const US_ASCII = /^(?:(?:us-)?ascii|ansi_x3\.4-1968)$/i;
const WINDOWS_1252 = /^(?:windows-|cp)1252$/i;
const UPPER_1252 =
  '\u20AC\x81\u201A\u0192\u201E\u2026\u2020\u2021\u02C6\u2030\u0160\u2039\u0152\x8D\u017D\x8F\x90\u2018\u2019\u201C\u201D\u2022\u2013\u2014\u02DC\u2122\u0161\u203A\u0153\x9D\u017E\u0178';

function octetsAsCharacters(octets: Uint8Array): string {
  return Buffer.from(octets.buffer, octets.byteOffset, octets.byteLength).toString('latin1');
}

/**
 * The characters of a document as it stands in a file (XML 1.0, appendix F): a byte order mark decides, then the zeros of UTF-16, then
 * the encoding declaration, else UTF-8.
 * @throws ProtocolError `CON-X001` for an unknown encoding or wrong octets (the message has line:column), `CON-X002` for too many of them
 */
export function decodeXml(octets: Uint8Array, limits: XmlLimits): string {
  // UTF-16 takes at most twice the room of UTF-8; what is decoded is counted again.
  if (octets.length > limits.maxOctets * 2)
    throw new ProtocolError('CON-X002', `The document has more than ${limits.maxOctets} octets (xml.maxOctets).`);
  const label = encodingOf(octets);
  if (US_ASCII.test(label)) return decodeAscii(octets, label);
  if (LATIN_1.test(label)) return octetsAsCharacters(octets);
  if (WINDOWS_1252.test(label))
    return octetsAsCharacters(octets).replace(/[\x80-\x9F]/g, (character) =>
      UPPER_1252.charAt(character.charCodeAt(0) - 0x80),
    );
  try {
    return new TextDecoder(label, { fatal: true }).decode(octets);
  } catch (cause) {
    if (cause instanceof RangeError)
      throw new ProtocolError('CON-X001', `The encoding ${label} is not known.`, { cause });
    throw wrongOctets(label, decodableBeginning(octets, label));
  }
}

function decodeAscii(octets: Uint8Array, label: string): string {
  const characters = octetsAsCharacters(octets);
  const wrong = characters.search(/[\x80-\xFF]/);
  if (wrong !== -1) throw wrongOctets(label, characters.slice(0, wrong));
  return characters;
}

/** What stands before the first octets that are wrong: a longer beginning is right only if all shorter ones are. */
function decodableBeginning(octets: Uint8Array, label: string): string {
  let text = '';
  for (let [right, wrong] = [0, octets.length + 1]; wrong - right > 1;) {
    const middle = Math.floor((right + wrong) / 2);
    try {
      // As part of a stream, so that it may end inside a character.
      text = new TextDecoder(label, { fatal: true }).decode(octets.subarray(0, middle), { stream: true });
      right = middle;
    } catch {
      wrong = middle;
    }
  }
  return text;
}

/** Says where as the parser does: lines and columns count from 1. */
function wrongOctets(label: string, before: string): ProtocolError {
  const lines = before.split(/\r\n?|\n/);
  const column = Array.from(lines.at(-1) ?? '').length + 1;
  return new ProtocolError(
    'CON-X001',
    `The document is not well-formed XML at ${lines.length}:${column}: it is not ${label}, as it should be.`,
  );
}

function encodingOf(octets: Uint8Array): string {
  const [first, second] = octets;
  if (first === 0xfe && second === 0xff) return 'utf-16be';
  if (first === 0xff && second === 0xfe) return 'utf-16le';
  if (first === 0xef && second === 0xbb) return 'utf-8';
  if (first === 0 && second === 0x3c) return 'utf-16be';
  if (first === 0x3c && second === 0) return 'utf-16le';
  const head = String.fromCharCode(...octets.subarray(0, 256));
  const declared = DECLARED.exec(head);
  return declared?.[1] ?? declared?.[2] ?? 'utf-8';
}
