import { readdirSync, readFileSync } from 'node:fs';
import { join, relative, sep } from 'node:path';
import { describe, expect, it } from 'vitest';

const root = join(import.meta.dirname, '../..');

/** What git does not keep, so that a tree without git (an unpacked archive) is judged the same. */
const notKept = new Set(['.git', 'node_modules', 'dist', 'var', 'coverage']);

function listFiles(folder: string): readonly string[] {
  return readdirSync(folder, { withFileTypes: true }).flatMap((entry) => {
    const path = join(folder, entry.name);
    if (entry.isDirectory()) return notKept.has(entry.name) ? [] : listFiles(path);
    return entry.isFile() ? [relative(root, path).replaceAll(sep, '/')] : [];
  });
}

const files = listFiles(root);
const sources = files.filter((file) => /^(src|workers|bench|test)\//.test(file) && file.endsWith('.ts'));

function read(file: string): string {
  return readFileSync(join(root, file), 'latin1');
}

interface LockedPackage {
  readonly integrity?: string;
  readonly optionalDependencies?: Readonly<Record<string, string>>;
}

describe('the lockfile', () => {
  const lockfile = read('package-lock.json');
  // Parsed from our own file, whose format npm defines: a map from place to package.
  const { packages } = JSON.parse(lockfile) as { readonly packages: Readonly<Record<string, LockedPackage>> };

  it('names no registry, so that it installs from whichever one the machine is set to', () => {
    expect(lockfile).not.toMatch(/"resolved": "https?:/);
    expect(lockfile).not.toMatch(/registry\./);
  });

  it('holds a checksum of every package', () => {
    const unchecked = Object.entries(packages).filter(
      ([place, entry]) => place !== '' && entry.integrity === undefined,
    );
    expect(unchecked).toEqual([]);
  });

  it('lists the optional packages of every platform, without which npm ci refuses it', () => {
    const present = new Set(Object.keys(packages).map((place) => place.split('node_modules/').at(-1)));
    const wanted = Object.values(packages).flatMap((entry) => Object.keys(entry.optionalDependencies ?? {}));
    expect(wanted.filter((name) => !present.has(name))).toEqual([]);
  });
});

describe('the tree', () => {
  it('names no path of a machine and no registry', () => {
    // Where this checkout happens to lie, with the data beside it that some tests read, or the home of somebody.
    const here = [root, join(root, '../shared')];
    const homes = /(?<![\w.~*:-])\/(?:home|Users|root)\/\w/;
    const registry = new RegExp(['registry', 'npmjs'].join(String.raw`\.`));
    const named = files.filter((file) => {
      const text = read(file);
      return homes.test(text) || registry.test(text) || here.some((path) => text.includes(path));
    });
    expect(named).toEqual([]);
  });

  it('names every source file in kebab-case', () => {
    const badly = sources.filter((file) => !/^([a-z0-9]+(-[a-z0-9]+)*[./])+ts$/.test(file));
    expect(badly).toEqual([]);
  });

  it('has no barrel and no folder for a kind of code in src/', () => {
    const kinds = /^src\/.*(\/index\.ts$|\b(utils?|helpers?|services?|types|common|lib|misc)\/)/;
    expect(files.filter((file) => kinds.test(file))).toEqual([]);
  });

  it('goes at most two levels below src/', () => {
    expect(sources.filter((file) => file.startsWith('src/') && file.split('/').length > 4)).toEqual([]);
  });

  it('writes the number of an issue at deferred work', () => {
    const unnumbered = sources.filter((file) => /\/\/.*\b(TODO(?!\(#\d+\))|FIXME|XXX)\b/.test(read(file)));
    expect(unnumbered.filter((file) => !file.startsWith('test/house/'))).toEqual([]);
  });
});

describe('what tests share', () => {
  it('has no hook of its own at the top, which would hold only for the first file of a worker that imports it', () => {
    // What is set up for a test is run again for each file.
    const shared = sources.filter((file) => file.startsWith('test/') && !/\.(test|setup)\.ts$/.test(file));
    expect(shared.length).toBeGreaterThan(20);
    expect(shared.filter((file) => /^(before|after|around)(Each|All)\(/m.test(read(file)))).toEqual([]);
  });
});
