import fc from 'fast-check';
import { expect, test } from 'vitest';
import { NumberTable } from '../../src/xupdate/number-table.ts';

const numbers = fc.array(fc.oneof(fc.integer({ min: -4, max: 4 }), fc.integer()), { maxLength: 60 });
const changes = fc.array(fc.record({ pick: fc.nat(), place: fc.integer({ min: -1, max: 100_000 }) }));

test('a table of numbers says the same as a map', () => {
  fc.assert(
    fc.property(numbers, changes, numbers, (known, puts, others) => {
      const table = new NumberTable(known.length);
      const map = new Map<number, number>();
      for (const { pick, place } of puts) {
        const number = known[pick % Math.max(known.length, 1)];
        if (number === undefined) continue;
        expect(table.put(number, place)).toBe(map.get(number) ?? -1);
        map.set(number, place);
      }
      for (const number of [...known, ...others]) expect(table.get(number)).toBe(map.get(number) ?? -1);
    }),
  );
});
