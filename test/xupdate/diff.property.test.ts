import fc from 'fast-check';
import { describe, expect, it } from 'vitest';
import { canonicalXml } from '../../src/xml/canonical.ts';
import { parseXml } from '../../src/xml/parse.ts';
import { serializeXml } from '../../src/xml/serialize.ts';
import type { XmlDocument } from '../../src/xml/tree.ts';
import { applyModifications } from '../../src/xupdate/apply.ts';
import { diffTexts } from '../../src/xupdate/diff-texts.ts';
import { diff } from '../../src/xupdate/diff.ts';
import { parseModifications } from '../../src/xupdate/parse-modifications.ts';
import { document } from '../xml/arbitrary-document.ts';
import { editedDocument, records } from './arbitrary-edit.ts';

function patch(before: XmlDocument, delta: string): XmlDocument {
  return delta === '' ? before : applyModifications(before, parseModifications(delta, 'peer'));
}

function expectRoundTrip(before: XmlDocument, after: XmlDocument): void {
  const delta = diff(before, after);
  const result = patch(before, delta);
  const context = `${serializeXml(before)}\n${delta}\n`;
  expect(context + canonicalXml(result)).toBe(context + canonicalXml(after));
  expect(parseXml(serializeXml(result))).toEqual(result);
}

/** Names of more octets than characters, which selects repeat, beside characters of one octet. */
const wide = fc
  .tuple(fc.integer({ min: 1, max: 40 }), fc.integer({ min: 1, max: 6 }), fc.nat(400))
  .map(([length, count, filling]): [XmlDocument, XmlDocument] => {
    const of = (text: string): XmlDocument => {
      const name = '名'.repeat(length);
      const fields = Array.from({ length: count }, (_, at) => `<f${at}>${text}</f${at}>`).join('');
      return parseXml(`<r><${name}>${fields}</${name}><g>${'g'.repeat(filling)}</g></r>`);
    };
    return [of('1'), of('2')];
  });

describe('the difference of two documents', () => {
  it('makes the second of the first, for any two', () => {
    fc.assert(fc.property(document, document, expectRoundTrip), { numRuns: 1500 });
  });

  it('makes an edited document of the one before the edits', () => {
    fc.assert(
      fc.property(editedDocument, ([before, after]) => {
        expectRoundTrip(before, after);
        expectRoundTrip(after, before);
      }),
      { numRuns: 2500 },
    );
  });

  it('makes lists of records into each other, with and without keys, indented or not', () => {
    fc.assert(fc.property(records, records, expectRoundTrip), { numRuns: 1500 });
  });

  it('is empty for canonically equal documents, and only for these', () => {
    fc.assert(
      fc.property(document, document, (before, after) => {
        expect(diff(before, parseXml(canonicalXml(before)))).toBe('');
        expect(diff(before, after) === '').toBe(canonicalXml(before) === canonicalXml(after));
      }),
    );
  });

  it('has never more octets than what puts the whole document', () => {
    // A root in another namespace cannot stay, so nothing of it does.
    const nothing = parseXml('<none xmlns="urn:none"/>');
    fc.assert(
      fc.property(fc.oneof(editedDocument, fc.tuple(document, document), fc.tuple(records, records), wide), (pair) => {
        const [before, after] = pair;
        const delta = diff(before, after);
        const whole = diff(nothing, after);
        const context = `${serializeXml(before)}\n${delta}\n${whole}`;
        expect(Buffer.byteLength(delta), context).toBeLessThanOrEqual(Buffer.byteLength(whole));
        const fromTexts = diffTexts(canonicalXml(before), canonicalXml(after)) ?? '';
        expect(Buffer.byteLength(fromTexts), context).toBeLessThanOrEqual(Buffer.byteLength(whole));
      }),
      { numRuns: 1500 },
    );
  });

  it('has the same bytes for the same pair', () => {
    fc.assert(
      fc.property(editedDocument, ([before, after]) => {
        const again = [before, after].map((tree) => parseXml(canonicalXml(tree)));
        expect(diff(again[0] ?? before, again[1] ?? after)).toBe(
          diff(parseXml(canonicalXml(before)), parseXml(canonicalXml(after))),
        );
      }),
      { numRuns: 200 },
    );
  });
});
