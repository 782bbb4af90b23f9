import fc from 'fast-check';
import { describe, expect, it } from 'vitest';
import { ColumnOrder } from '../../../src/use-cases/transfer/column-order.ts';

function orderOf(objects: readonly (readonly string[])[]): readonly string[] {
  const columns = new ColumnOrder();
  for (const names of objects) columns.add(names);
  return columns.names();
}

const letters = Array.from('abcdefgh');

describe('the order of columns', () => {
  it('is that of each object, where one order is that of all', () => {
    const table = fc.shuffledSubarray(letters, { minLength: 8 });
    const parts = table.chain((all) => fc.array(fc.subarray(all), { maxLength: 8 }));
    fc.assert(
      fc.property(parts, (objects) => {
        const order = orderOf(objects);
        for (const names of objects) expect(order.filter((name) => names.includes(name))).toEqual(names);
      }),
    );
  });

  it('has each name once, also where the objects contradict each other', () => {
    fc.assert(
      fc.property(fc.array(fc.shuffledSubarray(letters)), (objects) => {
        expect([...orderOf(objects)].sort()).toEqual([...new Set(objects.flat())].sort());
      }),
    );
  });

  it('is that of the first object where nothing else is said', () => {
    expect(orderOf([['b', 'a'], ['c'], ['a', 'd']])).toEqual(['b', 'a', 'c', 'd']);
  });
});
