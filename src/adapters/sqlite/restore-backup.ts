import { existsSync } from 'node:fs';
import { mkdir, readdir, rename, rm } from 'node:fs/promises';
import { join } from 'node:path';
import { RequestError, StoreError } from '../../errors/concord-error.ts';
import { checkedSiteId } from '../../objects/site-id.ts';
import { openContainer, packedFiles, unpackFile } from './backup-container.ts';
import { holdDirectory, lockFile } from './directory-lock.ts';
import { translateDriverError } from './driver-errors.ts';
import {
  installationFile,
  restoringPrefix,
  siteFile,
  sitesFolder,
  SqliteInstallation,
  vaultFile,
} from './sqlite-installation.ts';
import type { StoreSurroundings } from './sqlite-site-store.ts';

const unpackingPrefix = '.unpacking-';
const asidePrefix = 'before-restore-';
const notContents = [restoringPrefix, unpackingPrefix, asidePrefix, lockFile];

/** How a backup is restored. */
export interface RestoreOptions {
  readonly surroundings: StoreSurroundings;
  /** What is in the directory is put aside, into a folder within it, instead of being a reason to refuse. */
  readonly mayReplace?: boolean;
}

/**
 * Makes a data directory out of a backup. Every site starts a new epoch, so that its peers see that it was restored (engine.md §9). Nothing is changed before
 * the whole backup has been unpacked and checked. Returns the folder with what was there before, if there was anything.
 * @throws RequestError CON-R006 when the directory is not empty
 * @throws StoreError CON-D001 when a server runs on it, CON-D003 or CON-D007 when the file is of a newer version, damaged or no backup
 */
export async function restoreBackup(
  file: string,
  directory: string,
  options: RestoreOptions,
): Promise<string | undefined> {
  const hold = await holdDirectory(directory, 'maintenance');
  try {
    const before = await listContents(directory);
    if (before.length > 0 && options.mayReplace !== true) {
      throw new RequestError('CON-R006', `${directory} is not empty. With --replace, what is there is put aside`);
    }
    return await restoreHeld(file, directory, { before, surroundings: options.surroundings });
  } catch (cause) {
    throw translateDriverError(cause, directory);
  } finally {
    await hold[Symbol.asyncDispose]();
  }
}

interface Restore {
  readonly before: readonly string[];
  readonly surroundings: StoreSurroundings;
}

async function restoreHeld(
  file: string,
  directory: string,
  { before, surroundings }: Restore,
): Promise<string | undefined> {
  const suffix = surroundings.identifiers.random();
  const unpacked = join(directory, unpackingPrefix + suffix);
  try {
    await unpack(file, unpacked).catch((cause: unknown) => {
      throw asUnusableBackup(cause, file);
    });
    await startEpochs(unpacked, surroundings);
  } catch (error) {
    await rm(unpacked, { recursive: true, force: true });
    throw error;
  }
  // From here to the end the directory cannot be opened: it has neither all of the old files nor all of the new ones.
  const restoring = join(directory, restoringPrefix + suffix);
  await rename(unpacked, restoring);
  const aside = await putAside(directory, before, surroundings.clock.now());
  for (const name of await readdir(restoring)) await rename(join(restoring, name), join(directory, name));
  await removeRemains(directory);
  return aside;
}

/** What is said of a store is not said of a backup: there is nothing to stop or to copy. */
function asUnusableBackup(cause: unknown, file: string): unknown {
  const error = translateDriverError(cause, file);
  return error.code === 'CON-D004' ? new StoreError('CON-D007', error.message, { cause: error }) : error;
}

/** Own folders, empty now, and those of restores that were cut off. */
async function removeRemains(directory: string): Promise<void> {
  for (const name of await readdir(directory)) {
    const isRemains = name.startsWith(restoringPrefix) || name.startsWith(unpackingPrefix);
    if (isRemains) await rm(join(directory, name), { recursive: true });
  }
}

async function unpack(file: string, target: string): Promise<void> {
  await mkdir(join(target, sitesFolder), { recursive: true, mode: 0o700 });
  const container = openContainer(file, 'existing');
  try {
    const files = packedFiles(container);
    if (!files.some(({ name }) => name === installationFile)) {
      throw new StoreError('CON-D004', `${file} is not a whole backup`);
    }
    for (const packed of files) {
      checkName(packed.name);
      await unpackFile(container, packed, join(target, packed.name));
    }
  } finally {
    container.close();
  }
}

/** A backup may come from anywhere: no name in it leads out of the directory. */
function checkName(name: string): void {
  if (name === installationFile || name === vaultFile) return;
  const id = new RegExp(`^${sitesFolder}/(.+)\\.sqlite$`).exec(name)?.[1];
  if (id === undefined || name !== siteFile(checkedSiteId(id))) {
    throw new StoreError('CON-D004', `The backup has a file that does not belong there: ${name}`);
  }
}

async function startEpochs(directory: string, surroundings: StoreSurroundings): Promise<void> {
  // No file beside the databases, since they are moved while the driver may still have them open.
  const installation = new SqliteInstallation(directory, surroundings, { journal: 'rollback', flush: 'full' });
  try {
    for (const { id } of await installation.sites()) {
      // Removed while the backup was made: it is in the list of sites, but its file is not in the backup.
      if (!existsSync(join(directory, siteFile(id)))) await installation.removeSite(id);
      else await (await installation.site(id)).store.startEpoch();
    }
  } finally {
    await installation[Symbol.asyncDispose]();
  }
}

async function putAside(directory: string, names: readonly string[], now: number): Promise<string | undefined> {
  if (names.length === 0) return undefined;
  const aside = join(directory, `${asidePrefix}${new Date(now).toISOString().replaceAll(':', '')}`);
  await mkdir(aside, { mode: 0o700 });
  for (const name of names) await moveIfThere(join(directory, name), join(aside, name));
  return aside;
}

/** Files of the driver beside a database go by themselves when the last one lets go of it, which may be now. */
async function moveIfThere(from: string, to: string): Promise<void> {
  try {
    await rename(from, to);
  } catch (error) {
    if (existsSync(from)) throw error;
  }
}

async function listContents(directory: string): Promise<readonly string[]> {
  const names = await readdir(directory);
  return names.filter((name) => !notContents.some((prefix) => name.startsWith(prefix)));
}
