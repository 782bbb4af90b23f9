import { execFileSync } from 'node:child_process';
import { existsSync, mkdtempSync, readdirSync, readFileSync, rmSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { afterAll, beforeAll, describe, expect, it } from 'vitest';
import { canonicalXml } from '../../src/xml/canonical.ts';
import { parseXml } from '../../src/xml/parse.ts';
import { applyModifications } from '../../src/xupdate/apply.ts';
import { diff } from '../../src/xupdate/diff.ts';
import { merge } from '../../src/xupdate/merge.ts';
import { parseModifications } from '../../src/xupdate/parse-modifications.ts';

const archive = join(import.meta.dirname, '../../../shared/data/exoplanets');
const SAMPLE = 400;

describe.skipIf(!existsSync(archive))('the Open Exoplanet Catalogue, 2020 to 2023', () => {
  const folder = mkdtempSync(join(tmpdir(), 'concord-exoplanets-'));
  let pairs: readonly (readonly [string, string, string])[] = [];

  beforeAll(() => {
    for (const year of ['2020', '2023'])
      execFileSync('tar', ['xzf', join(archive, `${year}.tar.gz`), '-C', folder, '--one-top-level=' + year]);
    const read = (year: string, name: string): string => readFileSync(join(folder, year, 'systems', name), 'utf8');
    const both = readdirSync(join(folder, '2020', 'systems')).filter((name) =>
      existsSync(join(folder, '2023', 'systems', name)),
    );
    const every = Math.max(1, Math.floor(both.length / SAMPLE));
    pairs = both.filter((_, at) => at % every === 0).map((name) => [name, read('2020', name), read('2023', name)]);
  });

  afterAll(() => {
    rmSync(folder, { recursive: true, force: true });
  });

  it('becomes the later state by its differences, white space included, and back', () => {
    expect(pairs.length).toBeGreaterThan(SAMPLE / 2);
    for (const [name, old, fresh] of pairs) {
      for (const [from, to] of [
        [old, fresh],
        [fresh, old],
      ] as const) {
        const [before, after] = [parseXml(from), parseXml(to)];
        const delta = diff(before, after);
        const result = delta === '' ? before : applyModifications(before, parseModifications(delta));
        expect(canonicalXml(result), name).toBe(canonicalXml(after));
      }
    }
  });

  it('merges with an edit of an attribute that nobody else touched', () => {
    for (const [name, old, fresh] of pairs) {
      const incoming = parseXml(old.replace('<system', '<system checked="yes"'));
      const { document, clashes } = merge({ base: parseXml(old), publisher: parseXml(fresh), incoming });
      expect(clashes, name).toEqual([]);
      expect(canonicalXml(document), name).toBe(
        canonicalXml(parseXml(fresh.replace('<system', '<system checked="yes"'))),
      );
    }
  });
});
