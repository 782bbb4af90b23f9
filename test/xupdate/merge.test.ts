import { describe, expect, it } from 'vitest';
import { canonicalXml } from '../../src/xml/canonical.ts';
import { defaultXmlLimits } from '../../src/xml/limits.ts';
import { parseXml } from '../../src/xml/parse.ts';
import { merge } from '../../src/xupdate/merge.ts';
import type { Clash } from '../../src/xupdate/merge.ts';
import { changedPlaces, parsePlace, readPlace, writePlace } from '../../src/xupdate/place.ts';

interface Case {
  readonly base?: string;
  readonly publisher: string;
  readonly incoming: string;
  readonly merged: string;
  readonly clashes?: readonly (Omit<Clash, 'place'> & { readonly place: string })[];
}

function check({ base, publisher, incoming, merged, clashes = [] }: Case): void {
  const result = merge({
    base: base === undefined ? undefined : parseXml(base),
    publisher: parseXml(publisher),
    incoming: parseXml(incoming),
  });
  expect(canonicalXml(result.document)).toBe(canonicalXml(parseXml(merged)));
  expect(result.clashes).toEqual(clashes);
}

const cases: readonly (readonly [string, Case])[] = [
  [
    'different attributes combine',
    { base: '<r/>', publisher: '<r a="1"/>', incoming: '<r b="2"/>', merged: '<r a="1" b="2"/>' },
  ],
  [
    'one attribute changed differently clashes',
    {
      base: '<r k="1"/>',
      publisher: '<r k="2"/>',
      incoming: '<r k="3"/>',
      merged: '<r k="2"/>',
      clashes: [{ place: '/r/@k', base: '1', publisher: '2', incoming: '3' }],
    },
  ],
  [
    'an attribute removed and changed clashes',
    {
      base: '<r k="1"/>',
      publisher: '<r/>',
      incoming: '<r k="3"/>',
      merged: '<r/>',
      clashes: [{ place: '/r/@k', base: '1', incoming: '3' }],
    },
  ],
  [
    'texts of different elements combine',
    {
      base: '<r><a>1</a><b>1</b></r>',
      publisher: '<r><a>2</a><b>1</b></r>',
      incoming: '<r><a>1</a><b>3</b></r>',
      merged: '<r><a>2</a><b>3</b></r>',
    },
  ],
  [
    'one text changed differently clashes, and the rest is applied',
    {
      base: '<r><a>1</a><b>1</b></r>',
      publisher: '<r><a>2</a><b>1</b></r>',
      incoming: '<r><a>3</a><b>3</b></r>',
      merged: '<r><a>2</a><b>3</b></r>',
      clashes: [{ place: '/r/a/text()', base: '1', publisher: '2', incoming: '3' }],
    },
  ],
  [
    'equal changes are one',
    {
      base: '<r><e id="1">a</e></r>',
      publisher: '<r><e id="1">b</e><e id="2"/></r>',
      incoming: '<r><e id="1">b</e><e id="2"/></r>',
      merged: '<r><e id="1">b</e><e id="2"/></r>',
    },
  ],
  [
    'mixed content merges where its pieces stay',
    {
      base: '<r>one <b>two</b> three</r>',
      publisher: '<r>ONE <b>two</b> three</r>',
      incoming: '<r>one <b>TWO</b> three</r>',
      merged: '<r>ONE <b>TWO</b> three</r>',
    },
  ],
  [
    'mixed content whose pieces do not stay is one field',
    {
      base: '<r>one <b>two</b></r>',
      publisher: '<r>ONE <b>two</b></r>',
      incoming: '<r>one <b>two</b> <i>new</i></r>',
      merged: '<r>ONE <b>two</b></r>',
      clashes: [
        {
          place: '/r/node()',
          base: 'one <b>two</b>',
          publisher: 'ONE <b>two</b>',
          incoming: 'one <b>two</b> <i>new</i>',
        },
      ],
    },
  ],
  [
    'inserts at the same place: both, ordered by what they are',
    {
      base: '<r><e>a</e><e>z</e></r>',
      publisher: '<r><e>a</e><e>p</e><e>z</e></r>',
      incoming: '<r><e>a</e><e>i</e><e>z</e></r>',
      merged: '<r><e>a</e><e>i</e><e>p</e><e>z</e></r>',
    },
  ],
  [
    'inserts at the same place of which one is the same: it is one, and keeps the others apart',
    {
      base: '<r><e>a</e><e>z</e></r>',
      publisher: '<r><e>a</e><e>p</e><e>m</e><e>q</e><e>z</e></r>',
      incoming: '<r><e>a</e><e>i</e><e>m</e><e>j</e><e>z</e></r>',
      merged: '<r><e>a</e><e>i</e><e>p</e><e>m</e><e>j</e><e>q</e><e>z</e></r>',
    },
  ],
  [
    'different elements moved on each side are both moved',
    {
      base: '<r><e id="1"/><e id="2"/><e id="3"/><e id="4"/><e id="5"/></r>',
      publisher: '<r><e id="2"/><e id="3"/><e id="4"/><e id="5"/><e id="1"/></r>',
      incoming: '<r><e id="4"/><e id="1"/><e id="2"/><e id="3"/><e id="5"/></r>',
      merged: '<r><e id="4"/><e id="2"/><e id="3"/><e id="5"/><e id="1"/></r>',
    },
  ],
  [
    'one of two inserted elements is what the other side has made of an old one',
    {
      base: '<r><e>a</e></r>',
      publisher: '<r><e>b</e><e>c</e></r>',
      incoming: '<r><e>c</e></r>',
      merged: '<r><e>b</e><e>c</e></r>',
    },
  ],
  [
    'repeated elements without keys: inserts and edits at different places',
    {
      base: '<r><e>a</e><e>b</e><e>c</e></r>',
      publisher: '<r><e>a</e><e>B</e><e>c</e></r>',
      incoming: '<r><e>0</e><e>a</e><e>b</e><e>c</e><e>d</e></r>',
      merged: '<r><e>0</e><e>a</e><e>B</e><e>c</e><e>d</e></r>',
    },
  ],
  [
    'a key given to two new elements is one element',
    {
      base: '<r/>',
      publisher: '<r><e id="1"><a>p</a></e></r>',
      incoming: '<r><e id="1"><a>i</a><b>i</b></e></r>',
      merged: '<r><e id="1"><a>p</a><b>i</b></e></r>',
      clashes: [{ place: "/r/e[@id='1']/a/text()", publisher: 'p', incoming: 'i' }],
    },
  ],
  [
    'an element moved on one side and edited on the other is both',
    {
      base: '<r><e id="1">a</e><e id="2">b</e><e id="3">c</e></r>',
      publisher: '<r><e id="1">A</e><e id="2">b</e><e id="3">c</e></r>',
      incoming: '<r><e id="2">b</e><e id="3">c</e><e id="1">a</e></r>',
      merged: '<r><e id="2">b</e><e id="3">c</e><e id="1">A</e></r>',
    },
  ],
  [
    'both sides reordered: the publisher’s order',
    {
      base: '<r><e id="1"/><e id="2"/><e id="3"/></r>',
      publisher: '<r><e id="2"/><e id="1"/><e id="3"/></r>',
      incoming: '<r><e id="3"/><e id="2"/><e id="1"/></r>',
      merged: '<r><e id="2"/><e id="1"/><e id="3"/></r>',
    },
  ],
  [
    'deleted by the incoming side, edited by the publisher: the edit stands',
    {
      base: '<r><e id="1">a</e></r>',
      publisher: '<r><e id="1">b</e></r>',
      incoming: '<r/>',
      merged: '<r><e id="1">b</e></r>',
      clashes: [{ place: "/r/e[@id='1']", base: '<e id="1">a</e>', publisher: '<e id="1">b</e>' }],
    },
  ],
  [
    'deleted by the publisher, edited by the incoming side: the deletion stands',
    {
      base: '<r><e id="1">a</e><f/></r>',
      publisher: '<r><f/></r>',
      incoming: '<r><e id="1">b</e><f/></r>',
      merged: '<r><f/></r>',
      clashes: [{ place: "/r/e[@id='1']", base: '<e id="1">a</e>', incoming: '<e id="1">b</e>' }],
    },
  ],
  [
    'what is missing and has no key is named by its gap',
    {
      base: '<r><e>a<i/></e><f/></r>',
      publisher: '<r><f/></r>',
      incoming: '<r><e>b<i/></e><f/></r>',
      merged: '<r><f/></r>',
      clashes: [{ place: '/r/gap()[1]', base: '<e>a<i/></e>', incoming: '<e>b<i/></e>' }],
    },
  ],
  [
    'comments are fields',
    {
      base: '<r><!--a--></r>',
      publisher: '<r><!--b--></r>',
      incoming: '<r><!--c--></r>',
      merged: '<r><!--b--></r>',
      clashes: [{ place: '/r/comment()', base: 'a', publisher: 'b', incoming: 'c' }],
    },
  ],
  [
    'without base, what one side alone has is added and what differs clashes',
    {
      publisher: '<r k="1"><a>1</a><b>2</b></r>',
      incoming: '<r m="2"><b>3</b><c>4</c></r>',
      merged: '<r k="1" m="2"><a>1</a><b>2</b><c>4</c></r>',
      clashes: [{ place: '/r/b/text()', publisher: '2', incoming: '3' }],
    },
  ],
  [
    'a root renamed on one side only clashes with edits of the other',
    {
      base: '<r>1</r>',
      publisher: '<r>2</r>',
      incoming: '<s>1</s>',
      merged: '<r>2</r>',
      clashes: [{ place: '/r', base: '<r>1</r>', publisher: '<r>2</r>', incoming: '<s>1</s>' }],
    },
  ],
  [
    'white space between elements is nobody’s edit',
    {
      base: '<r><a>1</a><b>1</b></r>',
      publisher: '<r>\n <a>1</a>\n <b>2</b>\n</r>',
      incoming: '<r>\n\t<a>3</a>\n\t<b>1</b>\n</r>',
      merged: '<r>\n <a>3</a>\n <b>2</b>\n</r>',
    },
  ],
  [
    'a prefix declared on one side and used there stays bound',
    {
      base: '<r><a/></r>',
      publisher: '<r><a/><b/></r>',
      incoming: '<r xmlns:p="urn:p"><a/><p:c/></r>',
      merged: '<r xmlns:p="urn:p"><a/><b/><p:c/></r>',
    },
  ],
];

describe('in a merge', () => {
  it.each(cases)('%s', (_rule, example) => {
    check(example);
  });
});

describe('a merge of entries without keys', () => {
  it('asks nothing where both have the same entries in another order, in place of one that they have deleted', () => {
    const [base, ours, theirs] = ['<r><f>c</f></r>', '<r><f>b</f><f>a</f></r>', '<r><f>a</f><f>b</f></r>'].map((text) =>
      parseXml(text),
    );
    if (base === undefined || ours === undefined || theirs === undefined) throw new Error('three');
    for (const [publisher, incoming] of [
      [ours, theirs],
      [theirs, ours],
    ] as const) {
      const { document, clashes } = merge({ base, publisher, incoming });
      expect(clashes).toEqual([]);
      expect(canonicalXml(document)).toBe(canonicalXml(publisher));
    }
  });
});

describe('a merge of long lists', () => {
  it('takes in however many children one side has inserted at one place', () => {
    const many = '<r/>'.repeat(150_000);
    const result = merge({
      base: parseXml('<list><a/></list>'),
      publisher: parseXml(`<list><a/>${many}</list>`),
      incoming: parseXml('<list><a/><b/></list>'),
    });
    expect(result.document.root.children.length).toBe(150_002);
    expect(result.clashes).toEqual([]);
  });

  it('finds each entry without key again where one side has changed all of them and put others between them', () => {
    const entry = (at: number, price: number, day: number): string =>
      `<i name="n${at}" price="${price}" day="${day}"><at>here</at></i>`;
    const list = (write: (at: number) => string): string =>
      `<l>${Array.from({ length: 5000 }, (_, at) => write(at)).join('')}</l>`;
    const price = (at: number): number => (at % 10 === 3 ? 100 + (at % 7) : at % 7);
    const result = merge({
      base: parseXml(list((at) => entry(at, at % 7, 1))),
      publisher: parseXml(list((at) => entry(at, price(at), 1))),
      incoming: parseXml(list((at) => (at % 1000 === 0 ? entry(-at - 1, 1, 2) : '') + entry(at, at % 7, 2))),
    });
    const wanted = list((at) => (at % 1000 === 0 ? entry(-at - 1, 1, 2) : '') + entry(at, price(at), 2));
    expect(result.clashes).toEqual([]);
    expect(canonicalXml(result.document)).toBe(canonicalXml(parseXml(wanted)));
  });
});

describe('a place', () => {
  const document = parseXml('<r k="1"><a>t</a><e id="1">x<i/>y</e><e id="2"/><!--c--></r>');
  const at = (text: string) => parsePlace(text) ?? expect.fail(`no place: ${text}`);

  it.each([
    ['/r/@k', '1'],
    ['/r/@m', undefined],
    ['/r/a/text()', 't'],
    ["/r/e[@id='1']/node()", 'x<i/>y'],
    ["/r/e[@id='2']", '<e id="2"/>'],
    ["/r/e[@id='2']/text()", ''],
    ["/r/e[@id='3']", undefined],
    ['/r/e[2]', '<e id="2"/>'],
    ['/r/comment()', 'c'],
    ['/r/gap()[1]', undefined],
  ])('%s reads %j', (place, value) => {
    expect(readPlace(document, at(place))).toBe(value);
  });

  it.each([
    ['/r/@k', '2', '<r k="2"><a>t</a></r>'],
    ['/r/@k', undefined, '<r><a>t</a></r>'],
    ['/r/@m', '2', '<r k="1" m="2"><a>t</a></r>'],
    ['/r/a/text()', 'u', '<r k="1"><a>u</a></r>'],
    ['/r/a/text()', '', '<r k="1"><a/></r>'],
    ['/r/a', undefined, '<r k="1"/>'],
    ['/r/a', '<b/>', '<r k="1"><b/></r>'],
    ['/r/a/node()', 'x<i/>', '<r k="1"><a>x<i/></a></r>'],
    ["/r/e[@id='3']", '<e id="3"/>', '<r k="1"><a>t</a><e id="3"/></r>'],
    ['/r/gap()[1]', '<z/>', '<r k="1"><z/><a>t</a></r>'],
  ])('%s written as %j', (place, value, result) => {
    expect(canonicalXml(writePlace(parseXml('<r k="1"><a>t</a></r>'), at(place), value))).toBe(
      canonicalXml(parseXml(result)),
    );
  });

  it.each(['', 'r', '/r/*', '//r', '/r/gap()', '/r/gap()[0]', '/r[last()]'])('is not %j', (text) => {
    expect(parsePlace(text)).toBeUndefined();
  });

  it('is refused where nothing can be written', () => {
    expect(() => writePlace(document, at('/r/z/@k'), '1')).toThrow(/select-empty/);
    expect(() => writePlace(document, at('/r'), undefined)).toThrow(/not-well-formed/);
  });
});

describe('the changes of a document are listed', () => {
  it('field by field, with readable places', () => {
    const before = parseXml('<r k="1"><a>1</a><e id="1"><n>x</n></e><e id="2"/><m>t<i/></m></r>');
    const after = parseXml('<r m="2"><a>2</a><e id="1"><n>y</n></e><e id="3"/><m>u<i/></m></r>');
    expect(changedPlaces(before, after)).toEqual([
      { place: '/r/@k', before: '1' },
      { place: '/r/@m', after: '2' },
      { place: '/r/a/text()', before: '1', after: '2' },
      { place: "/r/e[@id='1']/n/text()", before: 'x', after: 'y' },
      { place: "/r/e[@id='2']", before: '<e id="2"/>' },
      { place: "/r/e[@id='3']", after: '<e id="3"/>' },
      { place: '/r/m/node()', before: 't<i/>', after: 'u<i/>' },
    ]);
  });

  it('not at all when they are canonically equal', () => {
    expect(changedPlaces(parseXml('<r a="1" b="2"/>'), parseXml('<r b="2" a="1"></r>'))).toEqual([]);
  });
});

describe('a merge that is beyond a limit', () => {
  it.each([
    ['octets', { maxOctets: 60 }],
    ['attributes', { maxAttributes: 2 }],
    ['nodes', { maxNodes: 4 }],
  ])('leaves the publisher’s document, and is one clash: %s', (_limit, limit) => {
    const base = parseXml('<r a="1" b="2"><x/></r>');
    const publisher = parseXml('<r a="1" c="3"><x/><p>publisher</p></r>');
    const incoming = parseXml('<r a="1" d="4"><x/><i>incoming</i></r>');
    const limits = { ...defaultXmlLimits, ...limit };
    const { document, clashes } = merge({ base, publisher, incoming, limits });
    expect(document).toEqual(publisher);
    expect(clashes.map(({ place }) => place)).toEqual(['/r']);
  });
});
