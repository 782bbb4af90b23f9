import type { Command } from 'commander';
import { z } from 'zod';
import { restoreInstallation } from '../compose/compose.ts';
import type { CommandActions } from './command-action.ts';
import { withInstallation } from './open-site.ts';

const backupInput = z.object({ file: z.string() });
const restoreInput = z.object({ file: z.string(), replace: z.boolean().default(false) });

/** `concord backup FILE`. */
export function registerBackup(program: Command, actions: CommandActions): void {
  program
    .command('backup')
    .description('write all sites into one file, while they go on working; it holds secrets')
    .argument('<file>', 'the file to write')
    .action(
      actions.action(backupInput, async ({ file }, call) => {
        await withInstallation(call, ({ installation }) => installation.backup(file));
        call.print(
          { file },
          `All sites are in ${file}. Keep it as safe as the data directory: the key of stored passwords is in it\n`,
        );
        return undefined;
      }),
    );
}

/** `concord restore FILE`. */
export function registerRestore(program: Command, actions: CommandActions): void {
  program
    .command('restore')
    .description('make the data directory out of a backup; no server may run on it')
    .argument('<file>', 'a file that backup wrote')
    .option('--replace', 'put what is in the data directory aside, into a folder within it')
    .action(
      actions.action(restoreInput, async ({ file, replace }, call) => {
        const configuration = call.configuration();
        const aside = await restoreInstallation(configuration, { file, mayReplace: replace });
        const before = aside === undefined ? '' : ` What was there is in ${aside}.`;
        call.print(
          { data: configuration.data, aside: aside ?? null },
          `${configuration.data} is restored from ${file}.${before} Newer work comes back from the other sites with the next syncs\n`,
        );
        return undefined;
      }),
    );
}
