import fc from 'fast-check';
import { describe, expect, it } from 'vitest';
import { RequestError } from '../../src/errors/concord-error.ts';
import { canonicalXml } from '../../src/xml/canonical.ts';
import type { XmlLimits } from '../../src/xml/limits.ts';
import { defaultXmlLimits, widestXmlLimits } from '../../src/xml/limits.ts';
import { parseXml } from '../../src/xml/parse.ts';
import { serializeXml } from '../../src/xml/serialize.ts';
import { applyModifications } from '../../src/xupdate/apply.ts';
import { diffTexts } from '../../src/xupdate/diff-texts.ts';
import { diffWithin } from '../../src/xupdate/diff-within.ts';
import { parseModifications } from '../../src/xupdate/parse-modifications.ts';
import { editedDocument } from './arbitrary-edit.ts';

const nested = (depth: number, inside: string, name = 'a'): string =>
  `<${name}>`.repeat(depth) + inside + `</${name}>`.repeat(depth);

/** The canonical document that the delta makes of the first, all within the limits. */
function patched(before: string, after: string, limits: XmlLimits = defaultXmlLimits): string {
  const [old, fresh] = [parseXml(before, limits), parseXml(after, limits)];
  const modifications = parseModifications(diffWithin(old, fresh, limits), 'peer', limits);
  return canonicalXml(applyModifications(old, modifications, { limits }));
}

describe('a delta within limits', () => {
  it.each([254, 255, 256])('is there for documents of a depth of %i, whatever differs', (depth) => {
    const old = nested(depth, 'x');
    const others = [nested(depth, 'y'), nested(depth, '<!--c-->'), nested(depth, '<?t u?>'), nested(depth, ' ')];
    const more = [
      nested(depth, '', 'b'),
      nested(depth, 'x').replace('<a>', '<a xmlns="urn:a">'),
      nested(depth - 1, '<u:a xmlns:u="http://www.xmldb.org/xupdate" k="1"> <!--c--></u:a>'),
      nested(depth - 1, '<u:a xmlns:u="http://www.xmldb.org/xupdate"> x</u:a>', 'b'),
    ];
    for (const other of [...others, ...more]) {
      expect(patched(old, other)).toBe(canonicalXml(parseXml(other)));
      expect(patched(other, old)).toBe(canonicalXml(parseXml(old)));
    }
  });

  it('still makes no document that is deeper than the limit', () => {
    const modifications = `<xu:modifications version="1.0" xmlns:xu="http://www.xmldb.org/xupdate"><xu:update select="/">${nested(257, '')}</xu:update></xu:modifications>`;
    expect(() => applyModifications(parseXml('<a/>'), parseModifications(modifications))).toThrow(/256 levels/);
  });

  it.each([
    [
      'long keys',
      (text: string) =>
        Array.from({ length: 50 }, () => 0).reduce((inside) => `<a id="${'k'.repeat(200)}">${inside}</a>`, text),
    ],
    [
      'keys of many quotes',
      (text: string) => `<r><a id="${`'&quot;`.repeat(40)}">${text}</a><b>${'z'.repeat(2_000)}</b></r>`,
    ],
  ])('selects nothing by what no select may be: %s', (_, documentOf) => {
    const [old, fresh] = [documentOf('x'), documentOf('y')];
    expect(patched(old, fresh)).toBe(canonicalXml(parseXml(fresh)));
  });

  it('selects nothing by more steps than a select may have, where documents may be deeper', () => {
    const limits = { ...defaultXmlLimits, maxDepth: 400 };
    const fresh = nested(400, 'y');
    expect(patched(nested(400, 'x'), fresh, limits)).toBe(canonicalXml(parseXml(fresh, limits)));
  });

  it('selects nothing so where the texts are compared alone', () => {
    const name = 'n'.repeat(60);
    const texts = ['x', 'y'].map((text) => nested(150, `${text}${'z'.repeat(60)}`, name));
    expect(diffTexts(texts[0] ?? '', texts[1] ?? '')).toBeUndefined();
    expect(patched(texts[0] ?? '', texts[1] ?? '')).toBe(texts[1]);
  });

  it('is refused where neither it nor the whole document can be one', () => {
    const limits = { ...defaultXmlLimits, maxOctets: 200 };
    const [old, fresh] = [parseXml('<a/>', limits), parseXml(`<b>${'x'.repeat(190)}</b>`, limits)];
    expect(() => diffWithin(old, fresh, limits)).toThrow(/no delta of these within the limits: .*200 octets/);
    const many = parseXml(`<b>${'<c/>'.repeat(40)}</b>`, limits);
    expect(() => diffWithin(parseXml('<b/>'), many, limits)).toThrow(/no delta of these within the limits/);
  });

  it('is applied or refused, for any two documents and however narrow the limits are in which these are', () => {
    let refused = 0;
    fc.assert(
      fc.property(editedDocument, fc.nat(3), fc.nat(400), fc.nat(12), ([before, after], slack, octets, nodes) => {
        const texts = [before, after].map(serializeXml) as [string, string];
        const sizes = texts.map((text) => Buffer.byteLength(text));
        const limits: XmlLimits = {
          ...widestXmlLimits,
          maxOctets: Math.max(...sizes) + octets,
          maxDepth: Math.max(...[before, after].map(({ root }) => depthOf(root))) + (slack % 2),
          maxAttributes: 8 + slack,
          maxNodes: Math.max(...[before, after].map(({ root }) => nodesIn(root))) + nodes,
        };
        if (texts.some((text) => !isWithin(text, limits))) return;
        try {
          const [old, fresh] = [parseXml(texts[0], limits), parseXml(texts[1], limits)];
          if (diffWithin(old, fresh, limits) === '') return;
        } catch (error) {
          expect(error).toBeInstanceOf(RequestError);
          refused++;
          return;
        }
        expect(patched(...texts, limits)).toBe(canonicalXml(after));
      }),
      { numRuns: 1000 },
    );
    expect(refused).toBeGreaterThan(10);
  });
});

function depthOf(node: { readonly children?: readonly object[] }): number {
  return 'children' in node ? 1 + Math.max(0, ...(node.children ?? []).map((child) => depthOf(child))) : 0;
}

function nodesIn(node: { readonly children?: readonly object[] }): number {
  return (node.children ?? []).reduce((sum: number, child) => sum + nodesIn(child), 1);
}

function isWithin(text: string, limits: XmlLimits): boolean {
  try {
    parseXml(text, limits);
    return true;
  } catch {
    return false;
  }
}
