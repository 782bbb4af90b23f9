import fc from 'fast-check';
import { describe, expect, it } from 'vitest';
import { parseXml } from '../../src/xml/parse.ts';
import { NodeComparison } from '../../src/xupdate/equality.ts';

const value = fc.string({ minLength: 1, maxLength: 2, unit: fc.constantFrom('1', '2', 'A', 'B', 'Q', 'R', 'a', 'b') });
const fields = fc.tuple(value, value, value);

describe('the numbers of small records', () => {
  it.each([
    ['attributes', ([n, p, q]: readonly string[]) => `<i n="${n}" p="${p}" q="${q}"/>`],
    ['elements', ([n, p, q]: readonly string[]) => `<i><n>${n}</n><p>${p}</p><q>${q}</q></i>`],
  ])('differ where the records do: %s', (_form, write) => {
    fc.assert(
      fc.property(fields, fields, (left, right) => {
        fc.pre(left.join(' ') !== right.join(' '));
        const nodes = new NodeComparison();
        const [one, other] = [left, right].map((each) => nodes.hash(parseXml(write(each)).root));
        expect(one).not.toBe(other);
      }),
      { numRuns: 20_000 },
    );
  });
});
