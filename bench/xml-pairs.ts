import { execFileSync } from 'node:child_process';
import { existsSync, mkdtempSync, readdirSync, readFileSync, rmSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';

/** Two versions of a document. */
export interface XmlPair {
  readonly old: string;
  readonly fresh: string;
}

/** Pairs to be measured together, or why there are none. */
export type PairSet =
  | { readonly state: 'ready'; readonly name: string; readonly pairs: readonly XmlPair[] }
  | { readonly state: 'skipped'; readonly name: string; readonly reason: string };

const generated = ['person60', 'deep200', 'tree5x5', 'flat2000_id', 'flat2000_noid', 'flat10000_id', 'flat10000_noid'];
const catalogue = 'the real edits';

/** The names of all sets. */
export const pairSets: readonly string[] = [...generated, catalogue];

/** The sets with these names, made anew. `shared` is the folder of the data that is not part of the project. */
export function readPairs(shared: string, wanted: readonly string[]): readonly PairSet[] {
  const folder = mkdtempSync(join(tmpdir(), 'concord-bench-pairs-'));
  try {
    const names = generated.filter((name) => wanted.includes(name));
    const sets = names.length === 0 ? [] : generatedPairs(join(shared, 'data/xml-pairs/gen.py'), folder, names);
    return wanted.includes(catalogue) ? [...sets, realPairs(join(shared, 'data/exoplanets'), folder)] : sets;
  } finally {
    rmSync(folder, { recursive: true, force: true });
  }
}

function generatedPairs(script: string, folder: string, names: readonly string[]): readonly PairSet[] {
  const skipped = (reason: string): readonly PairSet[] =>
    names.map((name) => ({ state: 'skipped', name, reason }) as const);
  if (!existsSync(script)) return skipped('the script that makes it is not there');
  try {
    execFileSync('python3', [script, folder]);
  } catch {
    return skipped('python3 cannot make it');
  }
  const read = (name: string, side: string): string => readFileSync(join(folder, `${name}.${side}.xml`), 'utf8');
  return names.map((name) => ({ state: 'ready', name, pairs: [{ old: read(name, 'old'), fresh: read(name, 'new') }] }));
}

/** The systems of the Open Exoplanet Catalogue that were edited between 2020 and 2023. */
function realPairs(archive: string, folder: string): PairSet {
  if (!existsSync(archive)) return { state: 'skipped', name: catalogue, reason: 'the catalogue is not there' };
  for (const year of ['2020', '2023'])
    execFileSync('tar', ['xzf', join(archive, `${year}.tar.gz`), '-C', folder, `--one-top-level=${year}`]);
  const names = readdirSync(join(folder, '2020/systems')).filter((name) => name.endsWith('.xml'));
  const pairs: XmlPair[] = [];
  for (const name of names.sort()) {
    const [before, after] = ['2020', '2023'].map((year) => join(folder, year, 'systems', name));
    if (before === undefined || after === undefined || !existsSync(after)) continue;
    const pair = { old: readFileSync(before, 'utf8'), fresh: readFileSync(after, 'utf8') };
    if (pair.old !== pair.fresh) pairs.push(pair);
  }
  return { state: 'ready', name: catalogue, pairs };
}

/** Another edit of a document than its pair has: one text in a hundred is changed. */
export function editedElsewhere(text: string): string {
  let count = 0;
  return text.replace(/>([^<>&]*[A-Za-z0-9])</g, (found) => (++count % 100 === 50 ? `${found.slice(0, -1)}+<` : found));
}
