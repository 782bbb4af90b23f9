import type { Command } from 'commander';
import { z } from 'zod';
import { operatorsXPath } from '../compose-xpath.ts';
import { RequestError } from '../errors/concord-error.ts';
import { decodeXml } from '../xml/decode.ts';
import { parseXmlOctets } from '../xml/parse.ts';
import { serializeXml } from '../xml/serialize.ts';
import type { ApplyOptions } from '../xupdate/apply.ts';
import { applyModifications } from '../xupdate/apply.ts';
import { parseModifications } from '../xupdate/parse-modifications.ts';
import type { Call, CommandActions } from './command-action.ts';
import type { FileInput } from './file-input.ts';
import { inFolder, openInput, withFileName, writeOutput } from './file-input.ts';
import { count } from './table.ts';

const input = z.object({
  a: z.string(),
  delta: z.string(),
  xpath: z.boolean().default(false),
  output: z.string().optional(),
});

/** `concord patch A DELTA`. */
export function registerPatch(program: Command, actions: CommandActions): void {
  program
    .command('patch')
    .description('apply XUpdate to A; to folders, file by file')
    .argument('<a>', 'an XML file, a folder, or - for the standard input')
    .argument('<delta>', 'XUpdate modifications, or a folder of them with the names of the files')
    .option('--xpath', 'allow any XPath 1.0 in selects, and what older tools write')
    .option('--output <file or folder>', 'write the result there: for folders every file of A, changed or not')
    .action(actions.action(input, run));
}

async function run({ a, delta, output, xpath }: z.infer<typeof input>, call: Call): Promise<undefined> {
  const [documents, deltas] = [await openInput(call, a), await openInput(call, delta)];
  const patch = { call, options: applyOptions(call, xpath) };
  if (documents.kind === 'file' && deltas.kind === 'file') {
    const text = patched(patch, { file: documents.name, document: await documents.read(), delta: await deltas.read() });
    if (output === undefined) call.print({ document: text }, text);
    else await writeOutput(output, text);
    return undefined;
  }
  if (documents.kind === 'file' || deltas.kind === 'file')
    throw new RequestError('CON-R008', `${documents.name} and ${deltas.name} must both be files, or both be folders`);
  if (output === undefined)
    throw new RequestError('CON-C003', 'A folder is patched into another one: give --output FOLDER');
  const changed = await patchFolder(patch, { documents, deltas, output });
  call.print(
    { files: documents.files.length, changed },
    `${count(documents.files.length, 'file')} written to ${output}, ${changed} of them changed\n`,
  );
  return undefined;
}

function applyOptions(call: Call, xpath: boolean): ApplyOptions {
  const limits = call.configuration().xml;
  return xpath ? { profile: 'tool', evaluate: operatorsXPath, limits } : { profile: 'tool', limits };
}

type Folder = Extract<FileInput, { readonly kind: 'folder' }>;

interface Patch {
  readonly call: Call;
  readonly options: ApplyOptions;
}

interface Folders {
  readonly documents: Folder;
  readonly deltas: Folder;
  readonly output: string;
}

async function patchFolder(patch: Patch, { documents, deltas, output }: Folders): Promise<number> {
  const unknown = deltas.files.filter((file) => !documents.files.includes(file));
  if (unknown.length > 0)
    throw new RequestError(
      'CON-R014',
      `${deltas.name} has deltas for files that are not in ${documents.name}: ${unknown.join(', ')}`,
    );
  const withDelta = new Set(deltas.files);
  // All are computed before the first is written: a delta that does not fit leaves nothing half done.
  const results: { readonly file: string; readonly content: string | Uint8Array }[] = [];
  for (const file of documents.files) {
    const document = await documents.read(file);
    const content = withDelta.has(file) ? patched(patch, { file, document, delta: await deltas.read(file) }) : document;
    results.push({ file, content });
  }
  for (const { file, content } of results) await writeOutput(inFolder(output, file), content);
  return withDelta.size;
}

interface FileToPatch {
  readonly file: string;
  readonly document: Uint8Array;
  readonly delta: Uint8Array;
}

function patched({ call, options }: Patch, { file, document, delta }: FileToPatch): string {
  const limits = call.configuration().xml;
  return withFileName(file, () => {
    const modifications = parseModifications(decodeXml(delta, limits), options.profile ?? 'peer', limits);
    for (const warning of modifications.warnings) call.terminal.complain(`Warning: ${file}: ${warning}\n`);
    return `${serializeXml(applyModifications(parseXmlOctets(document, limits), modifications, options))}\n`;
  });
}
