import fc from 'fast-check';
import { describe, expect, it } from 'vitest';
import { parseXml } from '../../src/xml/parse.ts';
import { serializeXml } from '../../src/xml/serialize.ts';
import type { XmlDocument } from '../../src/xml/tree.ts';
import { parsePlace, readPlace, writePlace } from '../../src/xupdate/place.ts';
import { XUpdateError } from '../../src/xupdate/xupdate-error.ts';

const document = parseXml(
  '<!--head--><r k="1" xmlns:p="urn:a" p:k="2"><a>t</a><e id="1">x<i/>y<!--c--></e><d xmlns="urn:b"><f/></d><?t u?></r>',
);
const places = [
  ...['/', '/node()', '/gap()[1]', '/comment()[1]', '/processing-instruction()[1]', '/r', '/r/node()', '/r/gap()[2]'],
  ...['/r/@k', '/r/@p:k', '/r/@p:new', '/r/@q:new', '/r/@xmlns', '/r/@xmlns:q', '/r/@xml:lang', '/r/a', '/r/b'],
  ...['/r/a/text()', '/r/a/node()', '/r/a/gap()[1]', '/r/a/comment()', "/r/e[@id='1']/text()[2]", "/r/e[@id='2']"],
  ...["/r/e[@id='1']/comment()", "/r/e[@id='1']/node()", '/r/processing-instruction()[1]', '/r/d', '/r/d/f', '/r/d/g'],
  ...["/r/processing-instruction('t')", "/r/processing-instruction('xml')", "/r/processing-instruction('a b')"],
];
// In small pieces, of which most values that could break something are made.
const pieces = [
  ...['', 'a', ' ', '\n', '\r', '\t', '-', '--', '?', '?>', '<?', '<?xml ', '<?t ', '<!--', '-->', '<![CDATA[', ']]>'],
  ...['<b>', '</b>', '<b/>', '<p:b/>', '<b k="', '"', '&', '&amp;', '&#0;', '&#xD;', '</fragment>', '<fragment>'],
  ...['<!DOCTYPE b>', '\u0000', '\u001F', '\uFFFE', '\uFFFF', '\uD800', '\uDC00', '\u{1F600}', 'xmlns="urn:c"'],
];
const value = fc.oneof(
  fc.array(fc.constantFrom(...pieces), { maxLength: 5 }).map((some) => some.join('')),
  fc.string({ unit: 'binary', maxLength: 6 }),
  fc.constantFrom(...pieces),
);

/** The document with the value, undefined where it is refused. */
function written(place: string, text: string | undefined): XmlDocument | undefined {
  const at = parsePlace(place) ?? expect.fail(`no place: ${place}`);
  try {
    return writePlace(document, at, text);
  } catch (error) {
    expect(error).toBeInstanceOf(XUpdateError);
    return undefined;
  }
}

describe('what is written at a place', () => {
  it('is refused, or can be read again as it was written, whatever it is', () => {
    let taken = 0;
    fc.assert(
      fc.property(fc.constantFrom(...places), value, (place, text) => {
        const result = written(place, text);
        if (result === undefined) return;
        taken++;
        expect(parseXml(serializeXml(result)), `${place}: ${JSON.stringify(text)}`).toEqual(result);
      }),
      { numRuns: 5000 },
    );
    expect(taken).toBeGreaterThan(500);
  });

  it('is what stands there then, where it is characters', () => {
    const plain = fc.constantFrom(...['/r/@k', '/r/@p:k', '/r/@xml:lang', '/r/a/text()', '/r/e[@id="1"]/comment()']);
    fc.assert(
      fc.property(plain, value, (place, text) => {
        const result = written(place, text);
        const at = parsePlace(place) ?? expect.fail(place);
        if (result !== undefined && !text.startsWith('<!--')) expect(readPlace(result, at)).toBe(text);
      }),
      { numRuns: 1000 },
    );
  });

  it.each([
    ['/r/a', 'plain text', /there has to be one element/],
    ['/r/a', '<b/><c/>', /there has to be one element/],
    ['/r/gap()[1]', 'plain text', /there has to be one element or comment/],
    ['/r/a', '<b>', /it is not well-formed XML: something is not closed in it/],
    ['/r/a', '<!-- ', /it is not well-formed XML: something is not closed in it/],
    ['/r/a', '<b>\n</c></b>', /it is not well-formed XML at 2:4: unexpected close tag/],
    ['/r/a', '<b></c></b>', /it is not well-formed XML at 1:7: unexpected close tag/],
    ['/r/a', '<q:b/>', /it is not well-formed XML at 1:6: unbound namespace prefix: q/],
    ['/r/@k', '\u0000', /XML cannot hold the character U\+0000/],
    ['/r/@k', '\uD83D', /XML cannot hold the character U\+D83D/],
    ['/r/a/text()', 'a\uFFFF', /XML cannot hold the character U\+FFFF/],
    ['/comment()', 'a--b', /a comment cannot contain --/],
    ['/comment()', '<!--a--b-->', /not well-formed/],
    ['/r/processing-instruction()', 'a?>b', /a processing instruction cannot contain/],
    ['/r/@q:new', '1', /the prefix q is not bound/],
    ['/r/@xmlns', '1', /no name for an element or attribute/],
  ])('at %s is not %j', (place, text, why) => {
    expect(() => writePlace(document, parsePlace(place) ?? expect.fail(place), text)).toThrow(why);
  });

  it.each([
    ['/r/a', ' <b/>\n', '<b/>'],
    ['/comment()', '<!--new-->', 'new'],
    ['/r/processing-instruction()', '<?w new?>', 'new'],
  ])('at %s may be written as %j', (place, text, read) => {
    const at = parsePlace(place === '/r/a' ? '/r/b' : place) ?? expect.fail(place);
    const result = writePlace(document, parsePlace(place) ?? expect.fail(place), text);
    expect(readPlace(result, at)).toBe(read);
  });
});
