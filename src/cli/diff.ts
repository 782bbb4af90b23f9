import type { Command } from 'commander';
import { Option } from 'commander';
import { z } from 'zod';
import { RequestError } from '../errors/concord-error.ts';
import type { XmlDocument } from '../xml/tree.ts';
import { changedPlaces } from '../xupdate/changed-places.ts';
import { diffWithin } from '../xupdate/diff-within.ts';
import type { Call, CommandActions } from './command-action.ts';
import { writeDeltas } from './delta-folder.ts';
import { below, describeChanges, describeLeftOut, describeRemoved, joinLines } from './diff-text.ts';
import type { FileInput } from './file-input.ts';
import { InputVersions, leftOutOf, openInputs, withFileName, writeOutput } from './file-input.ts';
import { OutputFolder } from './output-folder.ts';
import type { Paint } from './paint.ts';
import { paintFor } from './paint.ts';
import type { ExitCode } from './report-error.ts';
import { exitCodes } from './report-error.ts';

const formats = ['xupdate', 'json', 'text'] as const;
const input = z.object({
  a: z.string(),
  b: z.string(),
  format: z.enum(formats).default('xupdate'),
  output: z.string().optional(),
  json: z.boolean().default(false),
});

const isDifferent = 1;

/** `concord diff A B`. Ends with 0 when both are equal, 1 when they differ, 2 when they cannot be compared. */
export function registerDiff(program: Command, actions: CommandActions): void {
  program
    .command('diff')
    .summary('the XUpdate that makes B of A; of folders, file by file')
    .description(
      'the XUpdate that makes B of A; of folders, file by file, but for symbolic links and what begins with a dot, which are named; ends with 1 when they differ, 2 when they cannot be compared',
    )
    .argument('<a>', 'an XML file, a folder, or - for the standard input')
    .argument('<b>', 'an XML file, a folder, or -')
    .addOption(new Option('--format <format>', 'how differences are printed').choices(formats).default('xupdate'))
    .option(
      '--output <file or folder>',
      'write the delta there; for folders one for each changed file, named like it, into a folder for them alone: those of an earlier comparison are removed',
    )
    .action(actions.action(input, run, exitCodes.usage));
}

interface Comparison {
  readonly changed: readonly Changed[];
  readonly onlyInA: readonly string[];
  readonly onlyInB: readonly string[];
}

/** A file that differs; without documents where it is no XML. */
interface Changed {
  readonly file: string;
  readonly documents: { readonly a: XmlDocument; readonly b: XmlDocument; readonly delta: string } | undefined;
}

async function run({ a, b, output, ...how }: z.infer<typeof input>, call: Call): Promise<ExitCode | undefined> {
  const [inA, inB] = await openInputs(call, [a, b]);
  if (inA === undefined || inB === undefined) throw new RequestError('CON-C003', 'Two inputs are compared');
  const comparison = await compare(call, inA, inB);
  const isFolder = inA.kind === 'folder';
  const leftOut = leftOutOf([inA, inB]);
  const removed = output === undefined ? [] : await write(call, { comparison, output, isFolder });
  const format = how.json ? 'json' : how.format;
  if (format !== 'json') call.terminal.complain(joinLines([...describeLeftOut(leftOut), ...describeRemoved(removed)]));
  call.terminal.write(
    printed(
      { ...comparison, leftOut, removed },
      { format, isWritten: output !== undefined, isFolder, paint: paintFor(call.terminal) },
    ),
  );
  return isEqual(comparison) ? undefined : isDifferent;
}

function isEqual({ changed, onlyInA, onlyInB }: Comparison): boolean {
  return changed.length + onlyInA.length + onlyInB.length === 0;
}

async function compare(call: Call, a: FileInput, b: FileInput): Promise<Comparison> {
  if (a.kind === 'file' && b.kind === 'file') {
    const pair: FilePair = { file: b.name, names: [a.name, b.name], readA: a.read, readB: b.read, isXml: true };
    return { changed: await compareFiles(call, pair), onlyInA: [], onlyInB: [] };
  }
  if (a.kind === 'file' || b.kind === 'file')
    throw new RequestError('CON-R008', `${a.name} and ${b.name} must both be files, or both be folders`);
  const changed: Changed[] = [];
  const there = new Set(b.files);
  for (const file of a.files.filter((each) => there.has(each))) {
    const pair: FilePair = {
      file,
      names: [`${a.name}/${file}`, `${b.name}/${file}`],
      readA: () => a.read(file),
      readB: () => b.read(file),
      isXml: file.toLowerCase().endsWith('.xml'),
    };
    changed.push(...(await compareFiles(call, pair)));
  }
  const here = new Set(a.files);
  return {
    changed,
    onlyInA: a.files.filter((file) => !there.has(file)),
    onlyInB: b.files.filter((file) => !here.has(file)),
  };
}

interface FilePair {
  readonly file: string;
  /** What each is called where something is wrong with it. */
  readonly names: readonly [a: string, b: string];
  readonly readA: () => Promise<Uint8Array>;
  readonly readB: () => Promise<Uint8Array>;
  readonly isXml: boolean;
}

async function compareFiles(call: Call, pair: FilePair): Promise<readonly Changed[]> {
  const documents = await readPair(call, pair);
  if (documents === 'same') return [];
  if (documents === 'no XML') return [{ file: pair.file, documents: undefined }];
  const delta = withFileName(pair.file, () => diffWithin(documents.a, documents.b, call.configuration().xml));
  return delta === '' ? [] : [{ file: pair.file, documents: { ...documents, delta } }];
}

// A function of its own, so that the octets are gone when the documents are compared.
async function readPair(
  call: Call,
  { names, readA, readB, isXml }: FilePair,
): Promise<{ readonly a: XmlDocument; readonly b: XmlDocument } | 'same' | 'no XML'> {
  const [a, b] = [await readA(), await readB()];
  // Most files of two states are the same, octet for octet.
  if (Buffer.compare(a, b) === 0) return 'same';
  if (!isXml) return 'no XML';
  const versions = new InputVersions(call);
  return { a: versions.parse(a, names[0]), b: versions.parse(b, names[1]) };
}

interface Writing {
  readonly comparison: Comparison;
  readonly output: string;
  readonly isFolder: boolean;
}

/** Returns the names of deltas that an earlier comparison had left. */
async function write(call: Call, { comparison: { changed }, output, isFolder }: Writing): Promise<readonly string[]> {
  if (isFolder) {
    const deltas = new Map<string, string>();
    for (const { file, documents } of changed) if (documents !== undefined) deltas.set(file, documents.delta);
    return writeDeltas(call, deltas, new OutputFolder(output));
  }
  // Nothing is a delta, too: one of an earlier comparison must not stay.
  const delta = changed[0]?.documents?.delta ?? '';
  await writeOutput(output, delta === '' ? '' : `${delta}\n`);
  return [];
}

interface Printed extends Comparison {
  readonly leftOut: readonly string[];
  /** Deltas of an earlier comparison. */
  readonly removed: readonly string[];
}

interface Printing {
  readonly format: (typeof formats)[number];
  /** The deltas are in files: what is printed only names them. */
  readonly isWritten: boolean;
  readonly isFolder: boolean;
  readonly paint: Paint;
}

function printed(comparison: Printed, { format, isWritten, isFolder, paint }: Printing): string {
  const { changed, onlyInA, onlyInB, leftOut, removed } = comparison;
  if (format === 'json') {
    const files = changed.map(({ file, documents }) => ({
      file,
      changes: documents === undefined ? null : changedPlaces(documents.a, documents.b),
    }));
    return `${JSON.stringify({ isEqual: isEqual(comparison), changed: files, onlyInA, onlyInB, leftOut, removed }, null, 2)}\n`;
  }
  const sides = [...onlyInA.map((file) => `only in A: ${file}`), ...onlyInB.map((file) => `only in B: ${file}`)];
  if (format === 'text')
    return joinLines([...changed.flatMap((each) => inWords(each, isFolder, paint)), ...sides.map(paint.title)]);
  if (isWritten && !isFolder) return '';
  if (isWritten) return joinLines([...changed.map(named), ...sides]);
  return joinLines([
    ...changed.flatMap((each) => asXUpdate(each, isFolder)),
    ...sides.map((side) => `<!-- ${side} -->`),
  ]);
}

function named({ file, documents }: Changed): string {
  return documents === undefined ? `without delta, as it is no XML: ${file}` : `changed: ${file}`;
}

function inWords({ file, documents }: Changed, isNamed: boolean, paint: Paint): readonly string[] {
  const what =
    documents === undefined
      ? ['differs, and is no XML']
      : describeChanges(changedPlaces(documents.a, documents.b), paint);
  return isNamed ? below(file, what, paint) : what;
}

function asXUpdate({ file, documents }: Changed, isNamed: boolean): readonly string[] {
  const name = isNamed ? [`<!-- ${file}${documents === undefined ? ' differs, and is no XML' : ''} -->`] : [];
  return [...name, ...(documents === undefined ? [] : [documents.delta])];
}
