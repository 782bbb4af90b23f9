import type { Command } from 'commander';
import { z } from 'zod';
import { abandonedAfterMs } from '../synchronization/abandoned.ts';
import { abandonedSubscribers, expelAbandoned } from '../use-cases/administration/abandoned-subscribers.ts';
import { collectGarbage } from '../use-cases/administration/collect-garbage.ts';
import type { CommandActions } from './command-action.ts';
import { withSite } from './open-site.ts';
import { describeAbandoned } from './status.ts';
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
        const done = await withSite(call, site, async (context, { configuration }) => {
          const expelled = await expelAbandoned(context, configuration.publisher.expelAfterDays);
          const collected = await collectGarbage(context);
          return { ...collected, expelled, abandoned: await abandonedSubscribers(context, abandonedAfterMs) };
        });
        const { removed, oldest, expelled, abandoned } = done;
        const lines = [
          ...expelled.map(({ url, publication }) => `${url} expelled from ${publication}\n`),
          `${count(removed, 'revision')} up to position ${oldest} of the log removed\n`,
          ...abandoned.map((one) => describeAbandoned({ site, ...one })),
        ];
        call.print(done, lines.join(''));
        return undefined;
      }),
    );
}
