import type { OpenMode, Stats } from 'node:fs';
import { mkdir, readFile, stat, writeFile } from 'node:fs/promises';
import { dirname, join, resolve } from 'node:path';
import { ConcordError, RequestError } from '../errors/concord-error.ts';
import { decodeXml } from '../xml/decode.ts';
import type { XmlLimits } from '../xml/limits.ts';
import type { XmlDocument } from '../xml/tree.ts';
import { XmlVersions } from '../xml/versions.ts';
import type { Call } from './command-action.ts';
import type { FolderFiles } from './folder-files.ts';
import { listFolder } from './folder-files.ts';
import { unusable } from './unusable-file.ts';

/** A file or the standard input (`-`), whole; or a folder with what is found in it. */
export type FileInput =
  { readonly kind: 'file'; readonly name: string; readonly read: () => Promise<Uint8Array> } | FolderInput;

/** A folder whose files are read one by one. */
export interface FolderInput extends FolderFiles {
  readonly kind: 'folder';
  readonly name: string;
  readonly read: (file: string) => Promise<Uint8Array>;
}

/** Looks at what several names stand for. @throws RequestError CON-R014 when nothing is there, CON-C003 for the standard input twice */
export async function openInputs(call: Call, names: readonly string[]): Promise<readonly FileInput[]> {
  if (names.filter((name) => name === '-').length > 1)
    throw new RequestError('CON-C003', 'The standard input can be read once: only one argument can be -');
  const inputs: FileInput[] = [];
  for (const name of names) inputs.push(await openInput(call, name));
  return inputs;
}

/** Looks at what a name stands for. @throws RequestError CON-R014 when nothing is there, or a folder cannot be read */
export async function openInput(call: Call, name: string): Promise<FileInput> {
  if (name === '-') return { kind: 'file', name: 'standard input', read: () => call.terminal.readInput() };
  const found = await describeFile(name);
  if (!found.isDirectory()) return { kind: 'file', name, read: () => readWhole(name) };
  return { kind: 'folder', name, ...(await listFolder(name)), read: (file) => readWhole(join(name, file)) };
}

/** The names of what is left out of the folders among several inputs; each once, though a folder be given twice. */
export function leftOutOf(inputs: readonly FileInput[]): readonly string[] {
  const names = inputs.flatMap((input) =>
    input.kind === 'file' ? [] : input.leftOut.map((each) => join(input.name, each)),
  );
  return [...new Set(names)];
}

/** Parses the octets of several versions of one document, which take the room of one where they are the same. Owns the first. */
export class InputVersions {
  readonly #limits: XmlLimits;
  readonly #versions: XmlVersions;

  constructor(call: Call) {
    this.#limits = call.configuration().xml;
    this.#versions = new XmlVersions(this.#limits);
  }

  /**
   * The document in a file's octets, within the configured limits.
   * @throws RequestError CON-X001, CON-X002, CON-X003, told with the file's name
   */
  parse(octets: Uint8Array, file: string): XmlDocument {
    return withFileName(file, () => this.#versions.parse(decodeXml(octets, this.#limits)));
  }
}

/** Works on a file; what is wrong with it is told with its name. */
export function withFileName<Result>(file: string, work: () => Result): Result {
  try {
    return work();
  } catch (cause) {
    if (!(cause instanceof ConcordError)) throw cause;
    throw new RequestError(cause.code, `${file}: ${cause.message}`, { cause });
  }
}

/** What is written into a file: text, octets, or pieces that are made when they are asked for, once. */
export type FileContent = string | Uint8Array | Iterable<string>;

/** Writes a file with the folders above it; `flag` is what it is opened with. @throws RequestError CON-R014 when it cannot be written */
export async function writeOutput(file: string, content: FileContent, flag: OpenMode = 'w'): Promise<void> {
  try {
    await makeFolders(dirname(resolve(file)));
    await writeFile(file, content, { flag });
  } catch (cause) {
    throw unusable(file, 'written', cause);
  }
}

/** Makes a folder with those above it, one after the other: Node 20's recursive mkdir tries for ever where a file system, such as /proc, makes none. */
export async function makeFolders(folder: string): Promise<void> {
  if (await isFolder(folder)) return;
  await makeFolders(dirname(folder));
  try {
    await mkdir(folder);
  } catch (cause) {
    // Another command may have made it meanwhile.
    if (!(await isFolder(folder))) throw cause;
  }
}

async function isFolder(name: string): Promise<boolean> {
  return stat(name).then(
    (found) => found.isDirectory(),
    () => false,
  );
}

async function describeFile(name: string): Promise<Stats> {
  try {
    return await stat(name);
  } catch (cause) {
    throw unusable(name, 'read', cause);
  }
}

async function readWhole(file: string): Promise<Uint8Array> {
  try {
    return await readFile(file);
  } catch (cause) {
    throw unusable(file, 'read', cause);
  }
}
