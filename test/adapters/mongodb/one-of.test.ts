import { describe, expect, it } from 'vitest';
import { oneOf } from '../../../src/adapters/mongodb/one-of.ts';

describe('the condition that a field has one of some values', () => {
  it('is the value alone where there is one', () => {
    expect(oneOf(['a'])).toBe('a');
  });

  it('is met by nothing where there is none', () => {
    expect(oneOf([])).toEqual({ $in: [] });
  });

  it('has bounds before the list, which say at once that a row has none of them', () => {
    const condition = oneOf(['b', 'ä', 'a', 'c']);
    expect(condition).toEqual({ $gte: 'a', $lte: 'ä', $in: ['b', 'ä', 'a', 'c'] });
    expect(Object.keys(condition)).toEqual(['$gte', '$lte', '$in']);
  });

  it('has no bounds where the server orders otherwise than JavaScript does', () => {
    // By code points the smile comes last, by units of UTF-16 the private character does.
    const values = ['a', '\u{1f600}', '\ue000'];
    expect(oneOf(values)).toEqual({ $in: values });
  });
});
