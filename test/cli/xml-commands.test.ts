import { existsSync, readdirSync, writeFileSync } from 'node:fs';
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

const before =
  '<person><name>Anna</name><town>Nordhaven</town><phone>1</phone><note>a long enough note</note></person>';
const after = before.replace('Nordhaven', 'Obermoor');

describe('concord diff', () => {
  it('ends with 0 and prints nothing when both are canonically equal', async () => {
    const [a, b] = [
      place.put('a.xml', '<a x="1" y="2"/>'),
      place.put('b.xml', '<?xml version="1.0"?><a y="2" x="1"></a>'),
    ];
    expect(await place.run(['diff', a, b])).toMatchObject({ code: 0, out: '' });
  });

  it('ends with 1 and prints the XUpdate when they differ', async () => {
    const ran = await place.run(['diff', place.put('a.xml', before), place.put('b.xml', after)]);
    expect(ran.code).toBe(1);
    expect(ran.out).toMatch(/^<xu:modifications[^]*Obermoor[^]*\n$/);
  });

  it('ends with 2 when one cannot be read or is no XML, and names it', async () => {
    const a = place.put('a.xml', before);
    const missing = await place.run(['diff', a, join(place.folder, 'none.xml')]);
    expect(missing.code).toBe(2);
    expect(missing.err).toMatch(/none\.xml[^]*CON-R014/);
    const broken = await place.run(['diff', a, place.put('broken.xml', '<a><b></a>')]);
    expect(broken.code).toBe(2);
    expect(broken.err).toMatch(/broken\.xml[^]*CON-X001/);
    const trap = place.put('trap.xml', '<!DOCTYPE a [<!ENTITY e "x">]><a>&e;</a>');
    expect(await place.run(['diff', a, trap])).toMatchObject({ code: 2 });
  });

  it('reads the standard input for -, and prints JSON and words', async () => {
    const a = place.put('a.xml', before);
    const json = await place.run(['diff', a, '-', '--format', 'json'], { input: after });
    expect(json.code).toBe(1);
    expect(json.json()).toMatchObject({ isEqual: false, changed: [{ file: 'standard input' }] });
    const words = await place.run(['diff', '--format', 'text', a, '-'], { input: after });
    expect(words.out).toContain('Obermoor');
    expect(words.out).not.toContain('xu:modifications');
  });

  it('compares folders file by file, and writes one delta for each changed file', async () => {
    place.put('a/same.xml', before);
    place.put('b/same.xml', before);
    place.put('a/deep/changed.xml', before);
    place.put('b/deep/changed.xml', after);
    place.put('a/gone.xml', before);
    place.put('b/new.xml', before);
    const output = join(place.folder, 'deltas');
    const ran = await place.run(['diff', join(place.folder, 'a'), join(place.folder, 'b'), '--output', output]);
    expect(ran.code).toBe(1);
    expect(ran.out).toBe('changed: deep/changed.xml\nonly in A: gone.xml\nonly in B: new.xml\n');
    expect(readdirSync(output, { recursive: true }).sort()).toEqual(['deep', join('deep', 'changed.xml')]);
    expect(place.read('deltas', 'deep', 'changed.xml')).toContain('xu:modifications');
  });
});

describe('concord diff --output', () => {
  it('writes the delta of two files where it is told to', async () => {
    const [a, b] = [place.put('a.xml', before), place.put('b.xml', after)];
    const delta = join(place.folder, 'delta.xml');
    expect(await place.run(['diff', a, b, '--output', delta])).toMatchObject({ code: 1, out: '' });
    expect((await place.must(['patch', a, delta])).out).toBe(`${after}\n`);
  });

  it('tells of a file that is no XML that there is no delta', async () => {
    for (const [name, content] of [
      ['a/x.bin', 'one'],
      ['b/x.bin', 'two'],
    ] as const)
      place.put(name, content);
    const [a, b, output] = ['a', 'b', 'd'].map((name) => join(place.folder, name)) as [string, string, string];
    expect((await place.run(['diff', a, b, '--output', output])).out).toBe('without delta, as it is no XML: x.bin\n');
  });
});

describe('concord patch', () => {
  it('makes B of A with the delta that diff wrote', async () => {
    const [a, b] = [place.put('a.xml', before), place.put('b.xml', after)];
    const delta = place.put('delta.xml', (await place.run(['diff', a, b])).out);
    const ran = await place.must(['patch', a, delta]);
    expect(ran.out.trim()).toBe(after);
    await place.must(['patch', a, '-', '--output', join(place.folder, 'c.xml')], { input: place.read('delta.xml') });
    expect(place.read('c.xml')).toBe(after);
  });

  it('makes every resulting file of a folder', async () => {
    place.put('a/changed.xml', before);
    place.put('a/same.xml', before);
    place.put('b/changed.xml', after);
    place.put('b/same.xml', before);
    const [a, b, deltas, c] = ['a', 'b', 'deltas', 'c'].map((name) => join(place.folder, name)) as [
      string,
      string,
      string,
      string,
    ];
    await place.run(['diff', a, b, '--output', deltas]);
    const ran = await place.must(['patch', a, deltas, '--output', c]);
    expect(ran.out).toContain('2 files written');
    expect(await place.run(['diff', b, c])).toMatchObject({ code: 0 });
  });

  it('fails on a select that finds nothing, and writes nothing', async () => {
    const xupdate = (select: string) =>
      `<xu:modifications version="1.0" xmlns:xu="http://www.xmldb.org/xupdate"><xu:remove select="${select}"/></xu:modifications>`;
    place.put('a/one.xml', before);
    place.put('a/two.xml', before);
    place.put('d/one.xml', xupdate('/person/phone'));
    place.put('d/two.xml', xupdate('/person/fax'));
    const output = join(place.folder, 'c');
    const ran = await place.run(['patch', join(place.folder, 'a'), join(place.folder, 'd'), '--output', output]);
    expect(ran.code).toBe(1);
    expect(ran.err).toMatch(/d\/two\.xml on [^\n]*a\/two\.xml: Instruction 1[^]*\/person\/fax[^]*CON-U001/);
    expect(readdirSync(place.folder)).not.toContain('c');
  });

  it('names the file in which the fault is', async () => {
    const a = place.put('a.xml', before);
    for (const [delta, fault] of [
      ['<no delta', /delta\.xml: Modifications[^]*CON-U001/],
      [after, /delta\.xml: Modifications[^]*CON-U001/],
      [Buffer.from([0xff, 0xff]), /delta\.xml: [^]*utf-8[^]*CON-X001/],
    ] as const) {
      writeFileSync(join(place.folder, 'delta.xml'), delta);
      const ran = await place.run(['patch', a, join(place.folder, 'delta.xml')]);
      expect(ran).toMatchObject({ code: 1, out: '' });
      expect(ran.err).toMatch(fault);
      expect(ran.err).not.toContain('/a.xml');
    }
  });

  it('changes nothing with the empty delta that diff writes of equal documents', async () => {
    const a = place.put('a.xml', before);
    const [delta, c] = ['delta.xml', 'c.xml'].map((name) => join(place.folder, name)) as [string, string];
    expect(await place.run(['diff', a, a, '--output', delta])).toMatchObject({ code: 0, out: '' });
    expect(await place.must(['patch', a, delta, '--format', 'text'])).toMatchObject({ out: '' });
    await place.must(['patch', a, '-', '--output', c], { input: '' });
    expect(place.read('c.xml')).toBe(before);
  });

  it('lists nothing where the delta puts what is there already', async () => {
    const a = place.put('a.xml', before);
    const same = place.put('same.xml', (await place.run(['diff', place.put('b.xml', after), a])).out);
    expect(await place.must(['patch', a, same, '--format', 'text'])).toMatchObject({ out: '' });
  });

  it('evaluates any XPath with --xpath: nodes, attributes, texts, comments', async () => {
    const a = place.put(
      'a.xml',
      '<!--top--><r xmlns:n="urn:n"><p k="1">a &amp; b</p><n:p k="2"/><p k="3">c<!--x--></p></r>',
    );
    const instructions = [
      `<xu:update select="//p[@k > 2]/text()">d</xu:update>`,
      `<xu:remove select="//comment()[. = 'x']"/>`,
      `<xu:remove select="/comment()"/>`,
      `<xu:update select="//m:p/@k">two</xu:update>`,
      `<xu:rename select="//p[contains(., '&amp;')]">q</xu:rename>`,
    ];
    const delta = place.put(
      'delta.xml',
      `<xu:modifications version="1.0" xmlns:xu="http://www.xmldb.org/xupdate" xmlns:m="urn:n">${instructions.join('')}</xu:modifications>`,
    );
    const ran = await place.must(['patch', '--xpath', a, delta]);
    expect(ran.out.trim()).toBe('<r xmlns:n="urn:n"><q k="1">a &amp; b</q><n:p k="two"/><p k="3">d</p></r>');
    expect((await place.run(['patch', a, delta])).err).toContain('CON-U001');
    const wrong = place.put('wrong.xml', place.read('delta.xml').replace('//comment()', '//((('));
    expect((await place.run(['patch', '--xpath', a, wrong])).err).toContain('select-syntax');
  });
});

describe('--output', () => {
  it('makes the folders above what is written', async () => {
    const a = place.put('a.xml', before);
    await place.must(['diff', a, a, '--output', join(place.folder, 'some', 'where', 'delta.xml')]);
    expect(place.read('some', 'where', 'delta.xml')).toBe('');
  });

  it.skipIf(!existsSync('/proc/self'))(
    'is refused where no folder can be made (/proc, which not every system has)',
    async () => {
      const [a, b] = [place.put('a/x.xml', before), place.put('b/x.xml', after)];
      const none = '/proc/none/here';
      for (const argv of [
        ['diff', a, b, '--output', none],
        ['diff', join(place.folder, 'a'), join(place.folder, 'b'), '--output', none],
        ['merge', a, b, a, '--output', none],
        ['patch', a, place.put('delta.xml', ''), '--output', none],
      ])
        expect((await place.run(argv)).err).toMatch(/\/proc\/none\/here\S* cannot be written: [^]*CON-R014/);
    },
  );

  it('is refused where a file stands above it', async () => {
    const a = place.put('a.xml', before);
    const ran = await place.run(['diff', a, a, '--output', join(a, 'below', 'delta.xml')]);
    expect(ran.code).toBe(2);
    expect(ran.err).toMatch(/delta\.xml cannot be written: [^]*CON-R014/);
  });
});

describe('the limits under `xml`', () => {
  const nested = (depth: number) => `${'<a>'.repeat(depth)}${'</a>'.repeat(depth)}`;

  it('leave no delta that cannot be applied', async () => {
    place.put('data/concord.json', '{"xml": {"maxDepth": 5, "maxOctets": 1000}}');
    const deep = place.put('deep.xml', nested(5));
    const other = place.put('other.xml', nested(5).replaceAll('a>', 'b>').replace('<b></b>', '<b/>'));
    const delta = join(place.folder, 'delta.xml');
    expect(await place.run(['diff', deep, other, '--output', delta])).toMatchObject({ code: 1, err: '' });
    expect((await place.must(['patch', deep, delta])).out.trim()).toBe(place.read('other.xml'));
    const long = place.put('long.xml', `<b>${'x'.repeat(990)}</b>`);
    const refused = await place.run(['diff', deep, long]);
    expect(refused).toMatchObject({ code: 2, out: '' });
    expect(refused.err).toMatch(/long\.xml: There is no delta of these.*xml\.maxOctets[^]*CON-X002/);
  });

  it.each(['diff', 'patch', 'merge', 'import'])(
    'bind concord %s, which names limit, value and setting',
    async (command) => {
      await place.must(['site', 'add', 'cps']);
      place.put('data/concord.json', '{"xml": {"maxDepth": 5}}');
      const file = place.put('deep.xml', nested(6));
      const rest: Readonly<Record<string, readonly string[]>> = {
        diff: [file, place.put('other.xml', '<a/>')],
        patch: [file, file],
        merge: [file, file, file],
        import: ['cps', '/x', file],
      };
      const ran = await place.run([command, ...(rest[command] ?? [])]);
      expect(ran.code).toBe(command === 'diff' || command === 'merge' ? 2 : 1);
      expect(ran.out + ran.err).toMatch(/deep\.xml: [^]*5 \(xml\.maxDepth\)[^]*(?:raise the setting|CON-U001)/);
    },
  );

  it('can be raised: what is beyond the defaults is merged field by field and imported', async () => {
    await place.must(['site', 'add', 'cps']);
    place.put('data/concord.json', '{"xml": {"maxDepth": 400}}');
    const deep = nested(300).replace('<a></a>', '<a/>');
    const version = (b: string, c: string) => `<r>${deep}<b>${b}</b><c>${c}</c></r>`;
    const files = [
      place.put('a.xml', version('0', '0')),
      place.put('b.xml', version('1', '0')),
      place.put('c.xml', version('0', '2')),
    ];
    expect((await place.must(['merge', ...files])).out.trim()).toBe(version('1', '2'));
    const [base = '', changed = ''] = files;
    const delta = place.put('delta.xml', (await place.run(['diff', base, changed])).out);
    expect((await place.must(['patch', base, delta])).out.trim()).toBe(version('1', '0'));
    await place.must(['import', 'cps', '/x', base]);
    await place.must(['export', 'cps', '/x', join(place.folder, 'out')]);
    expect(place.read('out', 'a.xml')).toContain(nested(300));
  });
});
