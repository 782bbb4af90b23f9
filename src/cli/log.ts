import type { Command } from 'commander';
import { z } from 'zod';
import type { CommandActions } from './command-action.ts';
import { withSite } from './open-site.ts';
import { wholeNumber } from './option-values.ts';
import { formatTable, formatTime } from './table.ts';

const input = z.object({ site: z.string(), id: z.string().optional(), limit: z.number() });

/** `concord log SITE`. */
export function registerLog(program: Command, actions: CommandActions): void {
  program
    .command('log')
    .description('what was synchronised, refused and administered, the newest first')
    .argument('<site>', 'the site')
    .argument('[id]', 'only about this publication, subscription or account')
    .option('--limit <lines>', 'how many lines', wholeNumber(1), 100)
    .action(
      actions.action(input, async ({ site, id, limit }, call) => {
        const filter = { limit, ...(id === undefined ? {} : { subject: id }) };
        const lines = await withSite(call, site, ({ store }) => store.log(filter));
        const rows = lines.map((line) => [formatTime(line.at), line.level, line.kind, line.subject, line.text]);
        call.print(
          lines,
          lines.length === 0 ? 'Nothing yet\n' : formatTable(['time', 'level', 'kind', 'about', ''], rows),
        );
        return undefined;
      }),
    );
}
