import fc from 'fast-check';
import { describe, expect, it } from 'vitest';
import { ProtocolError } from '../../src/errors/concord-error.ts';
import { parseDirectly } from '../../src/xml/direct-parse.ts';
import { defaultXmlLimits } from '../../src/xml/limits.ts';
import { parseAnyXml } from '../../src/xml/parse.ts';
import type { XmlDocument } from '../../src/xml/tree.ts';
import { documentText } from './arbitrary-document.ts';
import { changedText, changesOf } from './arbitrary-plain-text.ts';

/** What the parser makes of a text: its tree, or why it refuses it. */
function byParser(text: string, limits = defaultXmlLimits): XmlDocument | string {
  try {
    return parseAnyXml(text, limits);
  } catch (error) {
    if (error instanceof ProtocolError) return error.code;
    throw error;
  }
}

const isRare = (text: string): boolean => /<[^>]*[^\0-\x7F][^>]*>|<\?[^>]*\?[^>]*\?>|<[^>]*\]\]>/u.test(text);

const pieces = fc.constantFrom(
  ...[
    '<a>',
    '</a>',
    '<a/>',
    '<b x="1">',
    '</b>',
    '<p:a xmlns:p="u">',
    '</p:a>',
    ' xmlns="v"',
    ' p:x="1"',
    'xml:id="i"',
  ],
  ...['<!--', '-->', '<![CDATA[', ']]>', '<?t', '?>', ' ', '\n', '\t', '\r', '\r\n', '&lt;', '&#65;', '&#x41;', '&#1;'],
  ...['&amp', '&x;', 'é', '\u{1F600}', '\uD800', '\uFFFE', '\u0001', '--', ']', '>', '<', '"', "'", '=', '/', 'text'],
  ...['<?xml version="1.0"?>', '<?xml version="1.0" encoding="UTF-8"?>', '<!DOCTYPE a>', '<?xml?>', '<?XML x?>'],
);

describe('the parsing without the parser', () => {
  it('gives what the parser gives, for nearly every document', () => {
    fc.assert(
      fc.property(documentText, (text) => {
        const document = parseDirectly(text, defaultXmlLimits);
        if (document !== undefined || !isRare(text)) expect(document).toEqual(parseAnyXml(text));
      }),
      { numRuns: 2000 },
    );
  });

  it.each([
    ['plain documents with faults', changedText, 10_000],
    ['documents with faults', changesOf(documentText), 10_000],
    ['heaps of pieces', fc.array(pieces, { maxLength: 12 }).map((all) => all.join('')), 10_000],
    [
      'heaps of pieces in an element',
      fc.array(pieces, { maxLength: 8 }).map((all) => `<r xmlns:p="urn:p">${all.join('')}</r>`),
      10_000,
    ],
    ['heaps of pieces in a tag', fc.array(pieces, { maxLength: 6 }).map((all) => `<r ${all.join('')}></r>`), 10_000],
  ] as const)('gives what the parser gives, or nothing: %s', (_what, texts, numRuns) => {
    fc.assert(
      fc.property(texts, (text: string) => {
        const document = parseDirectly(text, defaultXmlLimits);
        if (document !== undefined) expect(document).toEqual(byParser(text));
      }),
      { numRuns },
    );
  });

  it.each([
    ['an empty-element tag', '<a b="1"/>'],
    ['blanks in tags', '<a\n b = "1"\tc=\'2\' ><d /></a >'],
    ['references', `<a b="&lt;&amp;&quot;&apos;&gt;&#x9;&#10;&#xD;">&lt;&amp;&quot;&apos;&gt;&#xD;&#x1F600;</a>`],
    ['references behind comments and sections with ampersands', '<a><!--&--><![CDATA[&]]>&amp;<?t &?>&lt;</a>'],
    ['characters beyond the basic plane', '<a>\u{1F600}</a>'],
    ['a value with an unescaped >', '<a b=">"></a>'],
    ['a value with raw tabs, line feeds and carriage returns', '<a b="\t\n\r\n\r&#10;">\r\n\r</a>'],
    ['sections between texts', '<a>1<![CDATA[<&]]>2<![CDATA[]]><b/><![CDATA[3]]></a>'],
    ['namespaces', '<a xmlns="u" xmlns:p="v" p:k="1" k="2"><p:b xmlns="" xml:lang="en"><c/></p:b><d/></a>'],
    ['a declaration of the prefix xml', '<a xmlns:xml="http://www.w3.org/XML/1998/namespace" xml:id="1"/>'],
    ['what stands beside the root', '<?xml version="1.0" encoding="UTF-8"?>\n<!--c-->\n<a/>\n<?t d?>\n<?u?>\n'],
    ['attributes named like members of every object', '<a __proto__="1" constructor="2"/>'],
  ])('takes %s', (_what, text) => {
    expect(parseDirectly(text, defaultXmlLimits)).toEqual(parseAnyXml(text));
    expect(parseDirectly(text, defaultXmlLimits)).toBeDefined();
  });

  it('leaves what is beyond a limit to the parser', () => {
    const text = '<a b="1" c="2"><d>text</d></a>';
    const exact = { maxOctets: 30, maxDepth: 2, maxAttributes: 2, maxNodes: 3 };
    expect(parseDirectly(text, exact)).toEqual(byParser(text, exact));
    for (const limit of ['maxOctets', 'maxDepth', 'maxAttributes', 'maxNodes'] as const)
      expect(parseDirectly(text, { ...exact, [limit]: exact[limit] - 1 })).toBeUndefined();
  });

  it('counts nodes as the parser does', () => {
    const text = '<a>1<![CDATA[2]]>3<!--c--><?t?></a>';
    expect(parseDirectly(text, { ...defaultXmlLimits, maxNodes: 6 })).toEqual(parseAnyXml(text));
    expect(parseDirectly(text, { ...defaultXmlLimits, maxNodes: 5 })).toBeUndefined();
    expect(byParser(text, { ...defaultXmlLimits, maxNodes: 5 })).toBe('CON-X002');
  });
});
