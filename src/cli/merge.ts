import type { Command } from 'commander';
import { Option } from 'commander';
import { z } from 'zod';
import { RequestError } from '../errors/concord-error.ts';
import type { XmlLimits } from '../xml/limits.ts';
import { diffWithin } from '../xupdate/diff-within.ts';
import type { Call, CommandActions } from './command-action.ts';
import { describeLeftOut, joinLines } from './diff-text.ts';
import { leftOutOf, openInput, writeOutput } from './file-input.ts';
import type { Decision } from './merge-decisions.ts';
import type { SettledFile } from './merge-decisions.ts';
import { inJson, readDecisions, readSettlements, settle, writeConflicts } from './merge-decisions.ts';
import type { MergeConflict, MergedFile, MergeInputs } from './merge-files.ts';
import { mergeInputs, openVersions, textOfContent, writtenContent } from './merge-files.ts';
import { writeMerged } from './merge-output.ts';
import { describeConflicts, describeKept, describeMerge } from './merge-text.ts';
import { OutputFolder } from './output-folder.ts';
import { paintFor } from './paint.ts';
import type { ExitCode } from './report-error.ts';
import { exitCodes } from './report-error.ts';
import { count } from './table.ts';

const formats = ['xml', 'xupdate', 'json', 'text'] as const;
const input = z.object({
  base: z.string(),
  publisher: z.string(),
  subscriber: z.string(),
  format: z.enum(formats).default('xml'),
  output: z.string().optional(),
  conflicts: z.string().optional(),
  decisions: z.string().optional(),
  settle: z.array(z.string()).default([]),
  keep: z.enum(['publisher', 'subscriber']).optional(),
  json: z.boolean().default(false),
});
type Given = z.infer<typeof input>;

const hasConflicts = 1;

/** `concord merge BASE PUBLISHER SUBSCRIBER`. Ends with 0 when the merge is clean or all is settled, 1 when conflicts are left or a file is kept in the output, 2 when it cannot be done. */
export function registerMerge(program: Command, actions: CommandActions): void {
  program
    .command('merge')
    .summary('merge two versions of a document, or of folders file by file')
    .description(
      'merge two versions of a document, or of folders file by file, but for symbolic links and what begins with a dot, which are named; where they clash, the publisher’s value stands and the clash is listed; ends with 1 while conflicts are left, or a file stays that would have to be removed; with 2 where it cannot be done',
    )
    .argument('<base>', 'what both were made of: an XML file, a folder, or - for the standard input')
    .argument('<publisher>', 'the one version')
    .argument('<subscriber>', 'the other version')
    .addOption(
      new Option(
        '--format <format>',
        'the merged document, the XUpdate that makes it of the publisher’s, all as JSON, or a list of what changes and clashes',
      )
        .choices(formats)
        .default('xml'),
    )
    .option(
      '--output <file or folder>',
      'write the merged document there; for folders every merged file, and remove those that the merge no longer has',
    )
    .option(
      '--conflicts <file>',
      'write the conflicts there, to be decided by hand; what is decided already with its decision',
    )
    .option('--decisions <file>', 'settle what was decided in a file that --conflicts wrote')
    .option(
      '--settle <number=side>',
      'settle one conflict: NUMBER=publisher, =subscriber, =remove or =value:TEXT; may be repeated',
      (text: string, before: readonly string[] | undefined) => [...(before ?? []), text],
    )
    .addOption(
      new Option('--keep <side>', 'settle all other conflicts for a side').choices(['publisher', 'subscriber']),
    )
    .action(actions.action(input, run, exitCodes.usage));
}

async function run(given: Given, call: Call): Promise<ExitCode | undefined> {
  const inputs = await openVersions(call, given);
  const isFolder = inputs.kind === 'folders';
  const format = given.json ? 'json' : given.format;
  if (isFolder && format === 'xml' && given.output === undefined)
    throw new RequestError(
      'CON-C003',
      'Folders are merged into another one: give --output FOLDER, or another --format',
    );
  const found = await mergeInputs(call, inputs);
  const all = found.flatMap((file) => file.conflicts);
  const decisions = await decisionsOf(given, call, { conflicts: all, isFolder });
  const files = settle(found, { decisions, limits: call.configuration().xml });
  const kept = given.output === undefined ? [] : await writeFiles(call, { files, inputs, output: given.output });
  if (given.conflicts !== undefined) await writeOutput(given.conflicts, writeConflicts(all, decisions));
  const leftOut = isFolder ? leftOutOf(Object.values(inputs.folders)) : [];
  print({ files, kept, leftOut }, call, { format, isFolder, output: given.output });
  return kept.length === 0 && files.every(({ conflicts }) => conflicts.length === 0) ? undefined : hasConflicts;
}

/** What was decided about the conflicts, by number; what is more special wins. */
async function decisionsOf(
  { keep, decisions, settle: options }: Given,
  call: Call,
  { conflicts, isFolder }: { readonly conflicts: readonly MergeConflict[]; readonly isFolder: boolean },
): Promise<ReadonlyMap<number, Decision>> {
  const all = new Map<number, Decision>();
  if (keep !== undefined) conflicts.forEach((_, at) => all.set(at + 1, { kind: 'keep', side: keep }));
  if (decisions !== undefined) {
    const opened = await openInput(call, decisions);
    if (opened.kind === 'folder') throw new RequestError('CON-R014', `${decisions} is a folder`);
    const text = Buffer.from(await opened.read()).toString();
    for (const [number, decision] of readDecisions(text, conflicts, { name: decisions, isFolder }))
      all.set(number, decision);
  }
  for (const [number, decision] of readSettlements(options)) all.set(number, decision);
  return all;
}

interface Writing {
  readonly files: readonly MergedFile[];
  readonly inputs: MergeInputs;
  readonly output: string;
}

/** Returns what stays in the folder though the merge no longer has it. */
async function writeFiles(call: Call, { files, inputs, output }: Writing): Promise<readonly string[]> {
  if (inputs.kind === 'folders')
    return writeMerged(call, { files, folders: inputs.folders, output: new OutputFolder(output) });
  for (const { merged } of files) if (merged !== undefined) await writeOutput(output, writtenContent(merged));
  return [];
}

interface Printing {
  readonly format: (typeof formats)[number];
  readonly isFolder: boolean;
  readonly output: string | undefined;
}

interface Merged {
  readonly files: readonly SettledFile[];
  readonly kept: readonly string[];
  readonly leftOut: readonly string[];
}

function print(
  { files, kept, leftOut }: Merged,
  { terminal, configuration }: Call,
  { format, isFolder, output }: Printing,
): void {
  const conflicts = files.flatMap((file) => file.conflicts);
  const paint = paintFor(terminal);
  const { xml: limits } = configuration();
  const told = describeConflicts(conflicts, paint, isFolder);
  if (format === 'json') {
    const written = output === undefined ? files.map(documentInJson) : [];
    const documents = isFolder ? { documents: written, kept, leftOut } : { document: written[0]?.document };
    const listed = conflicts.map(inJson);
    terminal.write(
      `${JSON.stringify({ isClean: conflicts.length === 0, conflicts: listed, ...documents }, null, 2)}\n`,
    );
    return;
  }
  terminal.complain(joinLines([...describeLeftOut(leftOut), ...describeKept(kept, output ?? '')]));
  if (format === 'text') {
    terminal.write(joinLines([...describeMerge(files, paint, isFolder), ...told]));
    return;
  }
  if (format === 'xupdate') terminal.write(joinLines(files.flatMap((file) => asXUpdate(file, limits, isFolder))));
  else if (output === undefined) for (const { merged } of files) writeContent(terminal, merged);
  else if (isFolder)
    terminal.write(
      `${count(files.filter(({ merged }) => merged !== undefined).length, 'file')} written to ${output}\n`,
    );
  terminal.complain(joinLines(told));
}

function documentInJson({ file, merged }: MergedFile): { readonly file: string; readonly document: string } {
  return { file, document: textOf(merged) };
}

function textOf(merged: MergedFile['merged']): string {
  return merged === undefined ? '' : textOfContent(writtenContent(merged));
}

function writeContent(terminal: Call['terminal'], merged: MergedFile['merged']): void {
  const content = merged === undefined ? [] : writtenContent(merged);
  for (const piece of content instanceof Uint8Array ? [textOfContent(content)] : content) terminal.write(piece);
}

function asXUpdate(
  { file, sides: { publisher }, merged }: MergedFile,
  limits: XmlLimits,
  isNamed: boolean,
): readonly string[] {
  if (merged === publisher) return [];
  const isXml = !(merged instanceof Uint8Array) && !(publisher instanceof Uint8Array);
  const delta = isXml && merged !== undefined && publisher !== undefined ? diffWithin(publisher, merged, limits) : '';
  const what =
    merged === undefined ? ' goes' : publisher === undefined ? ' is new' : isXml ? '' : ' is the subscriber’s';
  if (delta === '' && what === '') return [];
  return [...(isNamed ? [`<!-- ${file}${what} -->`] : []), ...(delta === '' ? [] : [delta])];
}
