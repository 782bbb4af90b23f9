import { cpSync, mkdirSync, readdirSync, renameSync, symlinkSync } from 'node:fs';
import { dirname, join } from 'node:path';
import fc from 'fast-check';
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

const one = '<r><a>1</a></r>';
const two = '<r><a>2</a></r>';

/** Makes folders of these names, with the files that are given. */
function folders<Names extends readonly string[]>(
  files: Readonly<Record<string, string>>,
  ...names: Names
): { readonly [At in keyof Names]: string } {
  for (const name of names) mkdirSync(join(place.folder, name), { recursive: true });
  for (const [file, text] of Object.entries(files)) place.put(file, text);
  // Holds: a list has as many entries after `map` as before.
  return names.map((name) => join(place.folder, name)) as { readonly [At in keyof Names]: string };
}

/** All files of a folder, in order. */
function filesOf(folder: string): readonly string[] {
  return readdirSync(folder, { recursive: true, encoding: 'utf8' }).sort();
}

describe('concord merge --output FOLDER, again into the same folder', () => {
  it('takes away what the merge no longer has, with folders that are empty then', async () => {
    const [b, p, s, out] = folders({ 'b/deep/x.xml': one, 'b/y.xml': one }, 'b', 'p', 's', 'out');
    folders({ 'p/deep/x.xml': one, 'p/y.xml': one, 's/deep/x.xml': two, 's/y.xml': one, 'out/theirs.txt': 'foreign' });
    await place.must(['merge', b, p, s, '--output', out]);
    expect(filesOf(out)).toEqual(['deep', join('deep', 'x.xml'), 'theirs.txt', 'y.xml']);
    const empty = join(place.folder, 'empty');
    mkdirSync(empty);
    // Agreed by both, and by one alone that the other has not edited.
    expect(await place.must(['merge', s, empty, empty, '--output', out])).toMatchObject({ err: '' });
    expect(filesOf(out)).toEqual(['theirs.txt']);
  });

  it('gives what a merge into a new folder gives, where the earlier result is the base', async () => {
    const versions = fc.dictionary(
      fc.constantFrom('x.xml', 'y.txt', 'z/x.xml', 'z/y/x.xml'),
      fc.constantFrom(one, two),
    );
    const states = fc.tuple(versions, versions, versions, versions, versions);
    await fc.assert(
      fc.asyncProperty(states, async (contents) => {
        using there = makeWorkplace();
        const [b, p, s, p2, s2, out, b2, fresh] = ['b', 'p', 's', 'p2', 's2', 'out', 'b2', 'fresh'].map((name) => {
          mkdirSync(join(there.folder, name));
          return join(there.folder, name);
        }) as [string, string, string, string, string, string, string, string];
        for (const [at, name] of ['b', 'p', 's', 'p2', 's2'].entries())
          for (const [file, text] of Object.entries(contents[at] ?? {})) there.put(`${name}/${file}`, text);
        await there.run(['merge', b, p, s, '--output', out]);
        cpSync(out, b2, { recursive: true });
        await there.run(['merge', b2, p2, s2, '--output', out]);
        await there.run(['merge', b2, p2, s2, '--output', fresh]);
        expect(filesOf(out)).toEqual(filesOf(fresh));
        expect(await there.run(['diff', out, fresh])).toMatchObject({ code: 0 });
      }),
      { numRuns: 25 },
    );
  });

  it('makes room for a file where a folder was, and for a folder where a file was', async () => {
    const [b, p, out] = folders({ 'b/x': '1', 'b/y/z': '2', 'p/x/z': '3', 'p/y': '4' }, 'b', 'p', 'out');
    await place.must(['merge', b, b, b, '--output', out]);
    await place.must(['merge', b, p, b, '--output', out]);
    expect(filesOf(out)).toEqual(['x', join('x', 'z'), 'y']);
  });

  it('carries a deletion out in a folder that is one of the three, too', async () => {
    const [b, p, s] = folders({ 'b/x.xml': one, 'p/x.xml': one, 'p/y.xml': one }, 'b', 'p', 's');
    await place.must(['merge', b, p, s, '--output', p]);
    expect(filesOf(p)).toEqual(['y.xml']);
  });

  it('takes away what is only written otherwise than in one of the three', async () => {
    const [b, p, s, out] = folders({ 'b/x.xml': `<?xml version="1.0"?>${one}` }, 'b', 'p', 's', 'out');
    place.put('out/x.xml', `${one}\n`);
    await place.must(['merge', b, p, s, '--output', out]);
    expect(filesOf(out)).toEqual([]);
  });

  it.each([
    ['x.xml', two],
    ['x.xml', '<no xml'],
    ['x.txt', two],
  ])('leaves %s with what none of the three has (%s), names it and ends with 1', async (file, text) => {
    const [b, p, s, out] = folders({ [`b/${file}`]: one }, 'b', 'p', 's', 'out');
    const edited = place.put(`out/${file}`, text);
    const ran = await place.run(['merge', b, p, s, '--output', out]);
    expect(ran.code).toBe(1);
    expect(ran.err).toContain(`Warning: ${edited} stays`);
    expect(place.read('out', file)).toBe(text);
    const json = await place.run(['merge', b, p, s, '--output', out, '--json']);
    expect(json.json()).toMatchObject({ isClean: true, kept: [file] });
  });

  it('neither deletes nor writes where a symbolic link leads', async () => {
    const [b, p, s, out, other] = folders(
      { 'b/deep/x.xml': one, 'b/y.xml': one, 'other/x.xml': one, 'other/y.xml': one },
      'b',
      'p',
      's',
      'out',
      'other',
    );
    symlinkSync(other, join(out, 'deep'));
    symlinkSync(join(other, 'y.xml'), join(out, 'y.xml'));
    const ran = await place.run(['merge', b, p, s, '--output', out]);
    expect(ran.code).toBe(1);
    expect(ran.err).toMatch(/^Warning: [^\n]*y\.xml stays[^\n]*\n$/);
    for (const file of ['deep/x.xml', 'y.xml']) {
      const [only] = folders({ [`only-${file}/${file}`]: two }, `only-${file}`);
      const written = await place.run(['merge', p, only, only, '--output', out]);
      expect(written.code).toBe(2);
      expect(written.err).toMatch(/cannot be written: [^]*symbolic link[^]*CON-R014/);
    }
    expect([place.read('other', 'x.xml'), place.read('other', 'y.xml')]).toEqual([one, one]);
    expect(filesOf(other)).toEqual(['x.xml', 'y.xml']);
  });
});

describe('concord diff --output FOLDER, again into the same folder', () => {
  const delta = async (a: string, b: string): Promise<string> =>
    (await place.run(['diff', place.put('1.xml', a), place.put('2.xml', b)])).out;

  it('leaves the deltas of this comparison alone, and names those that go', async () => {
    const [a, b, d, c] = folders(
      { 'a/x.xml': one, 'a/y/z.xml': one, 'b/x.xml': two, 'b/y/z.xml': two },
      'a',
      'b',
      'd',
      'c',
    );
    await place.run(['diff', a, b, '--output', d]);
    expect(filesOf(d)).toEqual(['x.xml', 'y', join('y', 'z.xml')]);
    // One does not differ any more, the other is in neither.
    place.put('b/x.xml', one);
    place.put('d/gone.xml', '');
    const ran = await place.run(['diff', a, b, '--output', d]);
    expect(ran).toMatchObject({ code: 1, out: 'changed: y/z.xml\n' });
    expect(ran.err).toBe('Removed, as left by an earlier comparison: gone.xml, x.xml\n');
    expect(filesOf(d)).toEqual(['y', join('y', 'z.xml')]);
    await place.must(['patch', a, d, '--output', c]);
    expect(await place.run(['diff', b, c])).toMatchObject({ code: 0 });
    const json = await place.must(['diff', a, a, '--output', d, '--json']);
    expect(json).toMatchObject({ err: '' });
    expect(json.json()).toMatchObject({ isEqual: true, removed: ['y/z.xml'] });
    expect(filesOf(d)).toEqual([]);
  });

  it('gives what patch takes for no change where nothing differs', async () => {
    const [a, c] = folders({ 'a/x.xml': one }, 'a', 'c');
    const d = join(place.folder, 'd');
    await place.must(['diff', a, a, '--output', d]);
    await place.must(['patch', a, d, '--output', c]);
    expect(await place.run(['diff', a, c])).toMatchObject({ code: 0 });
  });

  it.each([
    ['notes.txt', 'foreign'],
    ['x.xml', one],
    ['y.xml', '<xu:modifications'],
  ])('changes nothing in a folder that is not for deltas alone: %s', async (file, text) => {
    const [a, b, d] = folders({ 'a/x.xml': one, 'b/x.xml': two, [`d/${file}`]: text }, 'a', 'b', 'd');
    place.put('d/z.xml', await delta(one, two));
    const ran = await place.run(['diff', a, b, '--output', d]);
    expect(ran.code).toBe(2);
    expect(ran.err).toMatch(new RegExp(`${file}\\n[^]*CON-R006`));
    expect(place.read('d', file)).toBe(text);
    expect(filesOf(d)).toEqual([file, 'z.xml']);
  });

  it('does not take what it compares for a folder of deltas', async () => {
    const [a, b] = folders({ 'a/x.xml': one, 'b/x.xml': two }, 'a', 'b');
    expect(await place.run(['diff', a, b, '--output', b])).toMatchObject({ code: 2 });
    expect(place.read('b', 'x.xml')).toBe(two);
  });
});

describe('concord patch --output FOLDER', () => {
  it('writes nothing where a symbolic link leads', async () => {
    const [a, d, out, other] = folders({ 'a/x.xml': one, 'other/x.xml': two }, 'a', 'd', 'out', 'other');
    symlinkSync(join(other, 'x.xml'), join(out, 'x.xml'));
    const ran = await place.run(['patch', a, d, '--output', out]);
    expect(ran.err).toMatch(/x\.xml cannot be written: [^]*symbolic link[^]*CON-R014/);
    expect(place.read('other', 'x.xml')).toBe(two);
  });
});

describe('a folder that cannot be read', () => {
  const isLinux = process.platform === 'linux';

  it.skipIf(!isLinux)('is named, whatever is done with it (needs paths that are as long as in Linux)', async () => {
    const [a, b, above] = folders({ 'b/x.xml': one }, 'a', 'b', join('a', 'n'.repeat(250), 'n'.repeat(250)));
    // Put together of two paths that can be used: nobody can read it then, whatever rights he has.
    const [name = '', ...below] = Array<string>(18).fill('d'.repeat(200));
    const movable = join(place.folder, name);
    mkdirSync(join(movable, ...below), { recursive: true });
    renameSync(movable, join(above, name));
    try {
      for (const argv of [
        ['diff', a, b],
        ['merge', b, a, b, '--format', 'text'],
        ['patch', a, b, '--output', b],
        ['diff', b, b, '--output', a],
      ]) {
        const { code, err } = await place.run(argv);
        expect(code).toBe(argv[0] === 'patch' ? 1 : 2);
        expect(err).toMatch(/\/a\/n+\/n+\/d+[^\n]* cannot be read: ENAMETOOLONG[^]*CON-R014/);
      }
    } finally {
      renameSync(join(above, name), movable);
    }
  });

  it('is named where it is a file', async () => {
    const [a, b] = folders({ 'a/x.xml': one, 'b/x.xml': two, d: one }, 'a', 'b');
    const { code, err } = await place.run(['diff', a, b, '--output', join(place.folder, 'd')]);
    expect(code).toBe(2);
    expect(err).toMatch(/\/d cannot be read: [^]*CON-R014/);
  });
});

describe('what is no file in a folder that is compared, patched or merged', () => {
  /** A folder with a file, a link to it, links to folders that are above and elsewhere, one that leads nowhere, and names with a dot. */
  function mixed(): { readonly a: string; readonly b: string; readonly leftOut: readonly string[] } {
    const [a, b, other] = folders({ 'a/deep/x.xml': one, 'b/deep/x.xml': one, 'other/y.xml': one }, 'a', 'b', 'other');
    folders({ 'a/.git/config.xml': one, 'a/deep/.x.xml.swp': one });
    symlinkSync(join(a, 'deep', 'x.xml'), join(a, 'file.xml'));
    symlinkSync(a, join(a, 'deep', 'above'));
    symlinkSync(other, join(a, 'elsewhere'));
    symlinkSync(join(other, 'none'), join(a, 'nowhere.xml'));
    const leftOut = ['.git', 'deep/.x.xml.swp', 'deep/above', 'elsewhere', 'file.xml', 'nowhere.xml'];
    return { a, b, leftOut: leftOut.map((name) => join(a, name)) };
  }

  it('is left out, and named once', async () => {
    const { a, b, leftOut } = mixed();
    const out = join(place.folder, 'out');
    const [none] = folders({}, 'none');
    for (const argv of [
      ['diff', a, b],
      ['diff', a, a],
      ['diff', b, a, '--format', 'text', '--output', join(place.folder, 'd')],
      ['patch', a, none, '--output', out],
      ['merge', b, a, b, '--output', out],
      ['merge', a, a, a, '--format', 'text'],
    ]) {
      const ran = await place.must(argv);
      expect(ran.err).toMatch(/^Left out \([^\n]*\n$/);
      expect(ran.err).toContain(`: ${leftOut.join(', ')}\n`);
      const json = await place.must([...argv, '--json']);
      expect(json.err).toBe('');
      expect(json.json()).toMatchObject({ leftOut });
    }
    expect(filesOf(out)).toEqual(['deep', join('deep', 'x.xml')]);
  });

  it('is said nothing of where there is nothing of the kind', async () => {
    const [a] = folders({ 'a/x.xml': one }, 'a');
    expect(await place.must(['diff', a, a])).toMatchObject({ out: '', err: '' });
    expect((await place.must(['merge', a, a, a, '--json'])).json()).toMatchObject({ leftOut: [] });
  });

  it('is counted where it is much', async () => {
    const [a] = folders(Object.fromEntries(Array.from({ length: 13 }, (_, at) => [`a/.${at}`, ''])), 'a');
    expect((await place.must(['diff', a, a])).err).toMatch(/\.6 and 3 more\n$/);
  });

  it.each(['deep', 'deep/x.xml'])('does not count as deleted in a merge: %s', async (name) => {
    const [b, p, s, out] = folders({ 'b/deep/x.xml': one, 's/deep/x.xml': one, 'p/y.xml': one }, 'b', 'p', 's', 'out');
    mkdirSync(dirname(join(p, name)), { recursive: true });
    symlinkSync(join(s, name), join(p, name));
    place.put('out/deep/x.xml', one);
    const ran = await place.run(['merge', b, p, s, '--output', out]);
    expect(ran.code).toBe(2);
    expect(ran.err).toContain(`${join(p, name)} is neither a file nor a folder`);
    expect(filesOf(out)).toEqual(['deep', join('deep', 'x.xml')]);
  });
});
