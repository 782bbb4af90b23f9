import type { Command } from 'commander';
import { z } from 'zod';
import type { Path } from '../objects/path.ts';
import { formatPath } from '../objects/path.ts';
import type { HistoryEntry } from '../use-cases/objects/object-history.ts';
import { deletedWithin, objectHistory, restoreRevision } from '../use-cases/objects/object-history.ts';
import type { SiteContext } from '../use-cases/site-context.ts';
import { pathWithinSite } from '../use-cases/objects/site-path.ts';
import type { Call, CommandActions } from './command-action.ts';
import { operator, withSite } from './open-site.ts';
import { wholeNumber } from './option-values.ts';
import { shellWord } from './shell-word.ts';
import { count, formatTable, formatTime } from './table.ts';

const input = z.object({
  site: z.string(),
  path: z.string(),
  restore: z.number().optional(),
  deleted: z.boolean().default(false),
  limit: z.number(),
});
const shownLength = 60;

/** `concord history SITE PATH [--restore REVISION]`. */
export function registerHistory(program: Command, actions: CommandActions): void {
  program
    .command('history')
    .description('the revisions of an object, also of a deleted one, the newest first')
    .argument('<site>', 'the site')
    .argument('<path>', 'the object')
    .option('--restore <revision>', 'write the content of this revision again, as a new one', wholeNumber(1))
    .option('--deleted', 'list what was deleted out of this folder and those below it, the newest first')
    .option('--limit <number>', 'how many', wholeNumber(1), 50)
    .action(
      actions.action(input, async ({ site, path, restore, deleted, limit }, call) => {
        await withSite(call, site, async (context) => {
          const place = { context, call, path: pathWithinSite(site, path) };
          if (restore !== undefined) await restoreTo(place, restore);
          else if (deleted) await listDeleted(place, limit);
          else await list(place, limit);
        });
        return undefined;
      }),
    );
}

interface Place {
  readonly context: SiteContext;
  readonly call: Call;
  readonly path: Path;
}

async function list({ context, call, path }: Place, limit: number): Promise<void> {
  const entries = await objectHistory(context, path, { limit });
  const next = `Next: concord history ${context.site} ${shellWord(formatPath(path))} --restore REVISION\n`;
  call.print(entries, entries.map(describeEntry).join('') + next);
}

function describeEntry({ seq, state, at, by, isReceived, changes }: HistoryEntry): string {
  const from = isReceived ? ', from another site' : '';
  const title = `${seq}  ${formatTime(at)}  ${by}${from}${state === 'present' ? '' : `  (${state})`}\n`;
  const lines = changes.map(({ field, before, after }) => `      ${field}: ${shown(before)} -> ${shown(after)}\n`);
  return title + lines.join('');
}

function shown(value: string | undefined): string {
  if (value === undefined) return 'nothing';
  return JSON.stringify(value.length > shownLength ? `${value.slice(0, shownLength)}…` : value);
}

async function listDeleted({ context, call, path }: Place, limit: number): Promise<void> {
  const deleted = await deletedWithin(context, path, limit);
  const found = deleted.map(({ path: was, revision: { seq, edits } }) => ({
    path: formatPath(was),
    revision: seq,
    at: edits.main.at,
    by: edits.main.by,
  }));
  const rows = found.map((each) => [each.path, `${each.revision}`, formatTime(each.at), each.by]);
  call.print(
    found,
    found.length === 0
      ? 'Nothing was deleted out of this folder\n'
      : `${formatTable(['object', 'revision', 'deleted', 'by'], rows)}Next: concord history ${context.site} OBJECT --restore REVISION\n`,
  );
}

async function restoreTo({ context, call, path }: Place, seq: number): Promise<void> {
  const { version, revived, digest } = await restoreRevision(context, operator, { path, seq });
  const folders = revived.length === 0 ? '' : `, and ${count(revived.length, 'folder')} above it`;
  call.print(
    { gid: version.gid, digest, revived: revived.map(({ gid }) => gid) },
    `${formatPath(path)} is as it was in revision ${seq}${folders}\n`,
  );
}
