import fc from 'fast-check';
import { canonicalize } from '../../src/xml/canonical.ts';
import { documentText } from './arbitrary-document.ts';

function isWellFormed(text: string): boolean {
  try {
    return canonicalize(text) !== '';
  } catch {
    return false;
  }
}

/** Documents without what is never plain, in canonical form. */
export const plainText: fc.Arbitrary<string> = documentText
  .map((text) => text.replace(/<!--.*?-->\n?|<\?.*?\?>\n?| xmlns(:[pq])?="[^"]*"/gs, '').replace(/\b[pq]:/g, ''))
  .map((text) => text.replaceAll('é', 'e').replace(/[\uD800-\uFFFF]/g, ''))
  .filter(isWellFormed)
  .map((text) => canonicalize(text));

const change = fc.record({
  at: fc.nat(),
  removed: fc.nat({ max: 3 }),
  put: fc.constantFrom(
    '',
    '<',
    '>',
    '&',
    '&lt;',
    '&gt;',
    '&#xD;',
    '&quot;',
    '"',
    "'",
    ' ',
    '\t',
    '\r',
    '/',
    '=',
    'a',
    'xmlns',
    ':',
    '\u0001',
    '\uFFFF',
    ']]>',
  ),
});
/** Texts with a fault or two, or none. */
export function changesOf(texts: fc.Arbitrary<string>): fc.Arbitrary<string> {
  return fc.tuple(texts, fc.array(change, { minLength: 1, maxLength: 2 })).map(([text, changes]) => {
    let changed = text;
    for (const { at, removed, put } of changes) {
      const start = at % (changed.length + 1);
      changed = changed.slice(0, start) + put + changed.slice(start + removed);
    }
    return changed;
  });
}

/** Plain documents with a fault or two, or none. */
export const changedText: fc.Arbitrary<string> = changesOf(plainText);
