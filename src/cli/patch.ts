import type { Command } from 'commander';
import { Option } from 'commander';
import { z } from 'zod';
import { RequestError } from '../errors/concord-error.ts';
import { decodeXml } from '../xml/decode.ts';
import type { XmlLimits } from '../xml/limits.ts';
import { parseXml } from '../xml/parse.ts';
import type { ApplyOptions } from '../xupdate/apply.ts';
import { applyModifications } from '../xupdate/apply.ts';
import type { PlaceChange } from '../xupdate/changed-places.ts';
import { changedPlaces } from '../xupdate/changed-places.ts';
import { diffWithin } from '../xupdate/diff-within.ts';
import type { Call, CommandActions } from './command-action.ts';
import { readDelta } from './delta-folder.ts';
import { below, describeChanges, describeLeftOut, joinLines } from './diff-text.ts';
import type { FolderInput } from './file-input.ts';
import { leftOutOf, openInputs, withFileName, writeOutput } from './file-input.ts';
import { piecesOf, textOfContent } from './merge-files.ts';
import { OutputFolder } from './output-folder.ts';
import { paintFor } from './paint.ts';
import { count } from './table.ts';

const formats = ['xml', 'xupdate', 'json', 'text'] as const;
const input = z.object({
  a: z.string(),
  delta: z.string(),
  xpath: z.boolean().default(false),
  format: z.enum(formats).default('xml'),
  output: z.string().optional(),
  json: z.boolean().default(false),
});

/** `concord patch A DELTA`. */
export function registerPatch(program: Command, actions: CommandActions): void {
  program
    .command('patch')
    .summary('apply XUpdate to A; to folders, file by file')
    .description(
      'apply XUpdate to A; to folders, file by file, but for symbolic links and what begins with a dot, which are named; ends with 1, and nothing is written, where it does not fit or cannot be done',
    )
    .argument('<a>', 'an XML file, a folder, or - for the standard input')
    .argument('<delta>', 'XUpdate modifications, or a folder of them with the names of the files')
    .option('--xpath', 'allow any XPath 1.0 in selects, and what older tools write')
    .addOption(
      new Option(
        '--format <format>',
        'the result; or what it differs in from A: as plain XUpdate, as JSON, or as a list for people',
      )
        .choices(formats)
        .default('xml'),
    )
    .option('--output <file or folder>', 'write the result there: for folders every file of A, changed or not')
    .action(actions.action(input, run));
}

async function run({ a, delta, output, xpath, ...how }: z.infer<typeof input>, call: Call): Promise<undefined> {
  const [documents, deltas] = await openInputs(call, [a, delta]);
  if (documents === undefined || deltas === undefined) throw new RequestError('CON-C003', 'Two inputs are needed');
  const format = how.json ? 'json' : how.format;
  const patch = { call, options: await applyOptions(call, xpath), format };
  if (documents.kind === 'file' && deltas.kind === 'file') {
    const names = { document: documents.name, delta: deltas.name };
    const file = await patched(patch, {
      file: documents.name,
      names,
      readDocument: documents.read,
      readDelta: deltas.read,
    });
    if (output !== undefined) await writeOutput(output, file.content);
    const shown = shownFile(file, call, { format, isWritten: output !== undefined });
    for (const piece of shown) call.terminal.write(piece);
    return undefined;
  }
  if (documents.kind === 'file' || deltas.kind === 'file')
    throw new RequestError('CON-R008', `${documents.name} and ${deltas.name} must both be files, or both be folders`);
  if (output === undefined && how.format === 'xml')
    throw new RequestError('CON-C003', 'A folder is patched into another one: give --output FOLDER');
  const files = await patchFolder(patch, { documents, deltas });
  if (output !== undefined) {
    const folder = new OutputFolder(output);
    for (const { file, content } of files) await folder.write(file, content);
  }
  const leftOut = leftOutOf([documents, deltas]);
  if (format !== 'json') call.terminal.complain(joinLines(describeLeftOut(leftOut)));
  call.terminal.write(shownFolder({ files, leftOut }, call, { format, output }));
  return undefined;
}

async function applyOptions(call: Call, xpath: boolean): Promise<ApplyOptions> {
  const limits = call.configuration().xml;
  if (!xpath) return { profile: 'tool', limits };
  const { operatorsXPath } = await import('../compose/xpath.ts');
  return { profile: 'tool', evaluate: operatorsXPath, limits };
}

type Format = (typeof formats)[number];

interface Patch {
  readonly call: Call;
  readonly options: ApplyOptions;
  readonly format: Format;
}

/** A file of the result; what was done to it as far as that is to be shown. */
interface PatchedFile {
  readonly file: string;
  /** Octets, or pieces that are made when they are asked for, once. */
  readonly content: Uint8Array | Iterable<string>;
  readonly isPatched: boolean;
  readonly changes?: readonly PlaceChange[];
  readonly delta?: string;
}

// All are computed before the first is written: a delta that does not fit leaves nothing half done.
async function patchFolder(
  patch: Patch,
  { documents, deltas }: { readonly documents: FolderInput; readonly deltas: FolderInput },
): Promise<readonly PatchedFile[]> {
  const unknown = deltas.files.filter((file) => !documents.files.includes(file));
  if (unknown.length > 0)
    throw new RequestError(
      'CON-R014',
      `${deltas.name} has deltas for files that are not in ${documents.name}: ${unknown.join(', ')}`,
    );
  const withDelta = new Set(deltas.files);
  const results: PatchedFile[] = [];
  for (const file of documents.files) {
    const readDocument = (): Promise<Uint8Array> => documents.read(file);
    const readDelta = (): Promise<Uint8Array> => deltas.read(file);
    const names = { document: `${documents.name}/${file}`, delta: `${deltas.name}/${file}` };
    if (withDelta.has(file)) results.push(inMemory(await patched(patch, { file, names, readDocument, readDelta })));
    else results.push({ file, content: await readDocument(), isPatched: false });
  }
  return results;
}

interface FileToPatch {
  readonly file: string;
  /** What each is called where something is wrong with it. */
  readonly names: { readonly document: string; readonly delta: string };
  readonly readDocument: () => Promise<Uint8Array>;
  readonly readDelta: () => Promise<Uint8Array>;
}

async function patched({ call, options, format }: Patch, file: FileToPatch): Promise<PatchedFile> {
  const limits = call.configuration().xml;
  // The octets are gone once they are characters.
  const { names } = file;
  const document = decodeInput(names.document, limits, await file.readDocument());
  const delta = decodeInput(names.delta, limits, await file.readDelta());
  const before = withFileName(names.document, () => parseXml(document, limits));
  const modifications = withFileName(names.delta, () => readDelta(delta, options.profile ?? 'peer', limits));
  for (const warning of modifications?.warnings ?? []) call.terminal.complain(`Warning: ${names.delta}: ${warning}\n`);
  const after = withFileName(`${names.delta} on ${names.document}`, () =>
    modifications === undefined ? before : applyModifications(before, modifications, options),
  );
  const result = { file: file.file, content: piecesOf(after), isPatched: modifications !== undefined };
  switch (format) {
    case 'xml':
      return result;
    case 'xupdate':
      return { ...result, delta: diffWithin(before, after, limits) };
    case 'json':
      return { ...result, changes: changedPlaces(before, after) };
    case 'text':
      return { ...result, changes: changedPlaces(before, after), delta: diffWithin(before, after, limits) };
    default:
      return format satisfies never;
  }
}

// The trees of many files take far more room than their texts.
function inMemory(file: PatchedFile): PatchedFile {
  return file.content instanceof Uint8Array ? file : { ...file, content: [...file.content] };
}

function decodeInput(file: string, limits: XmlLimits, octets: Uint8Array): string {
  return withFileName(file, () => decodeXml(octets, limits));
}

function shownFile(
  { content, changes = [], delta = '' }: PatchedFile,
  { terminal }: Call,
  { format, isWritten }: { readonly format: Format; readonly isWritten: boolean },
): Iterable<string> {
  const pieces = content instanceof Uint8Array ? [textOfContent(content)] : content;
  switch (format) {
    case 'xml':
      return isWritten ? [] : pieces;
    case 'json': {
      const document = isWritten ? {} : { document: [...pieces].join('') };
      return [`${JSON.stringify({ ...document, changes }, null, 2)}\n`];
    }
    case 'xupdate':
      return delta === '' ? [] : [delta, '\n'];
    case 'text':
      return [joinLines(delta === '' ? [] : describeChanges(changes, paintFor(terminal)))];
    default:
      return format satisfies never;
  }
}

interface PatchedFolder {
  readonly files: readonly PatchedFile[];
  readonly leftOut: readonly string[];
}

function shownFolder(
  { files, leftOut }: PatchedFolder,
  { terminal }: Call,
  { format, output }: { readonly format: Format; readonly output: string | undefined },
): string {
  const changed = files.filter(({ isPatched }) => isPatched);
  switch (format) {
    case 'xml':
      return `${count(files.length, 'file')} written to ${output ?? ''}, ${changed.length} of them changed\n`;
    case 'json': {
      const changes = changed.map((each) => ({ file: each.file, changes: each.changes ?? [] }));
      return `${JSON.stringify({ files: files.length, changed: changed.length, changes, leftOut }, null, 2)}\n`;
    }
    case 'xupdate':
      return joinLines(changed.flatMap(({ file, delta = '' }) => (delta === '' ? [] : [`<!-- ${file} -->`, delta])));
    case 'text': {
      const paint = paintFor(terminal);
      return joinLines(
        changed.flatMap(({ file, changes = [], delta = '' }) =>
          delta === '' ? [] : below(file, describeChanges(changes, paint), paint),
        ),
      );
    }
    default:
      return format satisfies never;
  }
}
