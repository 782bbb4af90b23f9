import { RequestError } from '../../errors/concord-error.ts';
import { folderDocument } from '../../objects/document-type.ts';
import { FileNames } from '../../objects/file-name.ts';
import type { Gid } from '../../objects/gid.ts';
import { jsonFromDocument } from '../../objects/json-form.ts';
import type { Path } from '../../objects/path.ts';
import { formatPath } from '../../objects/path.ts';
import type { Version } from '../../objects/version.ts';
import type { DocumentTarget, FilePath } from '../../ports/document-files.ts';
import type { ObjectReader } from '../../ports/object-reader.ts';
import { childrenOf } from '../objects/descendants.ts';
import type { LeftoverFiles } from './leftover-files.ts';
import { keyOf, leftoverFiles } from './leftover-files.ts';
import { tableRows } from './export-table.ts';
import type { ReadingContext } from '../objects/read-object.ts';
import { parentAt, readObject } from '../objects/read-object.ts';

const filesAtOnce = 16;

/** The forms that objects can be written in. */
export const exportFormats = ['xml', 'json', 'csv'] as const;
export type ExportFormat = (typeof exportFormats)[number];

/** What to export where. */
export interface ExportRequest {
  /** What is below it is exported; to a single XML file the object itself. */
  readonly path: Path;
  readonly target: DocumentTarget;
  /** Left out: XML in a folder, what the extension says in a file. */
  readonly format?: ExportFormat | undefined;
  /** Also removes from a target folder the files of objects that are gone. */
  readonly mirror?: boolean | undefined;
  /** How many files `mirror` may remove; else the larger of 20 and a tenth of those in the folder. */
  readonly allowDeletions?: number | undefined;
  /** Called now and then with the number of objects written so far. */
  readonly onProgress?: ((objects: number) => void) | undefined;
}

/** What an export did. */
export interface ExportReport extends LeftoverFiles {
  readonly objects: number;
}

/**
 * Writes what is below a path, in files that import reads back as the same objects under the same ids. In a folder: one file for each object, named for its id,
 * and beside it a folder when there are objects below; a plain folder object is only a folder. XML is written in canonical form, so foreign documents come out
 * as they are, white space included. In a single file: a table for `.csv`, an array for `.json`, and for `.xml` the object at the path itself. What else is in
 * the target folder stays, and is named in the report; with `mirror` what is left of an earlier export goes (see `leftoverFiles`). Holds one page of objects for each level in memory.
 * @throws RequestError CON-R002 when there is nothing at the path, CON-R008 when the objects do not fit the form, or links stand in the way in the target;
 * CON-E003 when `mirror` would remove more than it may: all objects are written then
 */
export async function exportObjects({ store }: ReadingContext, request: ExportRequest): Promise<ExportReport> {
  const { path, target } = request;
  const parent = await parentAt(store, path);
  if (request.mirror === true && target.kind === 'file')
    throw new RequestError('CON-R008', 'A single file holds what is there and nothing else: leave out --mirror');
  const format = request.format ?? (target.kind === 'folder' ? 'xml' : formatOf(target.name));
  if (target.kind === 'folder') {
    if (format === 'csv') throw new RequestError('CON-R008', 'A table is one file: name a file that ends in .csv');
    const run = new FolderExport(store, request, format);
    await run.writeBelow(parent, []);
    const { mirror = false, allowDeletions: allowed } = request;
    return { objects: run.count, ...(await leftoverFiles(target, { written: run.written, mirror, allowed })) };
  }
  if (format === 'xml') {
    await refuseFolder(store, { parent, path });
    await target.write([], `${(await readObject({ store }, path)).document}\n`);
    return { objects: 1, left: [], removed: [] };
  }
  const objects = flatChildren(store, parent, path);
  const counted = new Counted(objects, request.onProgress);
  if (format === 'csv')
    await target.writeTable(
      [],
      tableRows(() => flatChildren(store, parent, path), counted),
    );
  else await target.write([], jsonArray(counted));
  return { objects: counted.count, left: [], removed: [] };
}

/** An export into a folder: how many objects have been written. */
class FolderExport {
  readonly #store: ObjectReader;
  readonly #request: ExportRequest;
  readonly #format: 'xml' | 'json';
  /** The files and folders that it has written, by `keyOf`. */
  readonly written = new Set<string>();
  count = 0;

  constructor(store: ObjectReader, request: ExportRequest, format: 'xml' | 'json') {
    this.#store = store;
    this.#request = request;
    this.#format = format;
  }

  async writeBelow(parent: Gid, folder: FilePath): Promise<void> {
    const names = new FileNames();
    let writing: Promise<void>[] = [];
    for await (const child of childrenOf(this.#store, parent)) {
      const path = [...folder, ...names.nameFor(child.id)];
      const written = this.#writeObject(child, path);
      // Its failure is thrown where all are awaited; until then it would count as unhandled.
      written.catch(() => undefined);
      writing.push(written);
      if (writing.length >= filesAtOnce) {
        await Promise.all(writing);
        writing = [];
      }
      if ((await this.#store.countChildren(child.gid)) > 0) await this.writeBelow(child.gid, path);
    }
    await Promise.all(writing);
  }

  async #writeObject({ document }: Version, path: FilePath): Promise<void> {
    const { target, onProgress } = this.#request;
    if (document === folderDocument) {
      this.#noteFolders(path);
      await target.makeFolder(path);
    } else {
      const parents = path.slice(0, -1);
      this.#noteFolders(parents);
      await target.makeFolder(parents);
      const file = [...parents, `${path.at(-1) ?? ''}.${this.#format}`];
      this.written.add(keyOf(file));
      await target.write(file, this.#text(document));
    }
    this.count++;
    if (this.count % filesAtOnce === 0) onProgress?.(this.count);
  }

  #noteFolders(folder: FilePath): void {
    for (let length = folder.length; length > 0; length--) {
      const key = keyOf(folder.slice(0, length));
      if (this.written.has(key)) return;
      this.written.add(key);
    }
  }

  #text(document: string): string {
    return this.#format === 'xml' ? `${document}\n` : `${JSON.stringify(jsonFromDocument(document), undefined, 2)}\n`;
  }
}

/** Objects on their way into one file, counted. */
class Counted implements AsyncIterable<Version> {
  readonly #objects: AsyncIterable<Version>;
  readonly #onProgress: ((objects: number) => void) | undefined;
  count = 0;

  constructor(objects: AsyncIterable<Version>, onProgress: ((objects: number) => void) | undefined) {
    this.#objects = objects;
    this.#onProgress = onProgress;
  }

  async *[Symbol.asyncIterator](): AsyncGenerator<Version> {
    for await (const object of this.#objects) {
      yield object;
      this.count++;
      if (this.count % filesAtOnce === 0) this.#onProgress?.(this.count);
    }
  }
}

/** The objects directly below. @throws RequestError CON-R008 when there are others below them */
async function* flatChildren(store: ObjectReader, parent: Gid, path: Path): AsyncGenerator<Version> {
  for await (const child of childrenOf(store, parent)) {
    if ((await store.countChildren(child.gid)) > 0) {
      const where = formatPath([...path, child.id]);
      throw new RequestError(
        'CON-R008',
        `There are objects below ${where}, which one file cannot hold: export to a folder`,
      );
    }
    yield child;
  }
}

async function* jsonArray(objects: AsyncIterable<Version>): AsyncGenerator<string> {
  let before = '[\n';
  for await (const { id, document } of objects) {
    const json = jsonFromDocument(document);
    const named = '@id' in json ? { '@id': id, xml: document } : { '@id': id, ...json };
    yield before + JSON.stringify(named);
    before = ',\n';
  }
  yield before === ',\n' ? '\n]\n' : '[]\n';
}

/** A file of nothing but a folder would look like an export of what is in it. */
async function refuseFolder(
  store: ReadingContext['store'],
  { parent, path }: { readonly parent: Gid; readonly path: Path },
): Promise<void> {
  const isFolder = (await readObject({ store }, path)).document === folderDocument;
  if (isFolder && (await store.countChildren(parent)) > 0)
    throw new RequestError('CON-R008', `There are objects below ${formatPath(path)}: export them to a folder`);
}

function formatOf(name: string): ExportFormat {
  const format = exportFormats.find((each) => name.toLowerCase().endsWith(`.${each}`));
  if (format === undefined)
    throw new RequestError('CON-R008', `${name} does not end in .xml, .json or .csv: name a folder, or the format`);
  return format;
}
