import type { Command } from 'commander';
import { Option } from 'commander';
import { z } from 'zod';
import { openTarget } from '../compose-files.ts';
import type { ExportReport } from '../use-cases/transfer/export-objects.ts';
import { exportFormats, exportObjects } from '../use-cases/transfer/export-objects.ts';
import type { SiteContext } from '../use-cases/site-context.ts';
import { pathWithinSite } from '../use-cases/objects/site-path.ts';
import type { Call, CommandActions } from './command-action.ts';
import { withSite } from './open-site.ts';
import { showProgress } from './progress.ts';
import { count } from './table.ts';

const input = z.object({
  site: z.string(),
  path: z.string(),
  target: z.string(),
  format: z.enum(exportFormats).optional(),
});

/** `concord export SITE PATH FOLDER|FILE`. */
export function registerExport(program: Command, actions: CommandActions): void {
  program
    .command('export')
    .description('write objects to files that import reads back')
    .argument('<site>', 'the site')
    .argument('<path>', 'the path below which everything is written')
    .argument('<target>', 'a folder, made when it is not there; or a file whose name ends in .xml, .json or .csv')
    .addOption(new Option('--format <format>', 'the form, where the name does not say it').choices(exportFormats))
    .action(
      actions.action(input, async ({ site, target, ...given }, call) => {
        const report = await withSite(call, site, (context) => exportShown(context, { target, ...given }, call));
        call.print(report, `${count(report.objects, 'object')} written to ${target}\n`);
        return undefined;
      }),
    );
}

async function exportShown(
  context: SiteContext,
  { path, target, format }: Omit<z.infer<typeof input>, 'site'>,
  call: Call,
): Promise<ExportReport> {
  using progress = showProgress(call.terminal, 'Exporting objects');
  return await exportObjects(context, {
    path: pathWithinSite(context.site, path),
    target: await openTarget(target),
    format,
    onProgress: (objects) => {
      progress.update(objects, 0);
    },
  });
}
