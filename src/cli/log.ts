import type { Command } from 'commander';
import { Option } from 'commander';
import { z } from 'zod';
import type { ListedLogLine } from '../ports/peer-reader.ts';
import { auditKinds, logEntry, logKinds } from '../use-cases/administration/read-log.ts';
import type { CommandActions } from './command-action.ts';
import { operator, readSite } from './open-site.ts';
import { listOf, wholeNumber } from './option-values.ts';
import { formatTable, formatTime } from './table.ts';

const input = z.object({
  site: z.string(),
  id: z.string().optional(),
  limit: z.number(),
  before: z.number().optional(),
  kind: z.array(z.enum(logKinds)).optional(),
  audit: z.boolean().default(false),
  entry: z.number().optional(),
});

/** `concord log SITE`. */
export function registerLog(program: Command, actions: CommandActions): void {
  program
    .command('log')
    .description('what was synchronised, refused and administered, the newest first')
    .argument('<site>', 'the site')
    .argument('[id]', 'only about this publication, subscription or account')
    .option('--limit <lines>', 'how many lines', wholeNumber(1), 100)
    .option('--before <number>', 'only lines older than the one with this number', wholeNumber(1))
    .option('--kind <kind>', `only these kinds: ${logKinds.join(', ')}; several with commas`, listOf(logKinds))
    .addOption(
      new Option('--audit', 'who signed in, changed rights, settled, allowed deletions').conflicts(['kind', 'entry']),
    )
    .option('--entry <number>', 'one line with all its details: of a sync, what it changed', wholeNumber(1))
    .action(
      actions.action(input, async ({ site, id, limit, before, kind, audit, entry }, call) => {
        if (entry !== undefined) {
          const line = await readSite(call, site, (context) => logEntry(context, operator, entry));
          call.print(line, describeEntry(line));
          return undefined;
        }
        const kinds = audit ? auditKinds : kind;
        const filter = {
          limit,
          ...(id === undefined ? {} : { subject: id }),
          ...(before === undefined ? {} : { before }),
          ...(kinds === undefined ? {} : { kinds }),
        };
        const lines = await readSite(call, site, ({ store }) => store.log(filter));
        const rows = lines.map((line) => [
          `${line.number}`,
          formatTime(line.at),
          line.level,
          line.kind,
          line.subject,
          line.text,
        ]);
        const table = formatTable(['number', 'time', 'level', 'kind', 'about', ''], rows);
        call.print(lines, lines.length === 0 ? 'Nothing yet\n' : table);
        return undefined;
      }),
    );
}

function describeEntry({ number, at, level, kind, subject, text, details }: ListedLogLine): string {
  const head = `${number}  ${formatTime(at)}  ${level}  ${kind}  ${subject}\n${text}\n`;
  return Object.keys(details).length === 0 ? head : `${head}${JSON.stringify(details, undefined, 2)}\n`;
}
