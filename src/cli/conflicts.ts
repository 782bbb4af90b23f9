import type { Command } from 'commander';
import { z } from 'zod';
import { parsePath } from '../objects/path.ts';
import type { Side } from '../synchronization/conflict.ts';
import type { ConflictView } from '../use-cases/exchange/list-conflicts.ts';
import { listConflicts } from '../use-cases/exchange/list-conflicts.ts';
import type { CommandActions } from './command-action.ts';
import { withSite } from './open-site.ts';
import { count, formatTime } from './table.ts';

const input = z.object({ site: z.string(), all: z.boolean().default(false) });
const shownLength = 200;

/** `concord conflicts SITE`. */
export function registerConflicts(program: Command, actions: CommandActions): void {
  program
    .command('conflicts')
    .description('what both sides changed differently, and waits for a decision')
    .argument('<site>', 'the site')
    .option('--all', 'also those that are settled')
    .action(
      actions.action(input, async ({ site, all }, call) => {
        const filter = all ? {} : ({ state: 'open' } as const);
        const conflicts = await withSite(call, site, (context) => listConflicts(context, filter));
        call.print(conflicts, describe(site, conflicts));
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
  const { id, path, field, state, base, publisher, subscriber } = conflict;
  const isGone = parsePath(path).length === 0;
  const lines = [
    `${id}  ${isGone ? 'an object that is gone' : path}  ${field}${state === 'open' ? '' : `  (${state})`}`,
    `  before      ${shown(base)}`,
    `  publisher   ${describeSide(publisher)}${state === 'open' ? '  (stands now)' : ''}`,
    `  subscriber  ${describeSide(subscriber)}`,
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
