import fc from 'fast-check';
import * as libxml2 from 'libxml2-wasm';
import { describe, expect, it } from 'vitest';
import { defaultXmlLimits } from '../../src/xml/limits.ts';
import { isPlainCanonical } from '../../src/xml/plain-canonical.ts';
import { changedText, plainText } from './arbitrary-plain-text.ts';

function canonicalByLibrary(text: string): string {
  using document = libxml2.XmlDocument.fromString(text);
  return document.canonicalizeToString({ withComments: true });
}

describe('the look at whether a text is plain and canonical', () => {
  it('knows every canonical document of plain parts', () => {
    fc.assert(
      fc.property(plainText, (text) => {
        expect(isPlainCanonical(text, defaultXmlLimits)).toBe(true);
      }),
      { numRuns: 1000 },
    );
  });

  it('says yes only to texts that are their own canonical form', () => {
    fc.assert(
      fc.property(changedText, (text) => {
        if (isPlainCanonical(text, defaultXmlLimits)) expect(canonicalByLibrary(text)).toBe(text);
      }),
      { numRuns: 10_000 },
    );
  });

  it.each([
    ['no document', ''],
    ['no element', 'text'],
    ['a tag that is not closed', '<a><b></b>'],
    ['tags that cross', '<a><b></a></b>'],
    ['a second root', '<a></a><b></b>'],
    ['text behind the root', '<a></a>\n'],
    ['an empty-element tag', '<a/>'],
    ['a blank in a tag', '<a ></a>'],
    ['attributes out of order', '<a c="" b=""></a>'],
    ['an attribute twice', '<a b="" b=""></a>'],
    ['a declaration', '<a xmlns="urn:a"></a>'],
    ['a prefix', '<p:a></p:a>'],
    ['an unescaped >', '<a>></a>'],
    ['a reference that is not the canonical one', '<a>&#13;</a>'],
    ['a line feed in an attribute', '<a b="\n"></a>'],
    ['a control character', '<a>\u0001</a>'],
    ['a closing tag without an opening one', '</a>'],
  ])('says no to %s', (_what, text) => {
    expect(isPlainCanonical(text, defaultXmlLimits)).toBe(false);
  });

  it('leaves what is beyond a limit to the parser', () => {
    const text = '<a b="1" c="2"><d>text</d></a>';
    expect(isPlainCanonical(text, { maxOctets: 90, maxDepth: 2, maxAttributes: 2, maxNodes: 3 })).toBe(true);
    expect(isPlainCanonical(text, { maxOctets: 89, maxDepth: 2, maxAttributes: 2, maxNodes: 3 })).toBe(false);
    expect(isPlainCanonical(text, { maxOctets: 90, maxDepth: 1, maxAttributes: 2, maxNodes: 3 })).toBe(false);
    expect(isPlainCanonical(text, { maxOctets: 90, maxDepth: 2, maxAttributes: 1, maxNodes: 3 })).toBe(false);
    expect(isPlainCanonical(text, { maxOctets: 90, maxDepth: 2, maxAttributes: 2, maxNodes: 2 })).toBe(false);
  });
});
