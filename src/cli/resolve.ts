import type { Command } from 'commander';
import { Option } from 'commander';
import { z } from 'zod';
import { RequestError } from '../errors/concord-error.ts';
import { filterOfDesk, findConflicts } from '../use-cases/exchange/list-conflicts.ts';
import type { Settled, Settlement } from '../use-cases/exchange/resolve-conflict.ts';
import { resolveConflicts } from '../use-cases/exchange/resolve-conflict.ts';
import type { SettledTogether } from '../use-cases/exchange/settle-together.ts';
import { otherNumber, resolveFound, undoTogether } from '../use-cases/exchange/settle-together.ts';
import { undoSettlements } from '../use-cases/exchange/undo-settlement.ts';
import type { Call, CommandActions } from './command-action.ts';
import { addDeskFilter, deskFilter, deskQuery } from './desk-filter.ts';
import { operator, withSite } from './open-site.ts';
import { count } from './table.ts';

const choices = ['publisher', 'subscriber', 'newer'] as const;
const filterNames = deskFilter.keyof().options;
const input = deskFilter.extend({
  site: z.string(),
  conflicts: z.array(z.string()),
  keep: z.enum(choices).optional(),
  value: z.string().optional(),
  remove: z.boolean().default(false),
  all: z.boolean().default(false),
  yes: z.boolean().default(false),
  undo: z.boolean().default(false),
  batch: z.string().optional(),
});
type Input = z.infer<typeof input>;

/** `concord resolve SITE CONFLICT...`. */
export function registerResolve(program: Command, actions: CommandActions): void {
  const command = program
    .command('resolve')
    .description('settle conflicts, all that are named or none')
    .argument('<site>', 'the site')
    .argument('[conflicts...]', 'ids or their beginnings, or paths of objects for all conflicts of each')
    .option('--all', 'all open conflicts of the site, or those that the options below leave; says how many these are')
    .option('--yes', 'with --all: settle them');
  addDeskFilter(command)
    .addOption(new Option('--keep <side>', 'whose value is to stand').choices(choices))
    .option('--value <value>', 'the value that is to stand')
    .option('--remove', 'neither value is to stand: the field, or the object, goes')
    .option('--undo', 'open them again; until the other side has heard of it')
    .option('--batch <name>', 'with --undo: those that were settled by one --all, which said the name')
    // An id may begin with a hyphen; what is no id is refused as one.
    .allowUnknownOption()
    .action(
      actions.action(input, async (given, call) => {
        await (given.undo ? undo(given, call) : given.all ? settleAll(given, call) : settleNamed(given, call));
        return undefined;
      }),
    );
}

async function undo({ site, all, batch, conflicts }: Input, call: Call): Promise<void> {
  if (all || (conflicts.length === 0) === (batch === undefined))
    throw new RequestError('CON-C003', 'Name the conflicts to be opened again, or give --batch');
  const done = await withSite(call, site, async (context) =>
    batch === undefined
      ? { ...(await undoSettlements(context, operator, { ids: conflicts })), left: 0 }
      : undoTogether(context, operator, batch),
  );
  const left = done.left === 0 ? '' : `; ${count(done.left, 'conflict')} can no longer be: sent, or changed since`;
  call.print(done, `${count(done.reopened, 'conflict')} opened again${left}\n`);
}

async function settleNamed({ site, conflicts, ...given }: Input, call: Call): Promise<void> {
  const settlement = settlementOf(given);
  const isFiltered = filterNames.some((name) => given[name] !== undefined);
  if (conflicts.length === 0 || isFiltered) throw new RequestError('CON-C003', 'Name conflicts, or give --all');
  await withSite(call, site, async (context) => {
    const ids = await findConflicts(context, conflicts);
    const settled = await resolveConflicts(context, operator, { ids, ...settlement });
    call.print(settled, describe(settled));
  });
}

async function settleAll({ site, conflicts, yes, ...given }: Input, call: Call): Promise<void> {
  const settlement = settlementOf(given);
  if (conflicts.length > 0) throw new RequestError('CON-C003', 'Name conflicts, or give --all');
  await withSite(call, site, async (context) => {
    const query = deskQuery(deskFilter.parse(given), context.clock.now());
    const filter = await filterOfDesk(context, { ...query, state: 'open' });
    const found = await context.store.countConflicts(filter);
    if (!yes && found > 0) throw otherNumber(found);
    const done = await resolveFound(context, operator, { filter, ...settlement });
    call.print(done, describeTogether(site, done));
  });
}

function describeTogether(site: string, done: SettledTogether): string {
  const left = done.left === 0 ? '' : `${count(done.left, 'conflict')} cannot be settled so, and stay open\n`;
  const undoing =
    done.batch === undefined ? '' : `To take it back: concord resolve ${site} --undo --batch ${done.batch}\n`;
  return describe(done) + left + undoing;
}

function describe({ settled, toBeSent }: Settled): string {
  if (toBeSent === 0) return `${count(settled, 'conflict')} settled\n`;
  const here = settled === 0 ? '' : `${count(settled, 'conflict')} settled. `;
  return `${here}${count(toBeSent, 'conflict')} decided, which the publisher hears with the next sync\n`;
}

function settlementOf({ keep, value, remove }: Pick<Input, 'keep' | 'value' | 'remove'>): Settlement {
  const given = [keep, value, remove ? true : undefined].filter((each) => each !== undefined);
  if (given.length !== 1) throw new RequestError('CON-C003', 'Give one of --keep, --value and --remove');
  return keep === undefined ? { value } : { keep };
}
