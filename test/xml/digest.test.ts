import { expect, it } from 'vitest';
import { digestOfText, parseDigest } from '../../src/xml/digest.ts';

it('is the SHA-256 of the UTF-8 octets, in base64url', () => {
  expect(digestOfText('')).toBe('47DEQpj8HBSa-_TImW-5JCeuQeRkm5NMpJWZG3hSuFU');
});

it('is read back from its text', () => {
  const digest = digestOfText('é');
  expect(parseDigest(digest)).toBe(digest);
});

it.each(['', 'short', `${'A'.repeat(42)}B`, `${'A'.repeat(43)}A`, `${'A'.repeat(42)}=`, `${'A'.repeat(42)}A\n`])(
  'is not %j',
  (text) => {
    expect(parseDigest(text)).toBeUndefined();
  },
);
