import type { Command } from 'commander';
import { z } from 'zod';
import { addSite, removeSite } from '../use-cases/administration/manage-sites.ts';
import type { CommandActions } from './command-action.ts';
import { withInstallation, withNewInstallation } from './open-site.ts';
import { formatTable, formatTime } from './table.ts';

const addInput = z.object({ id: z.string(), title: z.string().optional() });
const removeInput = z.object({ id: z.string(), yes: z.boolean().default(false) });

/** `concord site add|list|remove`. */
export function registerSite(program: Command, actions: CommandActions): void {
  const site = program.command('site').description('the sites of this data directory');
  site
    .command('add')
    .description('add a site')
    .argument('<id>', 'its id, which stands in its address')
    .option('--title <title>', 'its name for people')
    .action(
      actions.action(addInput, async (input, call) => {
        const entry = await withNewInstallation(call, ({ installation }) => addSite(installation, input));
        call.print(entry, `Site ${entry.id} added. Next: concord import ${entry.id} / FOLDER, or concord start\n`);
        return undefined;
      }),
    );
  site
    .command('list')
    .description('list the sites')
    .action(
      actions.action(z.object({}), async (_input, call) => {
        const sites = await withInstallation(call, ({ installation }) => installation.sites());
        const rows = sites.map(({ id, title, createdAt }) => [id, title, formatTime(createdAt)]);
        call.print(sites, formatTable(['site', 'title', 'since'], rows));
        return undefined;
      }),
    );
  site
    .command('remove')
    .description('remove a site with all that is in it')
    .argument('<id>', 'the site')
    .option('--yes', 'also when it has subscriptions or subscribers')
    .action(
      actions.action(removeInput, async ({ id, yes }, call) => {
        await withInstallation(call, ({ installation, sharedQueues }) =>
          removeSite(installation, { id, isMeant: yes, removeQueue: sharedQueues?.remove }),
        );
        call.print({ removed: id }, `Site ${id} removed with all its data\n`);
        return undefined;
      }),
    );
}
