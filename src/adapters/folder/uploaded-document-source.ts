import { Readable } from 'node:stream';
import { RequestError } from '../../errors/concord-error.ts';
import type { DocumentSource, FileEntry, FilePath, TableRow } from '../../ports/document-files.ts';
import { readTable } from './read-table.ts';

/** A file that was sent: its name, with the folders above it, and what is in it. */
export interface UploadedFile {
  readonly name: string;
  readonly octets: Uint8Array;
}

interface Folder {
  readonly folders: Map<string, Folder>;
  readonly files: Map<string, Uint8Array>;
}

/** Files that were sent by a browser, as one folder; they are in memory already. A folder that all are in counts for nothing: it is the one that was chosen. */
export class UploadedDocumentSource implements DocumentSource {
  readonly #top: Folder = { folders: new Map(), files: new Map() };

  /** @throws RequestError CON-R014 for two files of one name, or a name that leads out of the folder */
  constructor(files: readonly UploadedFile[]) {
    const named = files.map(({ name, octets }) => ({ path: pathOf(name), octets }));
    const [chosen] = named[0]?.path ?? [];
    const isOneFolder = named.every(({ path }) => path.length > 1 && path[0] === chosen);
    for (const { path, octets } of named) this.#add(isOneFolder ? path.slice(1) : path, octets);
  }

  async list(folder: FilePath): Promise<readonly FileEntry[]> {
    const found = this.#folderAt(folder);
    const entries: FileEntry[] = [
      ...[...(found?.files.keys() ?? [])].map((name) => ({ name, kind: 'file' as const, isNamed: false })),
      ...[...(found?.folders.keys() ?? [])].map((name) => ({ name, kind: 'folder' as const, isNamed: false })),
    ];
    return entries.filter(({ name }) => !name.startsWith('.')).sort((a, b) => (a.name < b.name ? -1 : 1));
  }

  async read(file: FilePath, maxOctets: number): Promise<Uint8Array> {
    const octets = this.#octetsOf(file);
    if (octets.length > maxOctets)
      throw new RequestError(
        'CON-R014',
        `${file.join('/')}: it has ${octets.length} octets, more than the ${maxOctets} that are read`,
      );
    return octets;
  }

  async *readTable(file: FilePath): AsyncGenerator<TableRow> {
    yield* readTable(Readable.from([Buffer.from(this.#octetsOf(file))]), file.join('/'));
  }

  #add(path: FilePath, octets: Uint8Array): void {
    let folder = this.#top;
    for (const name of path.slice(0, -1)) {
      const below = folder.folders.get(name) ?? { folders: new Map(), files: new Map() };
      folder.folders.set(name, below);
      folder = below;
    }
    const name = path.at(-1) ?? '';
    if (folder.files.has(name)) throw new RequestError('CON-R014', `${path.join('/')}: it was sent twice`);
    folder.files.set(name, octets);
  }

  #folderAt(path: FilePath): Folder | undefined {
    let folder: Folder | undefined = this.#top;
    for (const name of path) folder = folder?.folders.get(name);
    return folder;
  }

  #octetsOf(file: FilePath): Uint8Array {
    const octets = this.#folderAt(file.slice(0, -1))?.files.get(file.at(-1) ?? '');
    if (octets === undefined) throw new RequestError('CON-R014', `${file.join('/')}: there is no such file`);
    return octets;
  }
}

function pathOf(name: string): FilePath {
  const path = name.split(/[/\\]/).filter((part) => part !== '');
  if (path.length === 0 || path.some((part) => part === '.' || part === '..'))
    throw new RequestError('CON-R014', `A file cannot be called “${name}”`);
  return path;
}
