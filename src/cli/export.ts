import type { Command } from 'commander';
import { Option } from 'commander';
import { z } from 'zod';
import { openTarget } from '../compose/files.ts';
import type { ExportReport } from '../use-cases/transfer/export-objects.ts';
import { exportFormats, exportObjects } from '../use-cases/transfer/export-objects.ts';
import type { SiteContext } from '../use-cases/site-context.ts';
import { pathWithinSite } from '../use-cases/objects/site-path.ts';
import type { Call, CommandActions } from './command-action.ts';
import { readSite } from './open-site.ts';
import { wholeNumber } from './option-values.ts';
import { showProgress } from './progress.ts';
import { count } from './table.ts';

const input = z.object({
  site: z.string(),
  path: z.string(),
  target: z.string(),
  format: z.enum(exportFormats).optional(),
  mirror: z.boolean().default(false),
  allowDeletions: z.number().optional(),
});

/** `concord export SITE PATH FOLDER|FILE`. */
export function registerExport(program: Command, actions: CommandActions): void {
  program
    .command('export')
    .description('write objects to files that import reads back')
    .argument('<site>', 'the site')
    .argument('<path>', 'the path below which everything is written')
    .argument('<target>', 'a folder, made when it is not there; or a file whose name ends in .xml, .json or .csv')
    .option('--mirror', 'also remove from the folder what an earlier export left of objects that are gone')
    .option('--allow-deletions <number>', 'so many removals by --mirror are meant', wholeNumber(0))
    .addOption(new Option('--format <format>', 'the form, where the name does not say it').choices(exportFormats))
    .action(
      actions.action(input, async ({ site, target, ...given }, call) => {
        const report = await readSite(call, site, (context) => exportShown(context, { target, ...given }, call));
        call.print(report, describe(report, target));
        return undefined;
      }),
    );
}

function describe({ objects, left, removed }: ExportReport, target: string): string {
  const some = (names: readonly string[]): string =>
    `${names.slice(0, 10).join(', ')}${names.length > 10 ? ', …' : ''}`;
  const lines = [
    `${count(objects, 'object')} written to ${target}`,
    ...(removed.length === 0 ? [] : [`${removed.length} removed that no object has: ${some(removed)}`]),
    ...(left.length === 0
      ? []
      : [
          `${left.length} in the folder that no object has, and that an import would read: ${some(left)}`,
          'Remove what is no longer wanted; export --mirror removes what an earlier export left',
        ]),
  ];
  return `${lines.join('\n')}\n`;
}

async function exportShown(
  context: SiteContext,
  { path, target, format, mirror, allowDeletions }: Omit<z.infer<typeof input>, 'site'>,
  call: Call,
): Promise<ExportReport> {
  using progress = showProgress(call.terminal, 'Exporting objects');
  return await exportObjects(context, {
    path: pathWithinSite(context.site, path),
    target: await openTarget(target),
    format,
    mirror,
    allowDeletions,
    onProgress: (objects) => {
      progress.update(objects, 0);
    },
  });
}
