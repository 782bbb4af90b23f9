import fc from 'fast-check';
import { describe, expect, it } from 'vitest';
import { decodeFileName, FileNames } from '../../src/objects/file-name.ts';

const id = fc.oneof(
  fc.string({ unit: 'grapheme', minLength: 1, maxLength: 255 }),
  fc.string({ unit: fc.constantFrom('a', 'A', '.', ' ', '%', '/', '+', 'é', 'e\u0301', '𝄞', '2', '5'), minLength: 1 }),
  fc.constantFrom(
    'con',
    'NUL.txt',
    'Com1',
    'aux.',
    '..',
    '.git',
    'x'.repeat(255),
    '日'.repeat(255),
    '/'.repeat(255),
    'a.xml',
    '.JSON',
  ),
  fc.stringMatching(/^[ .%]{201,255}$/),
);

function idOf(names: readonly string[]): string {
  return names.map((name) => decodeFileName(name).part).join('');
}

describe('the file name of an id', () => {
  it('gives the id back', () => {
    fc.assert(
      fc.property(fc.uniqueArray(id, { maxLength: 8 }), (ids) => {
        const names = new FileNames();
        expect(ids.map((each) => idOf(names.nameFor(each)))).toEqual(ids);
      }),
    );
  });

  it('can be the name of a file everywhere, and says where it goes on', () => {
    fc.assert(
      fc.property(fc.uniqueArray(id, { maxLength: 8 }), (ids) => {
        const given = new FileNames();
        for (const each of ids) {
          const names = given.nameFor(each);
          expect(names.map((name) => decodeFileName(name).continues)).toEqual(
            names.map((_, at) => at < names.length - 1),
          );
          for (const name of names) {
            expect(name).not.toMatch(
              /[/\\:*?"<>|\p{Cc}]|^[. ]|[. ]$|^(con|prn|aux|nul|com\d|lpt\d)(\.|$)|\.(xml|json|csv|tsv)$/iu,
            );
            expect(Buffer.byteLength(name)).toBeLessThanOrEqual(220);
          }
        }
      }),
    );
  });

  it('differs from all others in its folder by more than case or Unicode form', () => {
    fc.assert(
      fc.property(fc.uniqueArray(id, { maxLength: 12 }), (ids) => {
        const names = new FileNames();
        const folded = ids.map((each) => names.nameFor(each).join('/').normalize('NFC').toLowerCase());
        expect(new Set(folded).size).toBe(ids.length);
      }),
    );
  });

  it.each(['11 Com', "Barnard's star", 'BD+20 2457', 'München', 'a.b.c', 'UZ For (AB)'])(
    'is the id itself for %s',
    (plain) => {
      expect(new FileNames().nameFor(plain)).toEqual([plain]);
    },
  );

  it.each(['100%', '50%zz', '%e9', 'a%2'])('that people made stands for itself: %s', (name) => {
    expect(decodeFileName(name)).toEqual({ part: name, continues: false });
  });
});
