import type { Command } from 'commander';
import { Option } from 'commander';
import { z } from 'zod';
import { RequestError } from '../errors/concord-error.ts';
import { serializeXml } from '../xml/serialize.ts';
import type { XmlDocument } from '../xml/tree.ts';
import type { Clash } from '../xupdate/clash.ts';
import { merge } from '../xupdate/merge.ts';
import type { Call, CommandActions } from './command-action.ts';
import { openInput, parseInput, writeOutput } from './file-input.ts';
import type { ExitCode } from './report-error.ts';
import { exitCodes } from './report-error.ts';
import { count } from './table.ts';

const formats = ['xml', 'json'] as const;
const input = z.object({
  base: z.string(),
  publisher: z.string(),
  subscriber: z.string(),
  format: z.enum(formats).default('xml'),
  output: z.string().optional(),
  json: z.boolean().default(false),
});

const hasConflicts = 1;

/** `concord merge BASE PUBLISHER SUBSCRIBER`. Ends with 0 when the merge is clean, 1 when there are conflicts, 2 when it cannot be done. */
export function registerMerge(program: Command, actions: CommandActions): void {
  program
    .command('merge')
    .description(
      'merge two versions of a document; where they clash, the publisher’s value stands and the clash is listed',
    )
    .argument('<base>', 'what both were made of: an XML file, or - for the standard input')
    .argument('<publisher>', 'the one version')
    .argument('<subscriber>', 'the other version')
    .addOption(
      new Option('--format <format>', 'the document with the conflicts beside it, or both as JSON')
        .choices(formats)
        .default('xml'),
    )
    .option('--output <file>', 'write the merged document there')
    .action(actions.action(input, run, exitCodes.usage));
}

async function run(given: z.infer<typeof input>, call: Call): Promise<ExitCode | undefined> {
  const { document, clashes } = merge({
    base: await readDocument(call, given.base),
    publisher: await readDocument(call, given.publisher),
    incoming: await readDocument(call, given.subscriber),
    limits: call.configuration().xml,
  });
  const text = `${serializeXml(document)}\n`;
  if (given.output !== undefined) await writeOutput(given.output, text);
  if (given.json || given.format === 'json')
    call.terminal.write(inJson(clashes, given.output === undefined ? text : undefined));
  else {
    if (given.output === undefined) call.terminal.write(text);
    if (clashes.length > 0) call.terminal.complain(inWords(clashes));
  }
  return clashes.length === 0 ? undefined : hasConflicts;
}

async function readDocument(call: Call, name: string): Promise<XmlDocument> {
  const opened = await openInput(call, name);
  if (opened.kind === 'folder') throw new RequestError('CON-R014', `${name} is a folder; a merge is of files`);
  return parseInput(call, await opened.read(), name);
}

function inJson(clashes: readonly Clash[], document: string | undefined): string {
  const conflicts = clashes.map(({ place, base, publisher, incoming }) => ({
    place,
    base: base ?? null,
    publisher: publisher ?? null,
    subscriber: incoming ?? null,
  }));
  return `${JSON.stringify({ isClean: clashes.length === 0, conflicts, document }, null, 2)}\n`;
}

function inWords(clashes: readonly Clash[]): string {
  const blocks = clashes.map(({ place, base, publisher, incoming }) =>
    [
      place,
      `  before      ${shown(base)}`,
      `  publisher   ${shown(publisher)}  (stands)`,
      `  subscriber  ${shown(incoming)}`,
    ].join('\n'),
  );
  return `${count(clashes.length, 'conflict')}:\n${blocks.join('\n')}\n`;
}

function shown(value: string | undefined): string {
  return value === undefined ? 'nothing' : JSON.stringify(value);
}
