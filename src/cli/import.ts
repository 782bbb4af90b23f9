import type { Command } from 'commander';
import { z } from 'zod';
import { openSource } from '../compose/files.ts';
import { errorCodes } from '../errors/codes.ts';
import type { ImportReport } from '../use-cases/transfer/import-objects.ts';
import { importObjects } from '../use-cases/transfer/import-objects.ts';
import type { SiteContext } from '../use-cases/site-context.ts';
import { pathWithinSite } from '../use-cases/objects/site-path.ts';
import type { Call, CommandActions } from './command-action.ts';
import { operator, withSite } from './open-site.ts';
import { wholeNumber } from './option-values.ts';
import { showProgress } from './progress.ts';
import type { ExitCode } from './report-error.ts';
import { exitCodes } from './report-error.ts';
import { count } from './table.ts';

const input = z.object({
  site: z.string(),
  path: z.string(),
  files: z.array(z.string()).min(1),
  mirror: z.boolean().default(false),
  key: z.string().optional(),
  gid: z.string().optional(),
  allowDeletions: z.number().optional(),
});

/** `concord import SITE PATH FILE|FOLDER...`. */
export function registerImport(program: Command, actions: CommandActions): void {
  program
    .command('import')
    .description('read objects from XML, JSON and CSV; what is there already is changed where it differs')
    .argument('<site>', 'the site')
    .argument('<path>', 'the path below which they come to stand; made when it is not there')
    .argument('<files...>', 'files and folders')
    .option('--mirror', 'also remove what the files do not have')
    .option('--key <field>', 'the field that names an object, in place of the name of its file')
    .option(
      '--gid <field>',
      'the field that is the global identity of an object; else the publication or chance makes it',
    )
    .option('--allow-deletions <number>', 'so many removals by --mirror are meant', wholeNumber(0))
    .action(actions.action(input, run));
}

async function run({ site, ...given }: z.infer<typeof input>, call: Call): Promise<ExitCode | undefined> {
  const report = await withSite(call, site, (context) => importShown(context, given, call));
  call.print(report, describe(report));
  return report.failed.length === 0 ? undefined : exitCodes.failure;
}

async function importShown(
  context: SiteContext,
  { path, files, mirror, key, gid, allowDeletions }: Omit<z.infer<typeof input>, 'site'>,
  call: Call,
): Promise<ImportReport> {
  const source = await openSource(files);
  using progress = showProgress(call.terminal, 'Importing files');
  return await importObjects(context, operator, {
    path: pathWithinSite(context.site, path),
    source,
    mirror,
    keyField: key,
    gidField: gid,
    allowDeletions,
    onProgress: (state) => {
      progress.update(state.files, state.totalFiles);
    },
  });
}

function describe({ created, changed, unchanged, removed, failed, ignored }: ImportReport): string {
  const lines = [
    `${count(created, 'object')} created, ${changed} changed, ${unchanged} unchanged, ${removed} removed`,
    ...(ignored.length === 0
      ? []
      : [
          `${count(ignored.length, 'file')} ignored, being neither XML nor JSON nor CSV: ${ignored.slice(0, 10).join(', ')}`,
        ]),
    ...(failed.length === 0 ? [] : [`${count(failed.length, 'object')} not imported:`]),
    ...failed.map(({ where, message, code }) => `  ${where}: ${message} (${code})`),
    ...[...new Set(failed.map(({ code }) => code))].sort().map((code) => `${code}: ${errorCodes[code]}`),
  ];
  return `${lines.join('\n')}\n`;
}
