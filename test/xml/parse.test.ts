import fc from 'fast-check';
import { describe, expect, it } from 'vitest';
import { ProtocolError } from '../../src/errors/concord-error.ts';
import { defaultXmlLimits } from '../../src/xml/limits.ts';
import { parseXml, parseXmlOctets } from '../../src/xml/parse.ts';
import { serializeXml } from '../../src/xml/serialize.ts';

function codeOf(action: () => unknown): string {
  try {
    action();
  } catch (error) {
    if (error instanceof ProtocolError) return `${error.code} ${error.message}`;
    throw error;
  }
  return 'accepted';
}

describe('a document is refused as not well-formed', () => {
  it.each([
    ['an empty text', ''],
    ['an unclosed element', '<a><b></a>'],
    ['two roots', '<a/><b/>'],
    ['text beside the root', '<a/>x'],
    ['a CDATA section beside the root', '<a/><![CDATA[x]]>'],
    ['a repeated attribute', '<a k="1" k="2"/>'],
    ['an attribute repeated through two prefixes', '<a xmlns:p="urn:a" xmlns:q="urn:a" p:k="1" q:k="2"/>'],
    ['an unbound prefix of an element', '<p:a/>'],
    ['an unbound prefix of an attribute', '<a p:k="1"/>'],
    ['a name with two colons', '<a:b:c xmlns:a="urn:a"/>'],
    ['a local name that begins with a digit', '<a:1 xmlns:a="urn:a"/>'],
    ['an undeclared prefix', '<a xmlns:p="urn:p"><b xmlns:p=""/></a>'],
    ['the prefix xmlns', '<xmlns:a/>'],
    ['the prefix xml bound elsewhere', '<a xmlns:xml="urn:x"/>'],
    ['another prefix for the namespace of xml', '<a xmlns:p="http://www.w3.org/XML/1998/namespace"/>'],
    ['an unknown entity', '<a>&nbsp;</a>'],
    ['an entity named like a member of every object', '<a>&constructor;</a>'],
    ['a control character', '<a>\u0001</a>'],
    ['a control character by reference', '<a>&#1;</a>'],
    ['a control character allowed by XML 1.1 only', '<?xml version="1.1"?><a>&#1;</a>'],
    ['half of a surrogate pair', '<a>\uD800</a>'],
    ['half of a surrogate pair in front of a tag', '<a>\uD800</a></a>'],
    ['two hyphens in a comment', '<a><!-- -- --></a>'],
    ['a colon in the target of an instruction', '<a><?p:t?></a>'],
    ['a raw less-than in an attribute', '<a k="<"/>'],
    ['the end of a CDATA section in text', '<a>]]></a>'],
  ])('%s', (_what, text) => {
    expect(codeOf(() => parseXml(text))).toMatch(/^CON-X001 .*\d+:\d+: /);
  });
});

describe('a document is refused for its size or danger', () => {
  const limits = { ...defaultXmlLimits, maxOctets: 60, maxDepth: 3, maxAttributes: 2, maxNodes: 5 };
  it.each([
    ['a DOCTYPE', '<!DOCTYPE a><a/>', 'CON-X003'],
    ['a DOCTYPE with entities', '<!DOCTYPE a [<!ENTITY b "c">]><a>&b;</a>', 'CON-X003'],
    ['too many octets', `<a>${'é'.repeat(27)}</a>`, 'CON-X002'],
    ['too deep', '<a><a><a><a/></a></a></a>', 'CON-X002'],
    ['too many attributes, declarations counted', '<a xmlns="u" b="" c=""/>', 'CON-X002'],
    ['too many nodes', '<a>1<b/>2<b/>3</a>', 'CON-X002'],
  ])('%s', (_what, text, code) => {
    expect(codeOf(() => parseXml(text, limits))).toContain(code);
  });

  it('accepts what stands exactly at the limits', () => {
    expect(codeOf(() => parseXml(`<a k="1" l="2"><a><a/>${'é'.repeat(14)}</a></a>`, limits))).toBe('accepted');
  });
});

describe('the tree', () => {
  it('has one text where characters, references and CDATA sections meet', () => {
    expect(parseXml('<a>1&amp;<![CDATA[<]]>2</a>').root.children).toEqual([{ kind: 'text', text: '1&<2' }]);
  });

  it('has no empty text', () => {
    expect(parseXml('<a><![CDATA[]]></a>').root.children).toEqual([]);
  });

  it('has names resolved, and declarations apart from attributes', () => {
    const { root } = parseXml('<p:a xmlns:p="urn:p" p:k="1" l="2"/>');
    expect(root).toMatchObject({
      name: 'p:a',
      prefix: 'p',
      local: 'a',
      namespace: 'urn:p',
      declarations: [{ prefix: 'p', namespace: 'urn:p' }],
    });
    expect(root.attributes.map(({ name, namespace }) => [name, namespace])).toEqual([
      ['p:k', 'urn:p'],
      ['l', ''],
    ]);
  });

  it('takes attributes named like members of every object as what they are', () => {
    const text = '<a __proto__="1" constructor="2"/>';
    expect(serializeXml(parseXml(text))).toBe(text);
  });
});

describe('a file is read in its encoding', () => {
  const text = '<a>é€</a>';
  const utf16 = (order: 'be' | 'le', mark: boolean): Uint8Array => {
    const units = Buffer.from(`${mark ? '\uFEFF' : ''}${text}`, 'utf16le');
    return order === 'le' ? units : units.swap16();
  };
  it.each([
    ['UTF-8', Buffer.from(text)],
    ['UTF-8 with a byte order mark', Buffer.from(`\uFEFF${text}`)],
    ['UTF-16 with a byte order mark, low octet first', utf16('le', true)],
    ['UTF-16 with a byte order mark, high octet first', utf16('be', true)],
    ['UTF-16 without a mark', utf16('be', false)],
    ['a declared encoding', Buffer.from(`<?xml version="1.0" encoding="windows-1252"?><a>é\x80</a>`, 'latin1')],
  ])('%s', (_encoding, octets) => {
    expect(serializeXml(parseXmlOctets(octets))).toBe(text);
  });

  it('refuses octets that are not what the encoding says', () => {
    expect(codeOf(() => parseXmlOctets(Buffer.from('<a>é</a>', 'latin1')))).toContain('CON-X001');
  });

  const declared = (label: string): string => `<?xml version="1.0" encoding="${label}"?>\n`;
  const refusal = (...parts: readonly (string | readonly number[])[]): string =>
    codeOf(() => parseXmlOctets(Buffer.concat(parts.map((part) => Buffer.from(part as string)))));

  it.each(['US-ASCII', 'ascii', 'ANSI_X3.4-1968'])(
    'refuses octets that are not of %s, and names the place',
    (label) => {
      expect(refusal(declared(label), '<a>\n  ', [0xe9], '</a>')).toContain(
        `CON-X001 The document is not well-formed XML at 3:3: it is not ${label}`,
      );
      expect(refusal(declared(label), '<a>e&#233;\x7f</a>')).toBe('accepted');
    },
  );

  it.each([
    ['UTF-8', [0xff]],
    ['UTF-8', [0xe2, 0x82]],
    ['ISO-2022-JP', [0xff]],
    ['US-ASCII', [0x80]],
  ])('names the place of what is not %s, as the parser would', (label, octets) => {
    const characters = label === 'UTF-8' ? ['x', '\n', '\r', 'é', '\u{1F600}', '\uFFFD'] : ['x', '\n', '\r'];
    fc.assert(
      fc.property(fc.array(fc.constantFrom(...characters)), fc.boolean(), (before, isLast) => {
        const text = `${declared(label)}<a>${before.join('')}`;
        const [, place] = / at (\d+:\d+): /.exec(codeOf(() => parseXml(`${text}\x01</a>`))) ?? [];
        expect(refusal(text, octets, isLast ? '' : '</a>')).toContain(` at ${place}: it is not ${label}`);
      }),
    );
  });

  it('refuses an unknown encoding', () => {
    expect(codeOf(() => parseXmlOctets(Buffer.from('<?xml version="1.0" encoding="klingon"?><a/>')))).toContain(
      'CON-X001',
    );
  });
});
