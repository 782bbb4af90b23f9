import type { Command } from 'commander';
import { Option } from 'commander';
import { z } from 'zod';
import { RequestError } from '../errors/concord-error.ts';
import { findConflicts } from '../use-cases/exchange/list-conflicts.ts';
import type { Settled, Settlement } from '../use-cases/exchange/resolve-conflict.ts';
import { resolveConflicts } from '../use-cases/exchange/resolve-conflict.ts';
import { undoSettlements } from '../use-cases/exchange/undo-settlement.ts';
import type { CommandActions } from './command-action.ts';
import { operator, withSite } from './open-site.ts';
import { count } from './table.ts';

const choices = ['publisher', 'subscriber', 'newer'] as const;
const input = z.object({
  site: z.string(),
  conflicts: z.array(z.string()),
  keep: z.enum(choices).optional(),
  value: z.string().optional(),
  remove: z.boolean().default(false),
  all: z.boolean().default(false),
  undo: z.boolean().default(false),
});

/** `concord resolve SITE CONFLICT...`. */
export function registerResolve(program: Command, actions: CommandActions): void {
  program
    .command('resolve')
    .description('settle conflicts, all that are named or none')
    .argument('<site>', 'the site')
    .argument('[conflicts...]', 'ids or their beginnings, or paths of objects for all conflicts of each')
    .option('--all', 'all open conflicts of the site')
    .addOption(new Option('--keep <side>', 'whose value is to stand').choices(choices))
    .option('--value <value>', 'the value that is to stand')
    .option('--remove', 'neither value is to stand: the field, or the object, goes')
    .option('--undo', 'open them again; until the other side has heard of it')
    // An id may begin with a hyphen; what is no id is refused as one.
    .allowUnknownOption()
    .action(
      actions.action(input, async ({ site, conflicts, all, undo, ...how }, call) => {
        if (undo) {
          if (all || conflicts.length === 0)
            throw new RequestError('CON-C003', 'Name the conflicts to be opened again');
          const done = await withSite(call, site, (context) => undoSettlements(context, operator, { ids: conflicts }));
          call.print(done, `${count(done.reopened, 'conflict')} opened again\n`);
          return undefined;
        }
        const settlement = settlementOf(how);
        await withSite(call, site, async (context) => {
          const open = all ? (await context.store.conflicts({ state: 'open' })).map(({ id }) => id) : [];
          const ids = [...open, ...(await findConflicts(context, conflicts))];
          if (ids.length === 0 && !all) throw new RequestError('CON-C003', 'Name conflicts, or give --all');
          const settled = await resolveConflicts(context, operator, { ids, ...settlement });
          call.print(settled, describe(settled));
        });
        return undefined;
      }),
    );
}

function describe({ settled, toBeSent }: Settled): string {
  if (toBeSent === 0) return `${count(settled, 'conflict')} settled\n`;
  const here = settled === 0 ? '' : `${count(settled, 'conflict')} settled. `;
  return `${here}${count(toBeSent, 'conflict')} decided, which the publisher hears with the next sync\n`;
}

function settlementOf({ keep, value, remove }: Pick<z.infer<typeof input>, 'keep' | 'value' | 'remove'>): Settlement {
  const given = [keep, value, remove ? true : undefined].filter((each) => each !== undefined);
  if (given.length !== 1) throw new RequestError('CON-C003', 'Give one of --keep, --value and --remove');
  return keep === undefined ? { value } : { keep };
}
