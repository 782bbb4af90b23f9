import { readdirSync } from 'node:fs';
import { join } from 'node:path';
import { afterEach, beforeEach, describe, expect, it } from 'vitest';
import type { Workplace } from './run-concord.ts';
import { makeWorkplace } from './run-concord.ts';

let place: Workplace;
beforeEach(() => {
  place = makeWorkplace();
});
afterEach(() => {
  place[Symbol.dispose]();
});

const base = '<person id="1"><name>Anna</name><town>Nordhaven</town><phone>1</phone><fax>4</fax></person>';
const publisher = base.replace('Nordhaven', 'Obermoor').replace('>1<', '>2<').replace('>4<', '>5<');
const subscriber = base.replace('Anna', 'Berta').replace('>1<', '>3<').replace('>4<', '>6<');
const merged = publisher.replace('Anna', 'Berta');

function three(): readonly string[] {
  return [place.put('base.xml', base), place.put('publisher.xml', publisher), place.put('subscriber.xml', subscriber)];
}

describe('concord merge', () => {
  it('ends with 1, prints the document in which the publisher’s values stand, and lists the conflicts beside it', async () => {
    const ran = await place.run(['merge', ...three()]);
    expect(ran.code).toBe(1);
    expect(ran.out.trim()).toBe(merged);
    expect(ran.err).toMatch(
      /^2 conflicts:\n1\. [^\n]*phone[^]*before +"1"\n +publisher +"2" +\(stands\)\n +subscriber +"3"/,
    );
  });

  it('ends with 0 where nothing clashes, and with 2 where it cannot be done', async () => {
    const [before, ours] = three() as [string, string];
    expect(await place.run(['merge', before, ours, before])).toMatchObject({ code: 0, err: '' });
    expect((await place.run(['merge', before, ours, join(place.folder, 'none.xml')])).err).toContain('CON-R014');
    expect(await place.run(['merge', before, ours, place.folder])).toMatchObject({ code: 2 });
    expect(await place.run(['merge', '-', ours, '-'], { input: base })).toMatchObject({ code: 2 });
    expect(await place.run(['merge', '-', ours, before], { input: base })).toMatchObject({ code: 0 });
  });

  it('settles one conflict alone by its number, and the others by --keep', async () => {
    const files = three();
    const one = await place.run(['merge', ...files, '--settle', '1=subscriber']);
    expect(one.code).toBe(1);
    expect(one.out.trim()).toBe(merged.replace('>2<', '>3<'));
    // The others keep their numbers: they are to be settled beside it the next time.
    expect(one.err).toMatch(/^1 conflict:\n2\. [^\n]*fax/);
    const json = await place.run(['merge', ...files, '--settle', '1=subscriber', '--json']);
    expect(json.json()).toMatchObject({ conflicts: [{ number: 2 }] });
    const all = await place.must(['merge', ...files, '--settle', '2=value:a < b', '--keep', 'subscriber']);
    expect(all.out.trim()).toBe(merged.replace('>2<', '>3<').replace('>5<', '>a &lt; b<'));
    const without = await place.must(['merge', ...files, '--settle', '1=remove', '--settle', '2=publisher']);
    expect(without.out).toContain('<phone/>');
    expect((await place.run(['merge', ...files, '--settle', '3=publisher'])).err).toContain('CON-R020');
    expect((await place.run(['merge', ...files, '--settle', '1=nobody'])).err).toContain('CON-C003');
  });

  it.each([
    ['1', '1=value:a\u0000', /phone\/text\(\): XML cannot hold the character U\+0000/],
    ['1', '1=value:a\uFFFF', /phone\/text\(\): XML cannot hold the character U\+FFFF/],
    ['2', '2=value:a--b', /comment\(\): a comment cannot contain --/],
    ['2', '2=value:a-', /comment\(\): a comment cannot contain --/],
    ['3', '3=value:a?>b', /processing-instruction\(\): a processing instruction cannot contain \?>/],
    ['4', '4=value:<m>', /node\(\): it is not well-formed XML: something is not closed in it/],
    ['5', '5=value:plain', /fax: there has to be one element, written as XML/],
  ])('refuses a value for conflict %s that cannot stand there: %j', async (number, settlement, why) => {
    const all = (phone: string, note: string) =>
      `<person><phone>${phone}</phone><!--${note}--><?t ${note}?><m>${note}<i/>${phone}</m></person>`;
    const old = all('1', 'a').replace('</person>', '<fax><n>1</n><o>1</o></fax></person>');
    const files = [
      place.put('base.xml', old),
      place.put('publisher.xml', all('2', 'b').replace('</person>', '<fax><n>2</n><o>1</o></fax></person>')),
      place.put('subscriber.xml', all('3', 'c')),
    ];
    const output = join(place.folder, 'merged.xml');
    const settled = await place.run(['merge', ...files, '--settle', settlement, '--output', output]);
    expect(settled.code).toBe(2);
    expect(settled.err).toMatch(why);
    expect(settled.err).toMatch(/Nothing was changed\. Give a value that fits the place.*CON-R021/);
    const conflicts = join(place.folder, 'conflicts.json');
    await place.run(['merge', ...files, '--conflicts', conflicts]);
    const written = JSON.parse(place.read('conflicts.json')) as { readonly conflicts: readonly { number: number }[] };
    const value = settlement.replace(/^[0-9]=value:/, '');
    const decided = written.conflicts.map((each) => (String(each.number) === number ? { ...each, value } : each));
    place.put('conflicts.json', JSON.stringify({ conflicts: decided }));
    const again = await place.run(['merge', ...files, '--decisions', conflicts, '--output', output]);
    expect(again).toMatchObject({ code: 2, err: settled.err });
    expect(readdirSync(place.folder)).not.toContain('merged.xml');
  });

  it('refuses a value that no whole file can be, or with which the document is beyond a limit', async () => {
    place.put('base/a.xml', base);
    place.put('publisher/a.xml', publisher);
    place.put('subscriber/b.xml', base);
    const folders = ['base', 'publisher', 'subscriber'].map((name) => join(place.folder, name));
    const whole = await place.run([
      'merge',
      ...folders,
      '--output',
      join(place.folder, 'out'),
      '--settle',
      '1=value:<a',
    ]);
    expect(whole.code).toBe(2);
    expect(whole.err).toMatch(/a\.xml: .*not well-formed[^]*CON-X001/);
    expect(readdirSync(place.folder)).not.toContain('out');
    place.put('data/concord.json', '{"xml": {"maxOctets": 1000}}');
    const limited = await place.run(['merge', ...three(), '--settle', `1=value:${'x'.repeat(1000)}`]);
    expect(limited.code).toBe(2);
    expect(limited.err).toMatch(/would have more than 1000 octets[^]*CON-X002/);
  });

  it('writes conflicts into a file, and settles what was decided there', async () => {
    const files = three();
    const conflicts = join(place.folder, 'conflicts.json');
    await place.run(['merge', ...files, '--conflicts', conflicts]);
    const written = place.read('conflicts.json');
    place.put('conflicts.json', written.replace('"keep": null', '"keep": "subscriber"'));
    const half = await place.run(['merge', ...files, '--decisions', conflicts]);
    expect(half.code).toBe(1);
    expect(half.out.trim()).toBe(merged.replace('>2<', '>3<'));
    place.put('conflicts.json', written.replaceAll('"keep": null', '"value": "7"'));
    const output = join(place.folder, 'merged.xml');
    await place.must(['merge', ...files, '--decisions', conflicts, '--output', output]);
    expect(place.read('merged.xml')).toBe(merged.replace('>2<', '>7<').replace('>5<', '>7<'));
    // Decided about other values than those that are there now.
    place.put('publisher.xml', publisher.replace('>2<', '>9<'));
    expect((await place.run(['merge', ...files, '--decisions', conflicts])).err).toContain('CON-R020');
    place.put('conflicts.json', '{}');
    expect((await place.run(['merge', ...files, '--decisions', conflicts])).err).toContain('CON-R014');
  });

  it('writes what is decided already into the file, so that it can be decided step by step in one file', async () => {
    const files = three();
    const conflicts = join(place.folder, 'conflicts.json');
    const step = ['--decisions', conflicts, '--conflicts', conflicts];
    await place.run(['merge', ...files, '--settle', '1=value:8', '--conflicts', conflicts]);
    const second = await place.run(['merge', ...files, ...step, '--settle', '2=remove']);
    expect(second).toMatchObject({ code: 0, err: '' });
    expect((await place.must(['merge', ...files, ...step])).out).toBe(second.out);
    expect(second.out).toMatch(/<phone>8<\/phone><fax\/>/);
  });

  describe('tells conflicts apart that are equal in place and values', () => {
    const list = (...texts: readonly string[]): string =>
      `<l>${texts.map((text) => `<e><t>${text}</t><u>1</u></e>`).join('')}<z/></l>`;
    const kept = '<e><t>a</t><u>2</u></e>';
    interface Written {
      readonly number?: number;
      readonly place: string;
    }
    const written = async (files: readonly string[]): Promise<readonly Written[]> => {
      await place.run(['merge', ...files, '--conflicts', join(place.folder, 'conflicts.json')]);
      return (JSON.parse(place.read('conflicts.json')) as { readonly conflicts: readonly Written[] }).conflicts;
    };
    const decide = (conflicts: readonly object[]): readonly string[] => [
      '--decisions',
      place.put('conflicts.json', JSON.stringify({ conflicts })),
    ];
    const alike = (): readonly string[] => [
      place.put('base.xml', list('a', 'a')),
      place.put('publisher.xml', list()),
      place.put('subscriber.xml', list('a', 'a').replaceAll('<u>1', '<u>2')),
    ];

    it('by their order, whatever numbers they have now', async () => {
      const files = alike();
      const [one, two] = await written(files);
      expect(one).toMatchObject({ number: 1, place: '/l/gap()[1]' });
      expect(two).toEqual({ ...one, number: 2 });
      const both = await place.must([
        'merge',
        ...files,
        ...decide([
          { ...one, value: '<x/>' },
          { ...two, value: '<y/>' },
        ]),
      ]);
      expect(both.out.trim()).toBe('<l><x/><y/><z/></l>');
      const second = await place.run([
        'merge',
        ...files,
        ...decide([one ?? {}, { ...two, keep: 'subscriber' }]),
        '--json',
      ]);
      expect(second.json()).toMatchObject({ conflicts: [{ number: 1 }] });
      const later = [
        { ...one, number: 4, value: '<x/>' },
        { ...two, number: 5, value: '<y/>' },
      ];
      expect((await place.must(['merge', ...files, ...decide(later)])).out.trim()).toBe('<l><x/><y/><z/></l>');
    });

    it('by their numbers, where some were taken out of the file, and says where these are missing', async () => {
      const files = alike();
      const [one, two] = await written(files);
      const second = await place.run(['merge', ...files, ...decide([{ ...two, keep: 'subscriber' }])]);
      expect(second).toMatchObject({ code: 1, out: `<l>${kept}<z/></l>\n` });
      expect(second.err).toMatch(/^1 conflict:\n1\. /);
      for (const number of [undefined, 7]) {
        const unsure = await place.run(['merge', ...files, ...decide([{ ...one, number, keep: 'subscriber' }])]);
        expect(unsure.code).toBe(2);
        expect(unsure.err).toMatch(/the conflicts 1, 2 are alike: give the number.* at \/l\/gap\(\)\[1\][^]*CON-R020/);
      }
    });

    it('by what was there before', async () => {
      const files = alike();
      place.put('base.xml', list('b', 'a').replace('<u>1', '<u>0'));
      place.put('subscriber.xml', list('a', 'a').replaceAll('<u>1', '<u>2'));
      const all = await written(files);
      expect(all.map((each) => ({ ...each, number: 0, base: '' }))[1]).toEqual({ ...all[0], number: 0, base: '' });
      for (const number of [1, 2]) {
        const [decided] = all.filter((each) => each.number === number);
        const ran = await place.run([
          'merge',
          ...files,
          ...decide([{ ...decided, number: undefined, keep: 'subscriber' }]),
          '--json',
        ]);
        expect(ran.json()).toMatchObject({ conflicts: [{ number: 3 - number }] });
      }
    });

    it('and refuses two decisions about one', async () => {
      const files = three();
      const [one] = await written(files);
      const twice = await place.run([
        'merge',
        ...files,
        ...decide([
          { ...one, value: '7' },
          { ...one, value: '8' },
        ]),
      ]);
      expect(twice.err).toMatch(/conflict 1 is decided twice.* at \/person[^]*CON-R020/);
      const same = await place.run([
        'merge',
        ...files,
        ...decide([
          { ...one, value: '7' },
          { ...one, value: '7' },
        ]),
      ]);
      expect(same.code).toBe(1);
    });
  });

  it('knows the decisions about one document again, whatever its file is called', async () => {
    const [before, ours, theirs] = three() as [string, string, string];
    const conflicts = join(place.folder, 'conflicts.json');
    await place.run(['merge', before, ours, theirs, '--keep', 'subscriber', '--conflicts', conflicts]);
    const ran = await place.run(['merge', before, '-', theirs, '--decisions', conflicts], { input: publisher });
    expect(ran).toMatchObject({ code: 0, err: '' });
  });

  it.each(['id="1" k="1"', 'k="1" id="1"', 'k="1" gid="1"', 'id="1" gid="1"'])(
    'settles the attribute that a place is named by beside another one of the same element, in any order: %s',
    async (attributes) => {
      const of = (value: string) => `<r ${attributes.replaceAll('1', value)}><a>${value}</a></r>`;
      const files = ['1', '2', '3'].map((value) => place.put(`${value}.xml`, of(value)));
      const theirs = of('3');
      expect((await place.must(['merge', ...files, '--keep', 'subscriber'])).out.trim()).toBe(theirs);
      for (const number of ['1', '2', '3']) {
        const others = ['1', '2', '3'].filter((each) => each !== number);
        const one = await place.run(['merge', ...files, '--settle', `${number}=subscriber`, '--json']);
        expect(one.json()).toMatchObject({ conflicts: others.map((each) => ({ number: Number(each) })) });
      }
      const settled = join(place.folder, 'settled.xml');
      const conflicts = join(place.folder, 'conflicts.json');
      await place.run(['merge', ...files, '--conflicts', conflicts]);
      place.put('conflicts.json', place.read('conflicts.json').replaceAll('"keep": null', '"keep": "subscriber"'));
      await place.must(['merge', ...files, '--decisions', conflicts, '--output', settled]);
      expect(place.read('settled.xml')).toBe(theirs);
      expect(await place.run(['merge', files[0] ?? '', settled, files[2] ?? ''])).toMatchObject({ code: 0, err: '' });
    },
  );

  it('is quiet when what was settled is merged again', async () => {
    const [before, , theirs] = three() as [string, string, string];
    const settled = join(place.folder, 'settled.xml');
    await place.must(['merge', ...three(), '--keep', 'subscriber', '--output', settled]);
    expect(await place.run(['merge', before, settled, theirs])).toMatchObject({
      code: 0,
      out: `${place.read('settled.xml')}\n`,
    });
  });

  it('prints the XUpdate that makes the merged document of the publisher’s, or a list for people', async () => {
    const long = (text: string): string => text.replace('<name>', `<note>${'long '.repeat(80)}</note><name>`);
    const files = [
      place.put('b.xml', long(base)),
      place.put('p.xml', long(publisher)),
      place.put('s.xml', long(subscriber)),
    ];
    const delta = place.put('delta.xml', (await place.run(['merge', ...files, '--format', 'xupdate'])).out);
    expect((await place.must(['patch', files[1] ?? '', delta])).out.trim()).toBe(long(merged));
    const words = await place.run(['merge', ...files, '--format', 'text']);
    expect(words.out).toMatch(/name\/text\(\)\n {2}- Anna\n {2}\+ Berta\n2 conflicts:/);
  });

  it('merges folders file by file: an edit stands against a deletion, and what is no XML is one thing', async () => {
    for (const name of ['both.xml', 'deleted.xml', 'edited.xml', 'plain.txt']) place.put(`b/${name}`, base);
    place.put('p/both.xml', publisher);
    place.put('s/both.xml', base.replace('Anna', 'Berta'));
    // Only written otherwise: that is no edit.
    place.put('s/deleted.xml', `<?xml version="1.0"?>${base}`);
    place.put('s/edited.xml', base.replace('Anna', 'Berta'));
    place.put('p/plain.txt', 'ours');
    place.put('s/plain.txt', 'theirs');
    place.put('s/new.xml', base);
    const folders = ['b', 'p', 's'].map((name) => join(place.folder, name));
    expect(await place.run(['merge', ...folders])).toMatchObject({ code: 2 });
    const output = join(place.folder, 'out');
    const ran = await place.run(['merge', ...folders, '--output', output]);
    expect(ran.code).toBe(1);
    expect(ran.err).toMatch(/^2 conflicts:\n1\. edited\.xml the whole file\n[^]*2\. plain\.txt the whole file/);
    expect(readdirSync(output).sort()).toEqual(['both.xml', 'edited.xml', 'new.xml', 'plain.txt']);
    expect(place.read('out', 'both.xml')).toBe(merged);
    expect(place.read('out', 'plain.txt')).toBe('ours');
    const json = (await place.run(['merge', ...folders, '--json'])).json();
    expect(json).toMatchObject({
      isClean: false,
      conflicts: [{ file: 'edited.xml', place: null, stands: 'subscriber' }, {}],
    });
    const settled = join(place.folder, 'settled');
    await place.must(['merge', ...folders, '--output', settled, '--settle', '1=publisher', '--settle', '2=subscriber']);
    expect(readdirSync(settled).sort()).toEqual(['both.xml', 'new.xml', 'plain.txt']);
    expect(place.read('settled', 'plain.txt')).toBe('theirs');
  });
});

describe('lists for people', () => {
  it('are coloured only where that is wanted, and never by what is in a document', async () => {
    const [a, b] = [place.put('a.xml', '<r><p>one</p></r>'), place.put('b.xml', '<r><p>two\u0085</p></r>')];
    const plain = await place.run(['diff', a, b, '--format', 'text']);
    expect(plain.out).toBe('/r/p/text()\n  - one\n  + two\\u0085\n');
    const forced = await place.run(['diff', a, b, '--format', 'text'], { environment: { FORCE_COLOR: '1' } });
    expect(forced.out).toContain('\u{1B}[31m  - one\u{1B}[0m');
    const refused = { environment: { FORCE_COLOR: '1', NO_COLOR: '1' } };
    expect((await place.run(['diff', a, b, '--format', 'text'], refused)).out).toBe(plain.out);
  });

  it('tell what a patch does, without writing anything', async () => {
    const [a, b] = [place.put('a/x.xml', base), place.put('b/x.xml', publisher)];
    const delta = place.put('d/x.xml', (await place.run(['diff', a, b])).out);
    const told = await place.must(['patch', a, delta, '--format', 'text']);
    expect(told.out).toContain('  - Nordhaven\n  + Obermoor\n');
    const folders = [join(place.folder, 'a'), join(place.folder, 'd')];
    expect((await place.must(['patch', ...folders, '--format', 'text'])).out).toMatch(/^x\.xml:\n {2}\/person/);
    const json = (await place.must(['patch', a, delta, '--json'])).json();
    expect(json).toMatchObject({ changes: [{ before: 'Nordhaven', after: 'Obermoor' }, {}, {}] });
    expect((await place.must(['patch', a, delta, '--format', 'xupdate'])).out.trim()).toBe(place.read('d', 'x.xml'));
  });
});
