import type { Dirent } from 'node:fs';
import { constants } from 'node:fs';
import { lstat, open, readdir, realpath, stat } from 'node:fs/promises';
import type { FileHandle } from 'node:fs/promises';
import { basename, join } from 'node:path';
import { RequestError } from '../../errors/concord-error.ts';
import type { DocumentSource, FileEntry, FilePath, TableRow } from '../../ports/document-files.ts';
import { fileFailure } from './file-failure.ts';
import { readTable } from './read-table.ts';

/**
 * The files and folders that an operator names, as one folder: what is in a named folder stands at the top, and so does a named file. What is named may be a
 * symbolic link; what is found inside may not.
 */
export class FolderDocumentSource implements DocumentSource {
  readonly #folders: readonly string[];
  readonly #files: ReadonlyMap<string, string>;

  private constructor(folders: readonly string[], files: ReadonlyMap<string, string>) {
    this.#folders = folders;
    this.#files = files;
  }

  /** @throws RequestError CON-R014 when one of them is not there, or two files have the same name */
  static async open(paths: readonly string[]): Promise<FolderDocumentSource> {
    const folders: string[] = [];
    const files = new Map<string, string>();
    for (const path of paths) {
      const real = await attempt(path, () => realpath(path));
      const { isFolder } = await attempt(path, async () => ({ isFolder: (await stat(real)).isDirectory() }));
      const name = basename(path);
      if (isFolder) folders.push(real);
      else if (files.has(name)) throw new RequestError('CON-R014', `Two files with the name ${name} are given`);
      else files.set(name, real);
    }
    return new FolderDocumentSource(folders, files);
  }

  async list(folder: FilePath): Promise<readonly FileEntry[]> {
    const entries = new Map<string, FileEntry>();
    for (const root of this.#folders) {
      for (const entry of await this.#entries(join(root, ...folder), folder))
        if (!entry.name.startsWith('.')) add(entries, entryOf(entry), folder);
    }
    if (folder.length === 0)
      for (const name of this.#files.keys()) add(entries, { name, kind: 'file', isNamed: true }, folder);
    return [...entries.values()].sort((left, right) => (left.name < right.name ? -1 : 1));
  }

  async read(file: FilePath, maxOctets: number): Promise<Uint8Array> {
    const place = file.join('/');
    await using handle = await this.#open(file);
    return await attempt(place, async () => {
      const { size } = await handle.stat();
      if (size > maxOctets)
        throw new RequestError('CON-R014', `${place}: it has ${size} octets, more than the ${maxOctets} that are read`);
      // One read and no second look at the size: with small files that is a third of the time.
      const octets = Buffer.allocUnsafe(size + 1);
      const { bytesRead } = await handle.read(octets, 0, size + 1, 0);
      if (bytesRead !== size) throw new RequestError('CON-R014', `${place}: it was written to while it was read`);
      return octets.subarray(0, bytesRead);
    });
  }

  async *readTable(file: FilePath): AsyncGenerator<TableRow> {
    const place = file.join('/');
    await using handle = await this.#open(file);
    yield* readTable(handle.createReadStream({ autoClose: false }), place);
  }

  // In several named folders there may be the same subfolder; it is enough that one has it.
  async #entries(path: string, folder: FilePath): Promise<readonly Dirent[]> {
    try {
      if (folder.length > 0 && !(await lstat(path)).isDirectory()) return [];
      return await readdir(path, { withFileTypes: true });
    } catch (cause) {
      const failure = fileFailure(folder.length === 0 ? path : folder.join('/'), cause);
      if (this.#folders.length > 1 && isMissing(cause)) return [];
      throw failure;
    }
  }

  async #open(file: FilePath): Promise<FileHandle> {
    const place = file.join('/');
    const [name] = file;
    const named = file.length === 1 && name !== undefined ? this.#files.get(name) : undefined;
    const candidates = named === undefined ? this.#folders.map((root) => join(root, ...file)) : [named];
    for (const [at, path] of candidates.entries()) {
      try {
        return await open(path, constants.O_RDONLY | constants.O_NOFOLLOW);
      } catch (cause) {
        if (at === candidates.length - 1 || !isMissing(cause)) throw fileFailure(place, cause);
      }
    }
    throw new RequestError('CON-R014', `${place}: there is no such file`);
  }
}

// Folders of the same name are one; of two files it could not be said which is meant.
function add(entries: Map<string, FileEntry>, entry: FileEntry, folder: FilePath): void {
  const before = entries.get(entry.name);
  if (before !== undefined && !(before.kind === 'folder' && entry.kind === 'folder'))
    throw new RequestError('CON-R014', `${[...folder, entry.name].join('/')}: it is there in two of the places given`);
  entries.set(entry.name, entry);
}

/** What the folder of a source or target has, as the ports say it. */
export function entryOf(entry: Dirent): FileEntry {
  const kind = entry.isFile() ? 'file' : entry.isDirectory() ? 'folder' : 'other';
  return { name: entry.name, kind, isNamed: false };
}

function isMissing(cause: unknown): boolean {
  return cause instanceof Error && 'code' in cause && cause.code === 'ENOENT';
}

async function attempt<Result>(place: string, act: () => Promise<Result>): Promise<Result> {
  try {
    return await act();
  } catch (cause) {
    throw cause instanceof RequestError ? cause : fileFailure(place, cause);
  }
}
