import { dirname, join } from 'node:path';
import { RequestError } from '../errors/concord-error.ts';
import { serializeInPieces } from '../xml/serialize.ts';
import type { XmlDocument } from '../xml/tree.ts';
import { diff } from '../xupdate/diff.ts';
import { merge } from '../xupdate/merge.ts';
import type { Place } from '../xupdate/place.ts';
import type { Call } from './command-action.ts';
import type { FileInput, FolderInput } from './file-input.ts';
import { InputVersions, openInputs } from './file-input.ts';

/** Who made a version. */
export type Side = 'publisher' | 'subscriber';

/** What is in a file: a document, or octets that nobody has to look into. */
export type Content = XmlDocument | Uint8Array;

/** One thing that both sides changed differently. A value that is not there on a side is not there here. */
export interface MergeConflict {
  readonly file: string;
  /** Where in the document; undefined for the file as a whole. */
  readonly place: Place | undefined;
  readonly base?: string;
  readonly publisher?: string;
  readonly subscriber?: string;
  /** Whose value stands until somebody decides. */
  readonly stands: Side;
}

/** What became of one file. */
export interface MergedFile {
  readonly file: string;
  readonly sides: Readonly<Record<Side, Content | undefined>>;
  /** Undefined when the file is gone. */
  readonly merged: Content | undefined;
  /** In the order of the document: to be settled from last to first, as a place with a number counts what is there. */
  readonly conflicts: readonly MergeConflict[];
}

type Versioned<Value> = Readonly<Record<Side | 'base', Value>>;

/** The inputs of a merge that is done file by file. */
export type MergeFolders = Versioned<FolderInput>;

/** The three inputs of a merge: all files, or all folders. */
export type MergeInputs =
  | { readonly kind: 'files'; readonly files: Versioned<Extract<FileInput, { readonly kind: 'file' }>> }
  | { readonly kind: 'folders'; readonly folders: MergeFolders };

/** Looks at what is to be merged. @throws RequestError CON-R008 for a mixture, or a symbolic link where another folder has a file, and what `openInputs` throws */
export async function openVersions(call: Call, names: Versioned<string>): Promise<MergeInputs> {
  const [base, publisher, subscriber] = await openInputs(call, [names.base, names.publisher, names.subscriber]);
  if (base?.kind === 'file' && publisher?.kind === 'file' && subscriber?.kind === 'file')
    return { kind: 'files', files: { base, publisher, subscriber } };
  if (base?.kind === 'folder' && publisher?.kind === 'folder' && subscriber?.kind === 'folder') {
    checkLeftOut([base, publisher, subscriber]);
    return { kind: 'folders', folders: { base, publisher, subscriber } };
  }
  throw new RequestError(
    'CON-R008',
    `${names.base}, ${names.publisher} and ${names.subscriber} must all be files, or all be folders`,
  );
}

// What is left out of one folder would count as deleted there.
function checkLeftOut(folders: readonly FolderInput[]): void {
  const known = new Map<string, string>();
  for (const file of folders.flatMap(({ files }) => files))
    for (let above = file; above !== '.'; above = dirname(above)) known.set(above, file);
  for (const { name, leftOut } of folders)
    for (const each of leftOut) {
      const file = known.get(each);
      if (file !== undefined)
        throw new RequestError(
          'CON-R008',
          `${join(name, each)} is neither a file nor a folder, so that ${file} of another folder would count as deleted there`,
        );
    }
}

/** Merges three files, or three folders file by file. */
export async function mergeInputs(call: Call, inputs: MergeInputs): Promise<readonly MergedFile[]> {
  if (inputs.kind === 'files') {
    const { base, publisher, subscriber } = inputs.files;
    const octets = { base: await base.read(), publisher: await publisher.read(), subscriber: await subscriber.read() };
    const names = { base: base.name, publisher: publisher.name, subscriber: subscriber.name };
    return [mergeDocuments(call, { file: publisher.name, names, ...octets })];
  }
  const { base, publisher, subscriber } = inputs.folders;
  const merged: MergedFile[] = [];
  const files = new Set([...base.files, ...publisher.files, ...subscriber.files]);
  for (const file of [...files].sort()) {
    const names = {
      base: `${base.name}/${file}`,
      publisher: `${publisher.name}/${file}`,
      subscriber: `${subscriber.name}/${file}`,
    };
    merged.push(mergeFile(call, { file, names, ...(await readVersions(inputs.folders, file)) }));
  }
  return merged;
}

/** The octets of one file in the folders that have it. @throws RequestError CON-R014 when one cannot be read */
export async function readVersions(
  { base, publisher, subscriber }: MergeFolders,
  file: string,
): Promise<Versioned<Uint8Array | undefined>> {
  const read = async (folder: typeof base): Promise<Uint8Array | undefined> =>
    folder.files.includes(file) ? folder.read(file) : undefined;
  return { base: await read(base), publisher: await read(publisher), subscriber: await read(subscriber) };
}

/** Whether a file of a folder is merged as a document. */
export function isXmlFile(file: string): boolean {
  return file.toLowerCase().endsWith('.xml');
}

/** What a file is written as: octets, or pieces that are made when they are asked for, once. */
export function writtenContent(content: Content): Uint8Array | Iterable<string> {
  return content instanceof Uint8Array ? content : piecesOf(content);
}

/** A document as it is written into a file, in pieces that are made when they are asked for, once. */
export function* piecesOf(document: XmlDocument): Generator<string, undefined> {
  yield* serializeInPieces(document);
  yield '\n';
}

/** What is written, as one text. */
export function textOfContent(content: Uint8Array | Iterable<string>): string {
  return content instanceof Uint8Array ? Buffer.from(content).toString() : [...content].join('');
}

interface Versions extends Versioned<Uint8Array | undefined> {
  readonly file: string;
  /** What each is called where something is wrong with it. */
  readonly names: Versioned<string>;
}

// A file is what an object is elsewhere: where one side has deleted what the other has edited, the edit stands.
function mergeFile(call: Call, versions: Versions): MergedFile {
  const { file, base, publisher, subscriber } = versions;
  const sides = { publisher, subscriber };
  const clean = (merged: Uint8Array | undefined): MergedFile => ({ file, sides, merged, conflicts: [] });
  if (isSame(publisher, subscriber) || isSame(base, subscriber)) return clean(publisher);
  if (isSame(base, publisher)) return clean(subscriber);
  if (publisher !== undefined && subscriber !== undefined)
    return isXmlFile(file)
      ? mergeDocuments(call, { ...versions, publisher, subscriber })
      : wholeFile(versions, 'publisher');
  const stands = publisher === undefined ? 'subscriber' : 'publisher';
  const edited = sides[stands];
  if (isXmlFile(file) && base !== undefined && edited !== undefined) {
    const inputs = new InputVersions(call);
    const before = inputs.parse(base, versions.names.base);
    if (diff(before, inputs.parse(edited, versions.names[stands])) === '') return clean(undefined);
  }
  return wholeFile(versions, stands);
}

function isSame(left: Uint8Array | undefined, right: Uint8Array | undefined): boolean {
  if (left === undefined || right === undefined) return left === right;
  return Buffer.compare(left, right) === 0;
}

function wholeFile({ file, base, publisher, subscriber }: Versions, stands: Side): MergedFile {
  const sides = { publisher, subscriber };
  const conflict: MergeConflict = {
    file,
    place: undefined,
    ...(base === undefined ? {} : { base: shownOctets(base) }),
    ...(publisher === undefined ? {} : { publisher: shownOctets(publisher) }),
    ...(subscriber === undefined ? {} : { subscriber: shownOctets(subscriber) }),
    stands,
  };
  return { file, sides, merged: sides[stands], conflicts: [conflict] };
}

function shownOctets(octets: Uint8Array): string {
  try {
    return new TextDecoder('utf-8', { fatal: true }).decode(octets);
  } catch {
    return `(${octets.length} octets that are no text)`;
  }
}

type TwoVersions = Versions & Readonly<Record<Side, Uint8Array>>;

function mergeDocuments(call: Call, { file, names, base, publisher, subscriber }: TwoVersions): MergedFile {
  const inputs = new InputVersions(call);
  const before = base === undefined ? undefined : inputs.parse(base, names.base);
  const ours = inputs.parse(publisher, names.publisher);
  const theirs = inputs.parse(subscriber, names.subscriber);
  const limits = call.configuration().xml;
  const { document, clashes } = merge({ base: before, publisher: ours, incoming: theirs, limits });
  const conflicts = clashes.map(({ incoming, ...clash }): MergeConflict => ({
    file,
    ...clash,
    ...(incoming === undefined ? {} : { subscriber: incoming }),
    stands: 'publisher',
  }));
  return { file, sides: { publisher: ours, subscriber: theirs }, merged: document, conflicts };
}
