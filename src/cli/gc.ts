import type { Command } from 'commander';
import { z } from 'zod';
import { collectGarbage } from '../use-cases/administration/collect-garbage.ts';
import type { CommandActions } from './command-action.ts';
import { withSite } from './open-site.ts';
import { count } from './table.ts';

const input = z.object({ site: z.string() });

/** `concord gc SITE`. */
export function registerGc(program: Command, actions: CommandActions): void {
  program
    .command('gc')
    .description('remove old revisions that no sync and no restored peer can need; the history of objects ends there')
    .argument('<site>', 'the site')
    .action(
      actions.action(input, async ({ site }, call) => {
        const collected = await withSite(call, site, collectGarbage);
        const { removed, oldest } = collected;
        call.print(collected, `${count(removed, 'revision')} up to position ${oldest} of the log removed\n`);
        return undefined;
      }),
    );
}
