import { execFile } from 'node:child_process';
import { existsSync } from 'node:fs';
import { mkdir, mkdtemp, readFile, readdir } from 'node:fs/promises';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { promisify } from 'node:util';
import { canonicalize } from '../../src/xml/canonical.ts';

// Real records kept by many hands; they stay where they are and are no part of the project.
const data = new URL('../../../shared/data/exoplanets/', import.meta.url);

/** Whether the Open Exoplanet Catalogue is there to test with. */
export const hasExoplanets = existsSync(data);

/** The name under which tests on it are skipped. */
export const exoplanetsTitle = 'the Open Exoplanet Catalogue (skipped where ../shared/data/exoplanets is absent)';

/** Unpacks both states into a temporary folder, as `2020/systems` and `2023/systems`; whoever asks removes it. */
export async function unpackExoplanets(): Promise<string> {
  const folder = await mkdtemp(join(tmpdir(), 'concord-exoplanets-'));
  for (const year of ['2020', '2023']) {
    await mkdir(join(folder, year));
    await promisify(execFile)('tar', ['-xzf', new URL(`${year}.tar.gz`, data).pathname, '-C', join(folder, year)]);
  }
  return folder;
}

/** The files of a folder by name, in canonical form. */
export async function canonicalFiles(path: string): Promise<ReadonlyMap<string, string>> {
  const names = (await readdir(path)).toSorted();
  const texts = await Promise.all(names.map(async (name) => canonicalize(await readFile(join(path, name), 'utf8'))));
  return new Map(names.map((name, at) => [name, texts[at] ?? '']));
}
