import type { Command } from 'commander';
import { z } from 'zod';
import type { Composition } from '../compose/compose.ts';
import { roles } from '../ports/account-store.ts';
import type { AccountsContext } from '../use-cases/administration/accounts.ts';
import { addAccount, listAccounts, removeAccount, setPassword } from '../use-cases/administration/accounts.ts';
import type { Call, CommandActions } from './command-action.ts';
import { operator, withInstallation, withNewInstallation } from './open-site.ts';
import { readPassword } from './password.ts';
import { listOf } from './option-values.ts';
import { formatTable, formatTime } from './table.ts';
import { registerToken } from './token.ts';
import { registerSession } from './user-session.ts';

const place = { site: z.string().optional() };
const listInput = z.object(place);
const nameInput = z.object({ ...place, name: z.string() });
const passwordInput = z.object({ ...place, name: z.string(), passwordStdin: z.boolean().default(false) });
const addInput = z.object({ ...passwordInput.shape, role: z.array(z.enum(roles)) });

const siteOption: readonly [string, string] = ['--site <id>', 'the site; without it, the account is good on all sites'];
const stdinOption: readonly [string, string] = ['--password-stdin', 'read the password from the standard input'];

/** `concord user add|list|passwd|remove|token|session`. */
export function registerUser(program: Command, actions: CommandActions): void {
  const user = program.command('user').description('accounts of a site, or of all sites');
  user
    .command('add')
    .description('add an account; its password is asked for, or CONCORD_PASSWORD')
    .argument('<name>', 'the name to sign in with')
    .option(...siteOption)
    .requiredOption('--role <role>', `what it may do: ${roles.join(', ')}; several with commas`, listOf(roles))
    .option(...stdinOption)
    .action(actions.action(addInput, add));
  user
    .command('list')
    .description('list the accounts')
    .option(...siteOption)
    .action(actions.action(listInput, list));
  user
    .command('passwd')
    .description('set a password')
    .argument('<name>', 'the account')
    .option(...siteOption)
    .option(...stdinOption)
    .action(actions.action(passwordInput, changePassword));
  user
    .command('remove')
    .description('remove an account')
    .argument('<name>', 'the account')
    .option(...siteOption)
    .action(actions.action(nameInput, remove));
  registerToken(user, actions);
  registerSession(user, actions);
}

async function add(input: z.infer<typeof addInput>, call: Call): Promise<undefined> {
  const { name, role, site } = input;
  await withNewInstallation(call, async (composition) => {
    const accounts = await accountsAt(composition, site);
    const password = await readPassword(call, { ...input, question: `Password for ${name}:` });
    const account = await addAccount(accounts, operator, { name, roles: role, password });
    call.print(account, `Account ${name} added ${where(site)}: ${account.roles.join(', ')}\n`);
  });
  return undefined;
}

async function list({ site }: z.infer<typeof listInput>, call: Call): Promise<undefined> {
  await withInstallation(call, async (composition) => {
    const accounts = await listAccounts(await accountsAt(composition, site), operator);
    const rows = accounts.map(({ name, roles: held, createdAt }) => [name, held.join(', '), formatTime(createdAt)]);
    call.print(accounts, formatTable(['account', 'roles', 'since'], rows));
  });
  return undefined;
}

async function changePassword(input: z.infer<typeof passwordInput>, call: Call): Promise<undefined> {
  const { name, site } = input;
  await withInstallation(call, async (composition) => {
    const accounts = await accountsAt(composition, site);
    const password = await readPassword(call, { ...input, question: `New password for ${name}:` });
    await setPassword(accounts, operator, { name, password });
    call.print({ changed: name }, `Password of ${name} ${where(site)} changed\n`);
  });
  return undefined;
}

async function remove({ name, site }: z.infer<typeof nameInput>, call: Call): Promise<undefined> {
  await withInstallation(call, async (composition) => {
    await removeAccount(await accountsAt(composition, site), operator, name);
    call.print({ removed: name }, `Account ${name} ${where(site)} removed\n`);
  });
  return undefined;
}

async function accountsAt(composition: Composition, site: string | undefined): Promise<AccountsContext> {
  if (site !== undefined) return composition.site(site);
  const { installation, passwordHasher, clock } = composition;
  return { accounts: installation.accounts, passwordHasher, clock };
}

function where(site: string | undefined): string {
  return site === undefined ? 'on all sites' : `at ${site}`;
}
