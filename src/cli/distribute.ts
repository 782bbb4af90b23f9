import type { Command } from 'commander';
import { z } from 'zod';
import { distribute } from '../use-cases/administration/schedule.ts';
import type { CommandActions } from './command-action.ts';
import { withSite } from './open-site.ts';
import { count } from './table.ts';

const input = z.object({ site: z.string() });

/** `concord distribute SITE`. */
export function registerDistribute(program: Command, actions: CommandActions): void {
  program
    .command('distribute')
    .description('make runnable what is due: schedules, delays, what waited for others')
    .argument('<site>', 'the site')
    .action(
      actions.action(input, async ({ site }, call) => {
        const released = await withSite(call, site, (context, { calendar }) => distribute(context, calendar));
        call.print(
          { released },
          `${count(released, 'activity', 'activities')} became runnable. Next: concord tic ${site}\n`,
        );
        return undefined;
      }),
    );
}
