import type { Command } from 'commander';
import { z } from 'zod';
import { formatPath } from '../objects/path.ts';
import { searchObjects } from '../use-cases/objects/search-objects.ts';
import { pathWithinSite } from '../use-cases/objects/site-path.ts';
import type { CommandActions } from './command-action.ts';
import { readSite } from './open-site.ts';
import { wholeNumber } from './option-values.ts';
import { count, formatTable } from './table.ts';

const input = z.object({ site: z.string(), text: z.string().trim().min(1), path: z.string(), limit: z.number() });

/** `concord search SITE TEXT`. */
export function registerSearch(program: Command, actions: CommandActions): void {
  program
    .command('search')
    .description('find objects by a text in their id or in a field; capital letters do not count')
    .argument('<site>', 'the site')
    .argument('<text>', 'what is looked for')
    .option('--path <path>', 'only below this object', '/')
    .option('--limit <number>', 'how many', wholeNumber(1), 50)
    .action(
      actions.action(input, async ({ site, text, path, limit }, call) => {
        const { found, read, next } = await readSite(call, site, (context) =>
          searchObjects(context, { path: pathWithinSite(site, path), text, limit, mostRead: Number.MAX_SAFE_INTEGER }),
        );
        const objects = found.map((one) => ({
          path: formatPath(one.path),
          type: one.version.type,
          gid: one.version.gid,
        }));
        const rows = objects.map((one) => [one.path, one.type]);
        const more = next === undefined ? '' : `There may be more: --limit ${limit * 2}\n`;
        const looked = `${count(found.length, 'object')} found, ${read} looked at\n`;
        call.print(objects, (rows.length === 0 ? '' : formatTable(['path', 'type'], rows)) + looked + more);
        return undefined;
      }),
    );
}
