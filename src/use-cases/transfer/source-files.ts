import { decodeFileName } from '../../objects/file-name.ts';
import type { Path } from '../../objects/path.ts';
import type { DocumentSource, FileEntry, FilePath } from '../../ports/document-files.ts';

/** How a file is read, by its extension. */
export type FileFormat = 'xml' | 'json' | 'csv';

/** A file with objects. `place` is the path below which they come to stand, `id` what the file's name says. */
export interface FoundFile {
  readonly kind: 'file';
  readonly file: FilePath;
  readonly place: Path;
  readonly id: string;
  readonly format: FileFormat;
}

/** What an import finds in its source, in the order in which it is written: files before the folders beside them, folders before what is in them. */
export type Found =
  | FoundFile
  | { readonly kind: 'folder'; readonly file: FilePath; readonly place: Path; readonly id: string }
  /** Neither XML nor JSON nor CSV by its extension. */
  | { readonly kind: 'ignored'; readonly file: FilePath }
  /** A symbolic link or the like: nobody knows what is behind it. */
  | { readonly kind: 'closed'; readonly file: FilePath }
  | { readonly kind: 'unreadable'; readonly file: FilePath; readonly cause: unknown };

const formats: ReadonlyMap<string, FileFormat> = new Map([
  ['.xml', 'xml'],
  ['.json', 'json'],
  ['.csv', 'csv'],
  ['.tsv', 'csv'],
]);

/** A folder of the source: where its files come to stand, and how the ids of what is in it begin. */
interface Folder {
  readonly file: FilePath;
  readonly place: Path;
  readonly prefix: string;
}

/** Walks the source. Holds the names of one folder for each level, not the documents. */
export async function* findFiles(source: DocumentSource): AsyncGenerator<Found> {
  yield* findIn(source, { file: [], place: [], prefix: '' });
}

async function* findIn(source: DocumentSource, folder: Folder): AsyncGenerator<Found> {
  let entries: readonly FileEntry[];
  try {
    entries = await source.list(folder.file);
  } catch (cause) {
    yield { kind: 'unreadable', file: folder.file, cause };
    return;
  }
  for (const entry of entries) if (entry.kind !== 'folder') yield foundFile(entry, folder);
  for (const entry of entries) if (entry.kind === 'folder') yield* findFolder(source, entry.name, folder);
}

function foundFile({ name, kind, isNamed }: FileEntry, { file: parent, place, prefix }: Folder): Found {
  const file = [...parent, name];
  if (kind === 'other') return { kind: 'closed', file };
  const dot = name.lastIndexOf('.');
  const extension = dot <= 0 ? '' : name.slice(dot).toLowerCase();
  const format = formats.get(extension) ?? (isNamed ? 'xml' : undefined);
  if (format === undefined) return { kind: 'ignored', file };
  const stem = dot <= 0 ? name : name.slice(0, dot);
  return { kind: 'file', file, place, id: prefix + decodeFileName(stem).part, format };
}

async function* findFolder(source: DocumentSource, name: string, parent: Folder): AsyncGenerator<Found> {
  const { part, continues } = decodeFileName(name);
  const file = [...parent.file, name];
  const id = parent.prefix + part;
  if (continues) {
    yield* findIn(source, { file, place: parent.place, prefix: id });
    return;
  }
  yield { kind: 'folder', file, place: parent.place, id };
  yield* findIn(source, { file, place: [...parent.place, id], prefix: '' });
}
