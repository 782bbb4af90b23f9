import { describe, expect, it } from 'vitest';
import { parseXml } from '../../src/xml/parse.ts';
import { serializeInPieces, serializeXml } from '../../src/xml/serialize.ts';

const record = `<record id="r"><name>Zoë &amp; ${'x'.repeat(2000)}</name><empty/></record>\n`;

describe('a document in pieces', () => {
  it.each([
    ['one element', '<a/>'],
    ['things beside the root', '<!--one--><a xmlns="urn:a">t</a><?two?>'],
    ['a short list', `<list>${record.repeat(3)}</list>`],
    ['a long list', `<list a="1">${record.repeat(1000)}</list>`],
    ['long lists in a list', `<lists>${`<list>${record.repeat(400)}</list><b/>`.repeat(3)}</lists>`],
    ['characters beyond Latin-1 in a long list', `<list>${record.repeat(500)}<a>€</a>${record.repeat(500)}</list>`],
  ])('is what it is whole: %s', (_what, text) => {
    const document = parseXml(text);
    expect([...serializeInPieces(document)].join('')).toBe(serializeXml(document));
  });

  it('is made piece by piece as it is asked for', () => {
    const document = parseXml(`<list>${record.repeat(3000)}</list>`);
    const [first = ''] = serializeInPieces(document);
    expect(first.length).toBeLessThan(serializeXml(document).length / 2);
  });
});
