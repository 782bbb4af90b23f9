import fc from 'fast-check';
import { describe, expect, it } from 'vitest';
import { canonicalXml, canonicalize } from '../../src/xml/canonical.ts';
import { defaultXmlLimits } from '../../src/xml/limits.ts';
import { parseXml } from '../../src/xml/parse.ts';
import { applyModifications } from '../../src/xupdate/apply.ts';
import { applyToText } from '../../src/xupdate/apply-to-text.ts';
import { diff } from '../../src/xupdate/diff.ts';
import { diffTexts } from '../../src/xupdate/diff-texts.ts';
import { parseModifications } from '../../src/xupdate/parse-modifications.ts';
import { plainText } from '../xml/arbitrary-plain-text.ts';
import { editedDocument, records } from './arbitrary-edit.ts';

const text = fc.constantFrom(
  '',
  '1',
  'two words',
  ' ',
  '\n  ',
  '&#xD;',
  ' &#xD;\n',
  '&amp;',
  'a&lt;b &gt; c',
  `"it's"`,
  '/a',
);
const attributes = fc.constantFrom(
  '',
  '',
  '',
  ' id="1"',
  ' id="2"',
  ' gid="g" id="1"',
  ` id="it's"`,
  ' a=">" id="1"',
  ' a="b>"',
  ' unit="m"',
  ' id="&quot;"',
);
const name = fc.constantFrom('a', 'ab', 'b', 'c', 'd', 'e');

interface Node {
  readonly name: string;
  readonly attributes: string;
  readonly blank: string;
  readonly texts: readonly [string, string];
  readonly children: readonly Node[];
}

/** An element in two versions: they differ in texts only. */
const { node } = fc.letrec<{ readonly node: Node }>((tie) => ({
  node: fc.record({
    name,
    attributes,
    blank: fc.constantFrom('', '', '\n  ', 'mixed'),
    texts: fc.oneof(
      { weight: 3, arbitrary: text.map((same) => [same, same] as const) },
      { weight: 1, arbitrary: fc.tuple(text, text) },
    ),
    children: fc.oneof({ depthSize: 'small' }, fc.constant([]), fc.array(tie('node'), { maxLength: 4 })),
  }),
}));

function written({ name, attributes, blank, texts, children }: Node, version: 0 | 1): string {
  const inside = children.map((child) => blank + written(child, version)).join('') || texts[version];
  return `<${name}${attributes}>${inside}</${name}>`;
}

// So long that the whole document is never the shorter form.
const filler = `<filler>${'words '.repeat(2000)}</filler>`;
const versions = node.map((root) => {
  const version = (number: 0 | 1): string => `<root>${written(root, number)}${filler}</root>`;
  return [version(0), version(1)] as const;
});

function expectDifference(before: string, after: string): string | undefined {
  const delta = diffTexts(before, after);
  if (delta !== undefined) expect(delta).toBe(diff(parseXml(before), parseXml(after)));
  return delta;
}

function expectApplied(document: string, delta: string): string | undefined {
  const applied = applyToText(document, delta, defaultXmlLimits);
  if (applied !== undefined) expect(canonicalize(applied)).toBe(applied);
  return applied;
}

describe('the difference of two texts', () => {
  it('is what the documents differ in, to the byte, or nothing is said', () => {
    fc.assert(
      fc.property(versions, ([before, after]) => {
        expectDifference(before, after);
      }),
      { numRuns: 3000 },
    );
  });

  it('is right for whatever else documents have', () => {
    fc.assert(
      fc.property(editedDocument, records, records, plainText, (edited, one, other, plain) => {
        const [before, after] = edited.map(canonicalXml);
        expectDifference(before ?? '', after ?? '');
        expectDifference(canonicalXml(one), canonicalXml(other));
        expectDifference(plain, before ?? '');
      }),
      { numRuns: 500 },
    );
  });

  it('is said of a record in which fields have changed', () => {
    const before =
      '<r><a>1</a><b unit="m">2</b><c></c><d id="7"><e>5</e></d><f>some words that do not change at all</f></r>';
    const after = before.replace('2', '&lt;3').replace('<c>', '<c>new').replace('5', '');
    const update = '<xu:append select="/r/c">new</xu:append><xu:update select="/r/b">&lt;3</xu:update>';
    expect(expectDifference(before, after)).toBeUndefined();
    const long = (text: string): string => text.replace('some', 'some '.repeat(200));
    const delta = expectDifference(long(before).replaceAll('&', ''), long(after).replaceAll('&lt;', ''));
    expect(delta).toContain(update.replace('&lt;', ''));
    expect(delta).toContain(`<xu:update select="/r/d[@id='7']/e"/>`);
  });

  it('is not said where it is not certain which element has changed', () => {
    expect(diffTexts('<r><a>1</a><a>2</a></r>', '<r><a>1</a><a>3</a></r>')).toBeUndefined();
    expect(diffTexts('<r>1<a></a></r>', '<r>2<a></a></r>')).toBeUndefined();
    expect(diffTexts('<r><a>1</a></r>', '<r><b>1</b></r>')).toBeUndefined();
    expect(diffTexts('<r xmlns="u"><a>1</a></r>', '<r xmlns="u"><a>2</a></r>')).toBeUndefined();
  });
});

describe('modifications applied to a text', () => {
  it('are what they are for the document, where names tell what is meant', () => {
    fc.assert(
      fc.property(versions, ([before, after]) => {
        const delta = diff(parseXml(before), parseXml(after));
        const applied = delta === '' ? undefined : expectApplied(before, delta);
        const names = [...before.matchAll(/<(\w+)/g)].map(([, each]) => each);
        if (applied !== undefined && new Set(names).size === names.length) expect(applied).toBe(after);
      }),
      { numRuns: 2000 },
    );
  });

  it('give a canonical document within the limits, or nothing', () => {
    const begin = '<xu:modifications version="1.0" xmlns:xu="http://www.xmldb.org/xupdate">';
    const piece = fc.constantFrom(
      ...['a', '&amp;', '&#65;', '>', '\r', '<b/>', '</xu:update>', '&', '\uFFFE', '', ' '],
    );
    fc.assert(
      fc.property(fc.array(piece, { maxLength: 4 }), (pieces) => {
        const delta = `${begin}<xu:update select="/r/a">${pieces.join('')}</xu:update></xu:modifications>`;
        expectApplied('<r><a>1</a></r>', delta);
      }),
    );
    const delta = `${begin}<xu:update select="/r/a">1234567890</xu:update></xu:modifications>`;
    expect(applyToText('<r><a>1</a></r>', delta, { ...defaultXmlLimits, maxOctets: 30 })).toBeUndefined();
    expect(applyToText('<r><a>1</a></r>', delta, defaultXmlLimits)).toBe('<r><a>1234567890</a></r>');
    expect(applyToText('<r><a>1<b></b></a></r>', delta, defaultXmlLimits)).toBeUndefined();
    const peer = parseModifications(delta, 'peer');
    expect(canonicalXml(applyModifications(parseXml('<r><a>1</a></r>'), peer))).toBe('<r><a>1234567890</a></r>');
  });
});
