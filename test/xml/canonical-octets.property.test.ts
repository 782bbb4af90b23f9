import fc from 'fast-check';
import { expect, it } from 'vitest';
import { mostOctets } from '../../src/xml/canonical-octets.ts';
import { canonicalXml } from '../../src/xml/canonical.ts';
import { withoutRepeatedDeclarations } from '../../src/xml/declarations.ts';
import { parseXml } from '../../src/xml/parse.ts';
import { document } from './arbitrary-document.ts';

it('counts the octets of the canonical form without making it, and never too few', () => {
  fc.assert(
    fc.property(document, (any) => {
      const octets = Buffer.byteLength(canonicalXml(any));
      expect(mostOctets(any)).toBeGreaterThanOrEqual(octets);
      const isExact = withoutRepeatedDeclarations(any).root.declarations.length === 0;
      if (isExact && !/<\?\w+\?>|xmlns/.test(canonicalXml(any))) expect(mostOctets(any)).toBe(octets);
    }),
    { numRuns: 500 },
  );
});

it('counts what is escaped and what is not of ASCII', () => {
  for (const text of ['<a b="&#10;&quot;&amp;">&gt;&#13;é€😀</a>', '<a><!--é--><?p q?></a>'])
    expect(mostOctets(parseXml(text))).toBe(Buffer.byteLength(canonicalXml(parseXml(text))));
});
