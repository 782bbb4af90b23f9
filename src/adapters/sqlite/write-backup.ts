import { chmod, mkdtemp, rename, rm, stat } from 'node:fs/promises';
import { dirname, join } from 'node:path';
import { openContainer, packFile } from './backup-container.ts';
import { translateDriverError } from './driver-errors.ts';
import type { SqliteDatabase } from './sqlite-database.ts';

/** A file to be backed up: a plain one by its path, or one with a connection, of which a consistent copy is made. */
export interface Source {
  readonly name: string;
  readonly from: SqliteDatabase | string;
}

/**
 * Writes one file with copies of all sources, each consistent in itself while others go on writing. The file appears under its name when it is complete.
 * Needs room for one more copy of the greatest source.
 */
export async function writeBackup(file: string, sources: Iterable<Source> | AsyncIterable<Source>): Promise<void> {
  try {
    // In the same folder: only there it can be renamed to its place.
    const workplace = await mkdtemp(join(dirname(file), '.concord-backup-'));
    try {
      const partial = join(workplace, 'backup');
      await pack(partial, workplace, sources);
      await rename(partial, file);
    } finally {
      await rm(workplace, { recursive: true, force: true });
    }
  } catch (cause) {
    throw translateDriverError(cause, file);
  }
}

async function pack(
  partial: string,
  workplace: string,
  sources: Iterable<Source> | AsyncIterable<Source>,
): Promise<void> {
  const container = openContainer(partial, 'new');
  try {
    // It holds passwords' hashes and the key of the vault.
    await chmod(partial, 0o600);
    container.execute('BEGIN');
    for await (const { name, from } of sources) await packSource(container, workplace, { name, from });
    container.execute('COMMIT');
  } finally {
    container.close();
  }
}

async function packSource(container: SqliteDatabase, workplace: string, { name, from }: Source): Promise<void> {
  if (typeof from === 'string') {
    if (await isThere(from)) await packFile(container, name, from);
    return;
  }
  const copy = join(workplace, 'copy');
  from.run('VACUUM INTO ?', copy);
  await packFile(container, name, copy);
  await rm(copy);
}

async function isThere(path: string): Promise<boolean> {
  return stat(path).then(
    () => true,
    () => false,
  );
}
