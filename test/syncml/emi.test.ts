import fc from 'fast-check';
import { describe, expect, it } from 'vitest';
import { decodeEmi, encodeEmi } from '../../src/syncml/emi.ts';

describe('EMI tokens', () => {
  it('give back the entries that have a value', () => {
    const key = fc.stringMatching(/^[a-z_]{1,8}$/);
    fc.assert(
      fc.property(fc.dictionary(key, fc.option(fc.string(), { nil: undefined })), (entries) => {
        const kept = Object.entries(entries).filter(([, value]) => value !== undefined);
        const emi = decodeEmi(encodeEmi(entries));
        expect(Object.keys(entries).filter(emi.has)).toEqual(kept.map(([name]) => name));
        for (const [name, value] of kept) expect(emi.get(name)).toBe(value);
      }),
    );
  });

  it('may hold further equals signs in the value', () => {
    expect(decodeEmi(['base=a=b=']).get('base')).toBe('a=b=');
  });

  it('are entries with an empty value when they have no equals sign', () => {
    expect(decodeEmi(['closed']).get('closed')).toBe('');
  });

  it('count once, with the last value, when a key is repeated', () => {
    const emi = decodeEmi(['n=1', 'm=2', 'n=3']);
    expect([emi.get('n'), emi.get('m')]).toEqual(['3', '2']);
  });

  it('are none where there is no EMI', () => {
    expect(decodeEmi(undefined).has('n')).toBe(false);
  });

  it('are told from those whose keys only begin alike', () => {
    const emi = decodeEmi(['number=1', 'n']);
    expect([emi.get('n'), emi.get('num'), emi.get('number')]).toEqual(['', undefined, '1']);
  });
});
