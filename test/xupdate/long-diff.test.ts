import { describe, expect, it } from 'vitest';
import { parseAnyXml, parseXml } from '../../src/xml/parse.ts';
import type { XmlDocument } from '../../src/xml/tree.ts';
import { applyModifications } from '../../src/xupdate/apply.ts';
import { diff, wholeDocument } from '../../src/xupdate/diff.ts';
import { parseModifications } from '../../src/xupdate/parse-modifications.ts';

const COUNT = 3000;

function list(record: (number: number) => string): string {
  return `<list>${Array.from({ length: COUNT }, (_, number) => record(number)).join('')}</list>`;
}

/** How each is read: so that its size is known, as of a text that was parsed, and so that it is not. */
const readings = [
  ['of a known size', parseXml],
  ['of a size that nobody has counted', parseAnyXml],
] as const;

describe.each(readings)('the difference of two long documents %s', (_, read: (text: string) => XmlDocument) => {
  it('is what puts the whole document where everything stands in another place', () => {
    const records = (order: (number: number) => number): string =>
      list((number) => `<record id="r${order(number)}"><name>Record ${order(number)}</name></record>`);
    const before = read(records((number) => number));
    const after = read(records((number) => COUNT - 1 - number));
    expect(diff(before, after)).toBe(wholeDocument(before, after));
  });

  it('counts octets, not characters: of two that are as long, the one in Latin letters is shorter', () => {
    const records = (state: string): string =>
      list((number) => `<record id="r${number}" a="${state}" b="${state}" c="${state}">${'名'.repeat(80)}</record>`);
    const before = read(records('1'));
    const after = read(records('2'));
    const [delta, whole] = [diff(before, after), wholeDocument(before, after)];
    expect(delta.length).toBeGreaterThan(whole.length);
    expect(Buffer.byteLength(delta)).toBeLessThan(Buffer.byteLength(whole));
    expect(applyModifications(before, parseModifications(delta))).toEqual(after);
  });
});
