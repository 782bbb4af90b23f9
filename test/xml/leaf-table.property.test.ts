import fc from 'fast-check';
import { expect, it } from 'vitest';
import { parseDirectly } from '../../src/xml/direct-parse.ts';
import { defaultXmlLimits } from '../../src/xml/limits.ts';
import { parseAnyXml } from '../../src/xml/parse.ts';
import type { XmlDocument, XmlElement } from '../../src/xml/tree.ts';
import { XmlVersions } from '../../src/xml/versions.ts';

// Short documents have no table.
const filling = `<f>${'a long text, only to make the document long enough '.repeat(340)}</f>`;

const wellFormed = [
  '<a>1</a>',
  '<a>1</a >',
  '<a >1</a>',
  '<a k="1">1</a>',
  '<a>&lt;</a>',
  '<a>&amp;lt;</a>',
  '<a>lt;</a>',
  '<a>]]&gt;</a>',
  '<a>é</a>',
  '<a>\n</a>',
  '<a></a>',
  '<a/>',
  '<b>1</b>',
  '<ab>1</ab>',
  '<a>1<b>1</b></a>',
  '<a><!--1-->1</a>',
  '<c xmlns="urn:c"><a>1</a></c>',
  '<p:a xmlns:p="urn:p">1</p:a>',
  '<c xmlns:p="urn:p"><p:a>1</p:a><a>1</a></c>',
  '<a><![CDATA[1]]></a>',
];
const faulty = ['<a>1</b>', '<a>1</ab>', '<a>]]></a>', '<a>&1</a>', '<a>1</a', '<p:a>1</p:a>', '<a>1</ a>'];

function write(pieces: readonly string[]): string {
  return `<r>${pieces.join('')}${filling}</r>`;
}

function read(text: string): XmlDocument | undefined {
  try {
    return parseAnyXml(text);
  } catch {
    return undefined;
  }
}

it('is never seen in what a document is read as', () => {
  const pieces = fc.array(fc.constantFrom(...wellFormed), { minLength: 1, maxLength: 60 });
  fc.assert(
    fc.property(pieces, pieces, (first, second) => {
      const versions = new XmlVersions();
      expect(versions.parse(write(first))).toEqual(read(write(first)));
      expect(versions.parse(write(second))).toEqual(read(write(second)));
    }),
    { numRuns: 150 },
  );
});

it('makes no faulty document a good one', () => {
  const pieces = fc.array(fc.constantFrom(...wellFormed), { minLength: 1, maxLength: 30 });
  fc.assert(
    fc.property(pieces, fc.constantFrom(...faulty), (good, bad) => {
      const text = write([...good, bad, ...good]);
      expect(read(text)).toBe(undefined);
      expect(parseDirectly(text, defaultXmlLimits)).toBe(undefined);
    }),
    { numRuns: 150 },
  );
});

it('keeps what repeats once, counts it as often as it is there, and goes no deeper than is allowed', () => {
  const text = write(['<a>1</a>', '<a>1</a>']);
  const children = parseDirectly(text, defaultXmlLimits)?.root.children as readonly XmlElement[];
  expect(children[1]).toBe(children[0]);
  // The root, the filling and its text, and two elements with a text each.
  expect(parseDirectly(text, { ...defaultXmlLimits, maxNodes: 7 })).toBeDefined();
  expect(parseDirectly(text, { ...defaultXmlLimits, maxNodes: 6 })).toBe(undefined);
  const deep = write(['<a>1</a>', '<b><a>1</a></b>']);
  expect(parseDirectly(deep, { ...defaultXmlLimits, maxDepth: 3 })).toBeDefined();
  expect(parseDirectly(deep, { ...defaultXmlLimits, maxDepth: 2 })).toBe(undefined);
});
