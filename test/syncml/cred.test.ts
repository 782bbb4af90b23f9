import fc from 'fast-check';
import { describe, expect, it } from 'vitest';
import { basicChal, basicCred, readChal, readCred, tokenChal, tokenCred } from '../../src/syncml/cred.ts';

describe('credentials', () => {
  it('keeps every character of a user name without colon and of any password', () => {
    const text = fc.string({ unit: 'grapheme' });
    fc.assert(
      fc.property(text, text, (user, password) => {
        fc.pre(!user.includes(':'));
        expect(readCred(basicCred(user, password))).toEqual({ kind: 'basic', user, password });
      }),
    );
  });

  it('ends the user name at the first colon, so that passwords may hold colons', () => {
    expect(readCred({ data: 'dTphOmI=' })).toEqual({ kind: 'basic', user: 'u', password: 'a:b' });
  });

  it('takes a credential without type for a basic one', () => {
    expect(readCred({ meta: {}, data: 'dTpw' })).toEqual({ kind: 'basic', user: 'u', password: 'p' });
  });

  it('takes base64 that was broken into lines', () => {
    expect(readCred({ data: 'dT\r\n pw ' })).toEqual({ kind: 'basic', user: 'u', password: 'p' });
  });

  it('hands a token through as it is', () => {
    expect(readCred(tokenCred('abc_-123'))).toEqual({ kind: 'token', token: 'abc_-123' });
  });

  it.each([
    ['another scheme', { meta: { type: 'syncml:auth-md5' }, data: 'x2EHlRSZiRM209YwocVlVg==' }, 'syncml:auth-md5'],
    ['no base64', { data: 'u:p' }, 'syncml:auth-basic'],
    ['no colon', { data: 'dXA=' }, 'syncml:auth-basic'],
    ['no UTF-8', { data: '/zr/' }, 'syncml:auth-basic'],
  ])('does not support %s', (_, cred, type) => {
    expect(readCred(cred)).toEqual({ kind: 'unsupported', type });
  });

  it('tells the challenges apart', () => {
    expect(readChal(basicChal())).toBe('basic');
    expect(readChal(tokenChal())).toBe('token');
    expect(readChal({ meta: { type: 'syncml:auth-md5', nextNonce: 'YQ==' } })).toBe('unsupported');
  });
});
