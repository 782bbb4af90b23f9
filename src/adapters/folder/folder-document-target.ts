import { randomBytes } from 'node:crypto';
import { lstat, mkdir, open, readdir, realpath, rename, rm, rmdir, stat, unlink } from 'node:fs/promises';
import { Readable } from 'node:stream';
import { basename, dirname, join, resolve } from 'node:path';
import { stringify } from 'csv-stringify';
import { ConcordError, RequestError } from '../../errors/concord-error.ts';
import type { DocumentTarget, FileEntry, FilePath } from '../../ports/document-files.ts';
import { entryOf } from './folder-document-source.ts';
import { fileFailure } from './file-failure.ts';

const bufferedCharacters = 65_536;

/** A folder, or one file, that documents are written to. Each file is complete before it takes the place of what was there. */
export class FolderDocumentTarget implements DocumentTarget {
  readonly kind: 'folder' | 'file';
  readonly name: string;
  readonly #root: string;
  readonly #made = new Set<string>();

  private constructor(kind: 'folder' | 'file', path: string, root: string) {
    this.kind = kind;
    this.name = basename(path);
    this.#root = root;
  }

  /** A folder, which is made if need be. @throws RequestError CON-R014 when it cannot be made, or is a file */
  static async folder(path: string): Promise<FolderDocumentTarget> {
    return new FolderDocumentTarget('folder', path, await realFolder(resolve(path)));
  }

  /** One file, in a folder that is made if need be. @throws RequestError CON-R014 when the folder cannot be made */
  static async file(path: string): Promise<FolderDocumentTarget> {
    const full = resolve(path);
    return new FolderDocumentTarget('file', full, await realFolder(dirname(full)));
  }

  async makeFolder(folder: FilePath): Promise<void> {
    for (let length = 1; length <= folder.length; length++) {
      const path = join(this.#root, ...folder.slice(0, length));
      if (this.#made.has(path)) continue;
      await makeOneFolder(path, folder.slice(0, length).join('/'));
      this.#made.add(path);
    }
  }

  async list(folder: FilePath): Promise<readonly FileEntry[]> {
    try {
      const entries = await readdir(join(this.#root, ...folder), { withFileTypes: true });
      return entries.filter(({ name }) => !name.startsWith('.')).map((entry) => entryOf(entry));
    } catch (cause) {
      throw fileFailure(folder.join('/'), cause);
    }
  }

  async remove(path: FilePath, kind: 'file' | 'folder'): Promise<boolean> {
    const full = join(this.#root, ...path);
    try {
      await (kind === 'file' ? unlink(full) : rmdir(full));
      return true;
    } catch (cause) {
      if (kind === 'folder' && hasCode(cause, 'ENOTEMPTY', 'EEXIST')) return false;
      throw fileFailure(path.join('/'), cause);
    }
  }

  async write(file: FilePath, text: string | AsyncIterable<string>): Promise<void> {
    const place = file.length === 0 ? this.name : file.join('/');
    const path = file.length === 0 ? join(this.#root, this.name) : join(this.#root, ...file);
    const temporary = join(dirname(path), `.concord-${randomBytes(9).toString('hex')}.tmp`);
    try {
      await writeNew(temporary, text);
      await rename(temporary, path);
    } catch (cause) {
      await rm(temporary, { force: true });
      throw cause instanceof ConcordError ? cause : fileFailure(place, cause);
    }
  }

  async writeTable(file: FilePath, rows: AsyncIterable<readonly (string | undefined)[]>): Promise<void> {
    await this.write(file, lines(rows));
  }
}

function hasCode(cause: unknown, ...codes: readonly string[]): boolean {
  return cause instanceof Error && 'code' in cause && codes.some((code) => code === cause.code);
}

async function* lines(rows: AsyncIterable<readonly (string | undefined)[]>): AsyncGenerator<string> {
  const writer = stringify({ record_delimiter: '\r\n', quoted_match: /^$/ });
  writer.setEncoding('utf8');
  const source = Readable.from(rows);
  source.on('error', (error) => writer.destroy(error));
  // Holds: a stream with an encoding gives strings.
  yield* source.pipe(writer) as AsyncIterable<string>;
}

async function realFolder(path: string): Promise<string> {
  try {
    await makeFolders(path);
    return await realpath(path);
  } catch (cause) {
    if (hasCode(cause, 'EEXIST')) throw new RequestError('CON-R014', `${path}: it is a file, not a folder`, { cause });
    throw fileFailure(path, cause);
  }
}

/** One after the other: Node 20's recursive mkdir tries for ever where a file system, such as /proc, makes none in a folder that is there. */
async function makeFolders(path: string): Promise<void> {
  try {
    await mkdir(path);
  } catch (cause) {
    const parent = dirname(path);
    if (hasCode(cause, 'EEXIST') && (await stat(path)).isDirectory()) return;
    if (!hasCode(cause, 'ENOENT') || (await isThere(parent))) throw cause;
    await makeFolders(parent);
    await makeFolders(path);
  }
}

async function isThere(path: string): Promise<boolean> {
  return stat(path).then(
    () => true,
    () => false,
  );
}

async function makeOneFolder(path: string, place: string): Promise<void> {
  try {
    await mkdir(path);
  } catch (cause) {
    if (!(cause instanceof Error && 'code' in cause && cause.code === 'EEXIST')) throw fileFailure(place, cause);
    if (!(await lstat(path)).isDirectory())
      throw new RequestError('CON-R008', `${place}: there is a file or a symbolic link where a folder must be made`, {
        cause,
      });
  }
}

/** Fails when the file is there: `wx` follows no link. */
async function writeNew(path: string, text: string | AsyncIterable<string>): Promise<void> {
  await using handle = await open(path, 'wx');
  if (typeof text === 'string') {
    await handle.writeFile(text);
    return;
  }
  let waiting = '';
  for await (const piece of text) {
    waiting += piece;
    if (waiting.length < bufferedCharacters) continue;
    await handle.appendFile(waiting);
    waiting = '';
  }
  await handle.appendFile(waiting);
}
