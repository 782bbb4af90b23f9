import type { ErrorCode } from '../../errors/codes.ts';
import type { ConcordError } from '../../errors/concord-error.ts';
import { RequestError } from '../../errors/concord-error.ts';
import { parseKeyPath } from '../../objects/key-path.ts';
import type { Path } from '../../objects/path.ts';
import { formatPath } from '../../objects/path.ts';
import type { DocumentSource } from '../../ports/document-files.ts';
import type { ReadFolder } from './import-batch.ts';
import { writeBatch } from './import-batch.ts';
import { ensureFolders } from '../objects/ensure-folders.ts';
import type { EditingContext } from '../objects/local-edits.ts';
import { editTree } from '../objects/local-edits.ts';
import type { OpenedFile } from './read-documents.ts';
import { openFile, readDocuments } from './read-documents.ts';
import { removeMissing } from './remove-missing.ts';
import type { Actor } from '../site-context.ts';
import type { Found } from './source-files.ts';
import { findFiles } from './source-files.ts';
import type { ImportKeys, ReadFailure, ReadingKeys, ReadObject } from './source-object.ts';
import { documentFault } from './source-object.ts';
import { defaultXmlLimits } from '../../xml/limits.ts';

const batchSize = 500;
const batchCharacters = 8_000_000;
const filesAhead = 8;

/** What to import where. */
export interface ImportRequest extends ImportKeys {
  /** The objects come to stand below it; it is made when it is missing. */
  readonly path: Path;
  readonly source: DocumentSource;
  /** Also removes what is below the path and not in the source. */
  readonly mirror?: boolean | undefined;
  /** How many objects `mirror` may remove; else the larger of 20 and a tenth of those below the path. */
  readonly allowDeletions?: number | undefined;
  /** Called after each batch. */
  readonly onProgress?: ((progress: ImportProgress) => void) | undefined;
}

/** How far an import has come. The number of files is known from the beginning, that of objects is not. */
export interface ImportProgress {
  readonly files: number;
  readonly totalFiles: number;
  readonly objects: number;
}

/** What could not be imported: file, and line or number where there is one; and why. */
export interface ImportFailure {
  readonly where: string;
  readonly code: ErrorCode;
  readonly message: string;
}

/** What an import did; folders count like all objects, the path itself does not. */
export interface ImportReport {
  readonly created: number;
  readonly changed: number;
  readonly unchanged: number;
  readonly removed: number;
  readonly failed: readonly ImportFailure[];
  /** Files that are neither XML nor JSON nor CSV by their extension. */
  readonly ignored: readonly string[];
}

/**
 * Imports the objects of a source: XML files one object each, JSON files an object or an array of them, CSV files one row each. An object is named by its file,
 * or by `keyField`; subfolders become objects too. What is there already and differs is changed, and keeps its gid. Commits some hundred objects at a time:
 * when it is stopped, what came so far stays, and the same import goes on from there. Holds in memory one batch, and the ids of the source.
 *
 * What is wrong with one object or file is in the report and stops nothing else. With `mirror`, nothing is removed while it is not known for all files which
 * objects they hold; the report says so.
 * @throws RequestError CON-E003 when `mirror` would remove more than it may: all else is done then, and the message has the number to allow;
 * CON-R008 for a path or key that cannot be one; CON-R014 when the source cannot be read at all
 */
export async function importObjects(
  context: EditingContext,
  actor: Pick<Actor, 'name'>,
  request: ImportRequest,
): Promise<ImportReport> {
  const run = new ObjectImport(context, actor, request);
  await editTree(context, actor, (edits) => ensureFolders(edits, request.path));
  await run.readAll();
  const removed = request.mirror === true ? await run.removeMissing() : 0;
  return run.report(removed);
}

/** One import: the batch that waits, and what came of those before. */
class ObjectImport {
  readonly #context: EditingContext;
  readonly #actor: Pick<Actor, 'name'>;
  readonly #request: ImportRequest;
  readonly #keys: ReadingKeys;
  readonly #counts = { created: 0, changed: 0, unchanged: 0 };
  readonly #failed: ImportFailure[] = [];
  readonly #ignored: string[] = [];
  readonly #ids = new Map<string, Set<string>>();
  #batch: (ReadObject | ReadFolder)[] = [];
  #characters = 0;
  #objects = 0;
  #files = 0;
  #totalFiles = 0;
  /** Whether all ids of the source are known. */
  #isComplete = true;

  constructor(context: EditingContext, actor: Pick<Actor, 'name'>, request: ImportRequest) {
    const { keyField, gidField } = request;
    this.#context = context;
    this.#actor = actor;
    this.#request = request;
    this.#keys = {
      keyField,
      gidField,
      limits: context.xmlLimits ?? defaultXmlLimits,
      key: keyField === undefined ? undefined : parseKeyPath(keyField),
      gid: gidField === undefined ? undefined : parseKeyPath(gidField),
    };
  }

  async readAll(): Promise<void> {
    const { source } = this.#request;
    for await (const found of findFiles(source)) if (found.kind === 'file') this.#totalFiles++;
    const opened: OpenedFile[] = [];
    for await (const found of findFiles(source)) {
      if (found.kind === 'file') {
        opened.push(openFile(source, found, this.#keys.limits));
        if (opened.length >= filesAhead) await this.#readFirst(opened);
        continue;
      }
      // Files first: the document of an object stands in a file beside its folder.
      while (opened.length > 0) await this.#readFirst(opened);
      await this.#takeOther(found);
    }
    while (opened.length > 0) await this.#readFirst(opened);
    await this.#flush();
  }

  async removeMissing(): Promise<number> {
    if (!this.#isComplete) {
      const message = 'Nothing was removed, because it is not known for all files which objects they hold';
      this.#fail(formatPath(this.#request.path), new RequestError('CON-R014', message));
      return 0;
    }
    return removeMissing(this.#context, this.#actor, {
      root: this.#request.path,
      kept: this.#ids,
      countBefore: (now) => now - this.#counts.created,
      allowed: this.#request.allowDeletions,
    });
  }

  report(removed: number): ImportReport {
    return { ...this.#counts, removed, failed: this.#failed, ignored: this.#ignored };
  }

  async #readFirst(opened: OpenedFile[]): Promise<void> {
    const file = opened.shift();
    if (file === undefined) return;
    for await (const read of readDocuments(this.#request.source, file, this.#keys)) {
      if (read.kind === 'object') await this.#take(read);
      else this.#takeFailure(read);
    }
    this.#files++;
  }

  async #takeOther(found: Exclude<Found, { kind: 'file' }>): Promise<void> {
    const where = found.file.join('/');
    switch (found.kind) {
      case 'folder':
        // Its document may have come from the file beside it.
        if (this.#note(found.place, found.id)) await this.#add({ ...found, where }, 0);
        return;
      case 'ignored':
        this.#ignored.push(where);
        return;
      case 'closed':
        this.#isComplete = false;
        this.#fail(where, new RequestError('CON-R014', 'It is a symbolic link or no ordinary file, and is not opened'));
        return;
      case 'unreadable':
        if (found.file.length === 0) throw found.cause;
        this.#isComplete = false;
        this.#fail(where, documentFault(found.cause));
        return;
      default:
        found satisfies never;
    }
  }

  async #take(read: ReadObject): Promise<void> {
    if (this.#note(read.place, read.id)) await this.#add(read, read.document.length);
    else this.#fail(read.where, new RequestError('CON-R006', `The source has the object “${read.id}” twice`));
  }

  #takeFailure({ place, id, where, cause }: ReadFailure): void {
    if (id === undefined) this.#isComplete = false;
    else this.#note(place, id);
    this.#fail(where, cause);
  }

  /** False when the source has had this object before. */
  #note(place: Path, id: string): boolean {
    const key = formatPath(place);
    const ids = this.#ids.get(key);
    if (ids === undefined) this.#ids.set(key, new Set([id]));
    else if (ids.has(id)) return false;
    else ids.add(id);
    return true;
  }

  async #add(thing: ReadObject | ReadFolder, characters: number): Promise<void> {
    this.#batch.push(thing);
    this.#characters += characters;
    if (this.#batch.length >= batchSize || this.#characters >= batchCharacters) await this.#flush();
  }

  async #flush(): Promise<void> {
    const things = this.#batch;
    this.#batch = [];
    this.#characters = 0;
    const { failed, ...counts } = await writeBatch(this.#context, this.#actor, { root: this.#request.path, things });
    for (const outcome of ['created', 'changed', 'unchanged'] as const) this.#counts[outcome] += counts[outcome];
    for (const { where, cause } of failed) this.#fail(where, cause);
    this.#objects += things.length;
    this.#request.onProgress?.({ files: this.#files, totalFiles: this.#totalFiles, objects: this.#objects });
  }

  #fail(where: string, { code, message }: ConcordError): void {
    this.#failed.push({
      where,
      code,
      message: message.startsWith(`${where}: `) ? message.slice(where.length + 2) : message,
    });
  }
}
