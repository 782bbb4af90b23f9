import type { Stats } from 'node:fs';
import { constants } from 'node:fs';
import { lstat, readFile, rmdir, unlink } from 'node:fs/promises';
import { dirname, join, resolve } from 'node:path';
import { RequestError } from '../errors/concord-error.ts';
import type { FileContent } from './file-input.ts';
import { makeFolders, writeOutput } from './file-input.ts';
import { listFolder } from './folder-files.ts';
import { unusable } from './unusable-file.ts';

// What is there is written anew, unless it became a link meanwhile.
const asNoLink = constants.O_WRONLY | constants.O_CREAT | constants.O_TRUNC | constants.O_NOFOLLOW;

/** A folder that results are written into. It may be a symbolic link itself; one inside it is never followed, as it may lead anywhere. Files are named with slashes between. */
export class OutputFolder {
  readonly name: string;

  constructor(name: string) {
    this.name = name;
  }

  /** Where a file is, and what it is called where something is said of it. */
  pathOf(file: string): string {
    return join(this.name, file);
  }

  /** Makes the folder where it is not there yet. @throws RequestError CON-R014 when it cannot be made */
  async make(): Promise<void> {
    await attempt(this.name, 'written', (path) => makeFolders(resolve(path)));
  }

  /** The names of its files, as those of an input are listed; none where the folder is not there yet. @throws RequestError CON-R014 */
  async list(): Promise<readonly string[]> {
    const stats = await attempt(this.name, 'read', lookAt);
    return stats === undefined ? [] : (await listFolder(this.name)).files;
  }

  /** Writes a file with the folders above it. @throws RequestError CON-R014 when it cannot be written, or a symbolic link is on the way */
  async write(file: string, content: FileContent): Promise<void> {
    const path = this.pathOf(file);
    const { isOnTheWay, stats } = await this.#look(file);
    if (isOnTheWay || stats?.isSymbolicLink() === true)
      throw new RequestError('CON-R014', `${path} cannot be written: a symbolic link or a file is on the way to it`);
    await writeOutput(path, content, asNoLink);
  }

  /** What is in a file; undefined where none is there, and `link` where a symbolic link is. @throws RequestError CON-R014 when it cannot be read */
  async read(file: string): Promise<Uint8Array | 'link' | undefined> {
    const { isOnTheWay, stats } = await this.#look(file);
    if (isOnTheWay || stats === undefined) return undefined;
    if (stats.isSymbolicLink()) return 'link';
    return stats.isFile() ? attempt(this.pathOf(file), 'read', (path) => readFile(path)) : undefined;
  }

  /** Removes a file that is there, and the folders above it that nothing is in any more. @throws RequestError CON-R014 when it cannot be removed */
  async remove(file: string): Promise<void> {
    await attempt(this.pathOf(file), 'removed', unlink);
    for (let above = dirname(file); above !== '.'; above = dirname(above))
      if (!(await attempt(this.pathOf(above), 'removed', removeEmpty))) return;
  }

  /** What is there; or whether anything else than a folder is above it. */
  async #look(file: string): Promise<{ readonly isOnTheWay: boolean; readonly stats: Stats | undefined }> {
    const names = file.split('/');
    let stats: Stats | undefined;
    for (const at of names.keys()) {
      if (stats?.isDirectory() === false) return { isOnTheWay: true, stats };
      stats = await attempt(this.pathOf(names.slice(0, at + 1).join('/')), 'read', lookAt);
      if (stats === undefined) break;
    }
    return { isOnTheWay: false, stats };
  }
}

async function lookAt(path: string): Promise<Stats | undefined> {
  try {
    return await lstat(path);
  } catch (cause) {
    if (hasCode(cause, 'ENOENT')) return undefined;
    throw cause;
  }
}

async function removeEmpty(folder: string): Promise<boolean> {
  try {
    await rmdir(folder);
    return true;
  } catch (cause) {
    if (hasCode(cause, 'ENOTEMPTY', 'EEXIST')) return false;
    throw cause;
  }
}

function hasCode(cause: unknown, ...codes: readonly string[]): boolean {
  return cause instanceof Error && 'code' in cause && codes.some((code) => code === cause.code);
}

async function attempt<Result>(path: string, verb: string, act: (path: string) => Promise<Result>): Promise<Result> {
  try {
    return await act(path);
  } catch (cause) {
    throw unusable(path, verb, cause);
  }
}
