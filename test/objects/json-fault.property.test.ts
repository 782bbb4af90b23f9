import fc from 'fast-check';
import { describe, expect, it } from 'vitest';
import { lineOfJsonFault } from '../../src/objects/json-fault.ts';

function isJson(text: string): boolean {
  try {
    JSON.parse(text);
    return true;
  } catch {
    return false;
  }
}

describe('the line of a fault in JSON', () => {
  it('is not there when there is no fault', () => {
    fc.assert(
      fc.property(fc.json(), fc.constantFrom(undefined, 1, '\t'), (json, space) => {
        expect(lineOfJsonFault(JSON.stringify(JSON.parse(json), undefined, space))).toBeUndefined();
      }),
    );
  });

  it('is there just when JSON.parse refuses the text', () => {
    const piece = fc.constantFrom(
      ...Array.from('{}[],:"\\\n '),
      '""',
      '"a"',
      '1',
      '01',
      '-',
      '1.',
      '1e5',
      'true',
      'nul',
      '\u0001',
      'é',
    );
    fc.assert(
      fc.property(fc.array(piece, { maxLength: 9 }), (pieces) => {
        const text = pieces.join('');
        expect(lineOfJsonFault(text) === undefined).toBe(isJson(text));
      }),
      { numRuns: 3000 },
    );
  });

  it.each([
    ['{\n"a": 1,\n}', 3],
    ['[1\n2]', 2],
    ['{"a"\n\n:\nundefined}', 4],
    ['[1,\n2\n', 3],
    ['', 1],
  ])('of %j is %i', (text, line) => {
    expect(lineOfJsonFault(text)).toBe(line);
  });
});
