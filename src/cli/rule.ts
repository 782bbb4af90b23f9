import type { Command } from 'commander';
import { Option } from 'commander';
import { z } from 'zod';
import { addConflictRule, listConflictRules, removeConflictRule } from '../use-cases/exchange/conflict-rules.ts';
import type { CommandActions } from './command-action.ts';
import { operator, withSite } from './open-site.ts';
import { count, formatTable, formatTime } from './table.ts';

const choices = ['publisher', 'subscriber', 'newer'] as const;
const addInput = z.object({
  site: z.string(),
  field: z.string(),
  keep: z.enum(choices),
  publication: z.string().optional(),
  subscription: z.string().optional(),
});
const removeInput = z.object({ site: z.string(), id: z.string() });

/** `concord rule add|list|remove`. */
export function registerRule(program: Command, actions: CommandActions): void {
  const rule = program.command('rule').description('rules that settle the conflicts of a field by themselves');
  rule
    .command('add')
    .description('settle the open conflicts of a field, and all that will come')
    .argument('<site>', 'the site')
    .argument('<field>', 'the field, as `concord conflicts` names it')
    .addOption(new Option('--keep <value>', 'whose value is to stand').choices(choices).makeOptionMandatory())
    .option('--publication <id>', 'only conflicts of this publication')
    .option('--subscription <id>', 'only conflicts of this subscription')
    .action(
      actions.action(addInput, async ({ site, ...wanted }, call) => {
        const made = await withSite(call, site, (context) => addConflictRule(context, operator, wanted));
        call.print(made, `Rule ${made.rule.id} made; it settled ${count(made.settled, 'open conflict')}\n`);
        return undefined;
      }),
    );
  rule
    .command('list')
    .description('list the rules of a site; of two for one field the older decides')
    .argument('<site>', 'the site')
    .action(
      actions.action(removeInput.pick({ site: true }), async ({ site }, call) => {
        const rules = await withSite(call, site, listConflictRules);
        const rows = rules.map(({ id, field, keep, publication, subscription, by, createdAt }) => [
          id,
          field,
          keep,
          publication ?? subscription ?? 'all',
          by,
          formatTime(createdAt),
        ]);
        const table = formatTable(['id', 'field', 'keep', 'of', 'by', 'since'], rows);
        call.print(rules, rules.length === 0 ? 'No rules\n' : table);
        return undefined;
      }),
    );
  rule
    .command('remove')
    .description('remove a rule; what it settled stays settled')
    .argument('<site>', 'the site')
    .argument('<id>', 'the rule, as `list` names it')
    .allowUnknownOption()
    .action(
      actions.action(removeInput, async ({ site, id }, call) => {
        await withSite(call, site, (context) => removeConflictRule(context, operator, id));
        call.print({ removed: id }, `Rule ${id} removed\n`);
        return undefined;
      }),
    );
}
