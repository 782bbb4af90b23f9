import type { Command } from 'commander';
import { z } from 'zod';
import { parsePath } from '../objects/path.ts';
import type { Side } from '../synchronization/conflict.ts';
import type { ConflictView } from '../use-cases/exchange/list-conflicts.ts';
import { conflictPage } from '../use-cases/exchange/list-conflicts.ts';
import type { CommandActions } from './command-action.ts';
import { addDeskFilter, deskFilter, deskQuery } from './desk-filter.ts';
import { readSite } from './open-site.ts';
import { wholeNumber } from './option-values.ts';
import { count, formatTime } from './table.ts';

const input = deskFilter.extend({
  site: z.string(),
  all: z.boolean().default(false),
  limit: z.number().default(Number.MAX_SAFE_INTEGER - 1),
  after: z.number().optional(),
});
const shownLength = 200;

/** `concord conflicts SITE`. */
export function registerConflicts(program: Command, actions: CommandActions): void {
  const command = program
    .command('conflicts')
    .description('what both sides changed differently, and waits for a decision')
    .argument('<site>', 'the site')
    .option('--all', 'also those that are settled');
  addDeskFilter(command)
    .option('--limit <number>', 'how many', wholeNumber(1))
    .option('--after <number>', 'the page after; a page that is not the last says the number', wholeNumber(1))
    .action(
      actions.action(input, async ({ site, all, limit, after, ...filter }, call) => {
        const page = await readSite(call, site, (context) =>
          conflictPage(context, {
            ...deskQuery(filter, context.clock.now()),
            ...(all ? {} : { state: 'open' }),
            limit,
            after,
          }),
        );
        const more = page.next === undefined ? '' : `There are more: --after ${page.next}\n`;
        call.print(page.conflicts, describe(site, page.conflicts) + more);
        return undefined;
      }),
    );
}

function describe(site: string, conflicts: readonly ConflictView[]): string {
  if (conflicts.length === 0) return 'No conflict waits\n';
  const open = conflicts.filter(({ state }) => state === 'open').length;
  const next =
    open === 0
      ? 'No conflict waits\n'
      : `${count(open, 'conflict')} to settle. Next: concord resolve ${site} CONFLICT --keep publisher|subscriber, or --value V\n`;
  return [...conflicts.map(describeConflict), next].join('\n');
}

function describeConflict(conflict: ConflictView): string {
  const { id, path, field, state, base, publisher, subscriber, stands } = conflict;
  const isOpen = state === 'open';
  const isEdited = isOpen && stands !== publisher.value;
  const isGone = parsePath(path).length === 0;
  const lines = [
    `${id}  ${isGone ? 'an object that is gone' : path}  ${field}${isOpen ? '' : `  (${state})`}`,
    `  before      ${shown(base)}`,
    `  publisher   ${describeSide(publisher)}${isOpen && !isEdited ? '  (stands now)' : ''}`,
    `  subscriber  ${describeSide(subscriber)}`,
    ...(isEdited ? [`  now         ${shown(stands)}  (stands now: edited since)`] : []),
  ];
  return `${lines.join('\n')}\n`;
}

function describeSide({ value, edit }: Side): string {
  return `${shown(value)}  by ${edit.by} at ${formatTime(edit.at)}`;
}

function shown(value: string | undefined): string {
  if (value === undefined) return 'nothing';
  return JSON.stringify(value.length > shownLength ? `${value.slice(0, shownLength)}…` : value);
}
