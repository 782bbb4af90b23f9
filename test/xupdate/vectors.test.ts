import { existsSync, readdirSync, readFileSync } from 'node:fs';
import { join } from 'node:path';
import { describe, expect, it } from 'vitest';
import { evaluateXPath } from '../../src/adapters/xpath/evaluate-xpath.ts';
import { canonicalize, canonicalXml } from '../../src/xml/canonical.ts';
import { parseXml } from '../../src/xml/parse.ts';
import { applyModifications } from '../../src/xupdate/apply.ts';
import { diff } from '../../src/xupdate/diff.ts';
import type { Profile } from '../../src/xupdate/modifications.ts';
import { parseModifications } from '../../src/xupdate/parse-modifications.ts';
import { XUpdateError } from '../../src/xupdate/xupdate-error.ts';

const home = join(import.meta.dirname, '../vectors/xupdate');

function foldersIn(folder: string): readonly string[] {
  return readdirSync(join(home, folder)).filter((name) => existsSync(join(home, folder, name, 'source.md')));
}

function read(...path: readonly string[]): string {
  return readFileSync(join(home, ...path), 'utf8');
}

function profilesOf(...path: readonly string[]): readonly Profile[] {
  const named = /^Profile: (peer|tool|both)$/m.exec(read(...path, 'source.md'))?.[1];
  if (named === 'peer' || named === 'tool') return [named];
  expect(named).toBe('both');
  return ['peer', 'tool'];
}

function apply(profile: Profile, ...path: readonly string[]): string {
  const modifications = parseModifications(read(...path, 'modifications.xml'), profile);
  return canonicalXml(
    applyModifications(parseXml(read(...path, 'before.xml')), modifications, { profile, evaluate: evaluateXPath }),
  );
}

function reasonOf(action: () => unknown): string {
  try {
    action();
  } catch (error) {
    if (error instanceof XUpdateError) return error.reason;
    throw error;
  }
  return 'accepted';
}

describe('modifications make of the document what the vector says', () => {
  it.each(foldersIn('.'))('%s', (name) => {
    for (const profile of profilesOf(name)) expect(apply(profile, name)).toBe(canonicalize(read(name, 'after.xml')));
  });
});

describe('modifications are refused for the reason that the vector says', () => {
  it.each(foldersIn('invalid'))('%s', (name) => {
    for (const profile of profilesOf('invalid', name)) {
      expect(reasonOf(() => apply(profile, 'invalid', name))).toBe(read('invalid', name, 'expected.txt').trim());
    }
  });
});

describe('the difference of the two documents of the vector makes one of the other, both ways', () => {
  it.each(foldersIn('diff'))('%s', (name) => {
    const trees = ['before.xml', 'after.xml'].map((file) => parseXml(read('diff', name, file)));
    for (const [from, to] of [trees, trees.toReversed()]) {
      if (from === undefined || to === undefined) continue;
      const delta = diff(from, to);
      const result = delta === '' ? from : applyModifications(from, parseModifications(delta));
      expect(canonicalXml(result)).toBe(canonicalXml(to));
    }
  });
});
