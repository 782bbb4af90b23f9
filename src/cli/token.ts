import type { Command } from 'commander';
import { z } from 'zod';
import { listTokens, makeToken, revokeToken } from '../use-cases/administration/tokens.ts';
import type { CommandActions } from './command-action.ts';
import { operator, withSite } from './open-site.ts';
import { wholeNumber } from './option-values.ts';
import { formatTable, formatTime } from './table.ts';

const addInput = z.object({ site: z.string(), name: z.string(), title: z.string(), days: z.number().optional() });
const listInput = z.object({ site: z.string(), name: z.string().optional() });
const revokeInput = z.object({ site: z.string(), id: z.string() });

/** `concord user token add|list|revoke`. */
export function registerToken(user: Command, actions: CommandActions): void {
  const token = user.command('token').description('tokens with which scripts sign in as an account');
  registerAdd(token, actions);
  token
    .command('list')
    .description('list the tokens of a site; what they are is not shown again')
    .argument('[name]', 'only those of this account')
    .requiredOption('--site <id>', 'the site')
    .action(
      actions.action(listInput, async ({ site, name }, call) => {
        const tokens = await withSite(call, site, (context) => listTokens(context, operator, name));
        const rows = tokens.map((one) => [
          one.id,
          one.account,
          one.title,
          formatTime(one.createdAt),
          formatTime(one.lastUsedAt),
          formatTime(one.expiresAt),
        ]);
        const table = formatTable(['id', 'account', 'for', 'since', 'last used', 'until'], rows);
        call.print(tokens, tokens.length === 0 ? 'No tokens\n' : table);
        return undefined;
      }),
    );
  token
    .command('revoke')
    .description('end a token at once')
    .argument('<id>', 'the token, as `list` names it')
    .requiredOption('--site <id>', 'the site')
    .allowUnknownOption()
    .action(
      actions.action(revokeInput, async ({ site, id }, call) => {
        await withSite(call, site, (context) => revokeToken(context, operator, id));
        call.print({ revoked: id }, `Token ${id} revoked\n`);
        return undefined;
      }),
    );
}

function registerAdd(token: Command, actions: CommandActions): void {
  token
    .command('add')
    .description('make a token, and print it this once')
    .argument('<name>', 'the account whose roles it has')
    .requiredOption('--site <id>', 'the site that it is good at')
    .requiredOption('--title <text>', 'what it is for')
    .option('--days <number>', 'it ends after so many days; else when it is revoked', wholeNumber(1))
    .action(
      actions.action(addInput, async ({ site, name, title, days }, call) => {
        const made = await withSite(call, site, (context) =>
          makeToken(context, operator, { account: name, title, days }),
        );
        call.print(made, `${made.secret}\nSend it as “Authorization: Bearer …”. It is not shown again\n`);
        return undefined;
      }),
    );
}
