import type { Command } from 'commander';
import { z } from 'zod';
import { filesTarget, moveStore } from '../compose/move.ts';
import type { CommandActions } from './command-action.ts';

const input = z.object({ to: z.string() });

/** `concord move-store --to URL`. */
export function registerMoveStore(program: Command, actions: CommandActions): void {
  program
    .command('move-store')
    .description('copy all sites into a MongoDB database, or back into files; no process may run on them')
    .requiredOption(
      '--to <url>',
      `mongodb://user:password@host:27017/database, or ${filesTarget} for files in the data directory`,
    )
    .action(
      actions.action(input, async ({ to }, call) => {
        const configuration = call.configuration();
        const { sites, rows, aside } = await moveStore(configuration, to, () => undefined);
        const count = `${String(sites.length)} sites, ${String(rows)} rows, the same here and there.`;
        const next =
          to === filesTarget
            ? `The store is in ${configuration.data} again: take store.url (CONCORD_STORE_URL) away. The database stays as it is.`
            : `Set store.url (CONCORD_STORE_URL) to the database before you start. The files are in ${aside ?? ''}; remove them when all is well.`;
        call.print({ sites: sites.map(({ id }) => id), rows, aside: aside ?? null }, `${count} ${next}\n`);
        return undefined;
      }),
    );
}
