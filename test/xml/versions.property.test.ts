import fc from 'fast-check';
import { describe, expect, it } from 'vitest';
import { canonicalXml } from '../../src/xml/canonical.ts';
import { withoutRepeatedDeclarations } from '../../src/xml/declarations.ts';
import { defaultXmlLimits } from '../../src/xml/limits.ts';
import { parseAnyXml, parseXml } from '../../src/xml/parse.ts';
import { serializeXml } from '../../src/xml/serialize.ts';
import { XmlVersions } from '../../src/xml/versions.ts';
import { changesOf } from './arbitrary-plain-text.ts';
import { documentText } from './arbitrary-document.ts';

const record = fc.tuple(
  fc.constantFrom('', ' id="1"', ' id="2"', ' xmlns="urn:a"', ' xmlns:p="urn:b"'),
  fc.constantFrom('one', 'two', 'three', '&amp;', '<![CDATA[<]]>', '<!--c-->', '<p>1</p>'),
);
const prolog = fc.constantFrom('', ' xmlns="urn:c"', ' xmlns:p="urn:p"');
// What is short is not shared; blanks behind the root make it long.
const padding = '\n'.repeat(33_000);
/** Lists of records. */
const list = fc
  .tuple(prolog, fc.array(record, { maxLength: 8 }), fc.constantFrom('', '<group>', '<group xmlns="urn:d">'))
  .map(([declared, records, group]) => {
    const written = records.map(
      ([start, text]) => `<record${start}><name>the name of it</name><p>${text}</p></record>`,
    );
    return `<list${declared}>\n${group}${written.join('\n')}${group === '' ? '' : '</group>'}</list>`;
  });

function outcome(parse: () => unknown): unknown {
  try {
    return parse();
  } catch (error) {
    return String(error);
  }
}

describe('a version that is parsed beside another one', () => {
  it.each([
    ['lists of records', list, list],
    ['documents and what became of them', documentText, documentText],
    ['lists with faults', list, changesOf(list)],
  ] as const)(
    'is what it is when parsed alone: %s',
    (_what, first: fc.Arbitrary<string>, second: fc.Arbitrary<string>) => {
      fc.assert(
        fc.property(first, second, (one, other) => {
          const versions = new XmlVersions();
          expect(outcome(() => versions.parse(one + padding))).toEqual(outcome(() => parseAnyXml(one)));
          const there = outcome(() => versions.parse(other));
          expect(there).toEqual(outcome(() => parseAnyXml(other)));
        }),
        { numRuns: 2000 },
      );
    },
  );

  it('says the same of its namespaces', () => {
    fc.assert(
      fc.property(list, list, (one, other) => {
        const versions = new XmlVersions();
        versions.parse(one + padding);
        const stripped = withoutRepeatedDeclarations(versions.parse(other));
        expect(stripped).toEqual(withoutRepeatedDeclarations(parseXml(other)));
        expect(canonicalXml(parseXml(serializeXml(stripped)))).toBe(canonicalXml(parseXml(other)));
      }),
      { numRuns: 1000 },
    );
  });

  it('shares what is written the same, wherever it stands now', () => {
    const parts = ['one', 'two', 'three'].map(
      (name) => `<record id="${name}"><name>the name of ${name}</name></record>`,
    );
    const versions = new XmlVersions();
    const before = versions.parse(`<list>${parts.join('')}</list>${padding}`).root.children;
    const after = versions.parse(`<list>${parts.toReversed().join('<new/>')}</list>`).root.children;
    expect(after[0]).toBe(before[2]);
    expect(after[2]).toBe(before[1]);
    expect(after[4]).toBe(before[0]);
  });

  it('is bound by the limits in what it shares', () => {
    const part = '<record id="1"><name>the name of it</name></record>';
    const versions = new XmlVersions({ ...defaultXmlLimits, maxNodes: 5 });
    versions.parse(`<list>${part}</list>${padding}`);
    expect(() => versions.parse(`<list>${part}${part}</list>`)).toThrow(/maxNodes/);
  });
});
