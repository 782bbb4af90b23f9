import { ProtocolError } from '../errors/concord-error.ts';
import type { XmlLimits } from './limits.ts';

const DECLARED = /^<\?xml\s[^>]*?\sencoding\s*=\s*(?:"([^"]*)"|'([^']*)')/;
// TextDecoder takes ISO-8859-1 for windows-1252, and Node 20 then decodes both as the former: these two are read here.
const LATIN_1 = /^(?:iso[-_]?8859-1|latin1|us-ascii)$/i;
const WINDOWS_1252 = /^(?:windows-|cp)1252$/i;
const UPPER_1252 =
  '\u20AC\x81\u201A\u0192\u201E\u2026\u2020\u2021\u02C6\u2030\u0160\u2039\u0152\x8D\u017D\x8F\x90\u2018\u2019\u201C\u201D\u2022\u2013\u2014\u02DC\u2122\u0161\u203A\u0153\x9D\u017E\u0178';

function octetsAsCharacters(octets: Uint8Array): string {
  return Buffer.from(octets.buffer, octets.byteOffset, octets.byteLength).toString('latin1');
}

/**
 * The characters of a document as it stands in a file (XML 1.0, appendix F): a byte order mark decides, then the zeros of UTF-16, then
 * the encoding declaration, else UTF-8.
 * @throws ProtocolError `CON-X001` for an unknown encoding or wrong octets, `CON-X002` for too many of them
 */
export function decodeXml(octets: Uint8Array, limits: XmlLimits): string {
  // UTF-16 takes at most twice the room of UTF-8; what is decoded is counted again.
  if (octets.length > limits.maxOctets * 2)
    throw new ProtocolError('CON-X002', `The document has more than ${limits.maxOctets} octets (xml.maxOctets).`);
  const label = encodingOf(octets);
  if (LATIN_1.test(label)) return octetsAsCharacters(octets);
  if (WINDOWS_1252.test(label))
    return octetsAsCharacters(octets).replace(/[\x80-\x9F]/g, (character) =>
      UPPER_1252.charAt(character.charCodeAt(0) - 0x80),
    );
  try {
    return new TextDecoder(label, { fatal: true }).decode(octets);
  } catch (cause) {
    const message =
      cause instanceof RangeError
        ? `The encoding ${label} is not known.`
        : `The document is not ${label}, as it should be.`;
    throw new ProtocolError('CON-X001', message, { cause });
  }
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
