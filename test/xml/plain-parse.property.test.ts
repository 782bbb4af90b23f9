import fc from 'fast-check';
import { describe, expect, it } from 'vitest';
import { ProtocolError } from '../../src/errors/concord-error.ts';
import { defaultXmlLimits } from '../../src/xml/limits.ts';
import { parseAnyXml } from '../../src/xml/parse.ts';
import { parsePlainXml } from '../../src/xml/plain-parse.ts';
import type { XmlDocument } from '../../src/xml/tree.ts';
import { changedText, plainText } from './arbitrary-plain-text.ts';

/** What the parser makes of a text: its tree, or why it refuses it. */
function byParser(text: string, limits = defaultXmlLimits): XmlDocument | string {
  try {
    return parseAnyXml(text, limits);
  } catch (error) {
    if (error instanceof ProtocolError) return error.code;
    throw error;
  }
}

describe('the parsing of plain documents', () => {
  it('gives what the parser gives for every one of them', () => {
    fc.assert(
      fc.property(plainText, (text) => {
        // It stands in attributes only, and seldom: not worth telling apart.
        fc.pre(!text.includes(']]>'));
        expect(parsePlainXml(text, defaultXmlLimits)).toEqual(parseAnyXml(text));
      }),
      { numRuns: 1000 },
    );
  });

  it('gives what the parser gives, or nothing, for other texts', () => {
    fc.assert(
      fc.property(changedText, (text) => {
        const document = parsePlainXml(text, defaultXmlLimits);
        if (document !== undefined) expect(document).toEqual(byParser(text));
      }),
      { numRuns: 10_000 },
    );
  });

  it.each([
    ['an empty-element tag', '<a b="1"/>'],
    ['references', `<a b="&lt;&amp;&quot;&apos;&gt;&#x9;&#xA;&#xD;">&lt;&amp;&quot;&apos;&gt;&#xD;</a>`],
    ['characters beyond the basic plane', '<a>\u{1F600}</a>'],
    ['a value with an unescaped >', '<a b=">"></a>'],
  ])('takes %s', (_what, text) => {
    expect(parsePlainXml(text, defaultXmlLimits)).toEqual(parseAnyXml(text));
  });

  it('leaves what is beyond a limit to the parser', () => {
    const text = '<a b="1" c="2"><d>text</d></a>';
    const exact = { maxOctets: 90, maxDepth: 2, maxAttributes: 2, maxNodes: 3 };
    expect(parsePlainXml(text, exact)).toEqual(byParser(text, exact));
    for (const limit of ['maxOctets', 'maxDepth', 'maxAttributes', 'maxNodes'] as const)
      expect(parsePlainXml(text, { ...exact, [limit]: exact[limit] - 1 })).toBeUndefined();
  });
});
