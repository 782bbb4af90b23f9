import type { XmlLimits } from '../xml/limits.ts';
import { isPlainCanonical } from '../xml/plain-canonical.ts';
import { plainNameEnd } from '../xml/plain-names.ts';
import { PLAIN_DELTA } from './diff-texts.ts';

const MOST_CHANGES = 32;
const kinds = [
  { begin: '<xu:update select="', end: '</xu:update>', isAppend: false },
  { begin: '<xu:append select="', end: '</xu:append>', isAppend: true },
] as const;

/**
 * What modifications that set nothing but texts make of a canonical text, as far as names tell: whoever asks knows the digest of what is meant, and must compare it. It is
 * canonical, well-formed and within the limits. Undefined for all other modifications, and where nothing is found: then they are applied to the document.
 */
export function applyToText(document: string, delta: string, limits: XmlLimits): string | undefined {
  if (!delta.startsWith(PLAIN_DELTA.begin) || !delta.endsWith(PLAIN_DELTA.end)) return undefined;
  const end = delta.length - PLAIN_DELTA.end.length;
  let text = document;
  let at = PLAIN_DELTA.begin.length;
  for (let count = 0; at < end; count++) {
    const setting = count < MOST_CHANGES ? settingAt(delta, at) : undefined;
    const changed = setting && withText(text, setting);
    if (setting === undefined || changed === undefined) return undefined;
    text = changed;
    at = setting.end;
  }
  return at === end && isPlainCanonical(text, limits) ? text : undefined;
}

/** The element that gets a text, and where its instruction ends. */
interface Setting {
  readonly name: string;
  readonly text: string;
  readonly isAppend: boolean;
  readonly end: number;
}

function settingAt(delta: string, at: number): Setting | undefined {
  const kind = kinds.find(({ begin }) => delta.startsWith(begin, at));
  if (kind === undefined) return undefined;
  const start = at + kind.begin.length;
  const quote = delta.indexOf('"', start);
  const last = delta.lastIndexOf('/', quote) + 1;
  if (last <= start || plainNameEnd(delta, last) !== quote) return undefined;
  const { isAppend } = kind;
  const name = delta.slice(last, quote);
  if (delta.startsWith('"/>', quote)) return { name, text: '', isAppend, end: quote + '"/>'.length };
  const less = delta.indexOf('<', quote);
  if (!delta.startsWith('">', quote) || !delta.startsWith(kind.end, less)) return undefined;
  return { name, text: delta.slice(quote + '">'.length, less), isAppend, end: less + kind.end.length };
}

/** With another text in the first element of the name, if that has no attributes and nothing but a text. */
function withText(document: string, { name, text, isAppend }: Setting): string | undefined {
  const begin = document.indexOf(`<${name}>`);
  if (begin === -1) return undefined;
  const start = begin + name.length + '<>'.length;
  const end = document.indexOf('<', start);
  if (!document.startsWith(`</${name}>`, end) || (isAppend && end !== start)) return undefined;
  return document.slice(0, start) + text + document.slice(end);
}
