import { RequestError } from '../../errors/concord-error.ts';
import type { Account, AccountStore, Role } from '../../ports/account-store.ts';
import type { Clock } from '../../ports/clock.ts';
import type { PasswordHasher } from '../../ports/password-hasher.ts';
import type { SiteStore } from '../../ports/site-store.ts';
import { requireRole } from './access.ts';
import type { Actor } from '../site-context.ts';

/** The accounts to work on, of a site (a SiteContext is one) or of the installation (which has no log, so `store` is left out). */
export interface AccountsContext {
  readonly accounts: AccountStore;
  readonly passwordHasher: PasswordHasher;
  readonly clock: Clock;
  readonly store?: Pick<SiteStore, 'record'>;
}

/** An account as it may be shown. */
export type AccountView = Omit<Account, 'passwordHash'>;

/** An account to be made. */
export interface NewAccount {
  readonly name: string;
  readonly roles: readonly Role[];
  readonly password: string;
  readonly mustChangePassword?: boolean;
}

const maxNameLength = 100;
const maxPasswordLength = 1000;

/** All accounts, by name, without their hashes. @throws AuthenticityError CON-A002 unless the actor is a Manager */
export async function listAccounts(context: AccountsContext, actor: Actor): Promise<readonly AccountView[]> {
  requireRole(actor, 'Manager');
  const accounts = await context.accounts.accounts();
  return accounts.map(withoutHash).sort((a, b) => (a.name < b.name ? -1 : 1));
}

/**
 * Makes an account.
 * @throws RequestError CON-R006 when there is one of that name, CON-R008 when name, password or roles cannot be
 * @throws AuthenticityError CON-A002 unless the actor is a Manager
 */
export async function addAccount(context: AccountsContext, actor: Actor, account: NewAccount): Promise<AccountView> {
  requireRole(actor, 'Manager');
  checkName(account.name);
  checkPassword(account.password);
  if (account.roles.length === 0) throw new RequestError('CON-R008', 'An account needs at least one role');
  if ((await context.accounts.account(account.name)) !== undefined)
    throw new RequestError('CON-R006', `There is an account “${account.name}” already`);
  const added: Account = {
    name: account.name,
    roles: [...new Set(account.roles)],
    passwordHash: await context.passwordHasher.hash(account.password),
    mustChangePassword: account.mustChangePassword ?? false,
    createdAt: context.clock.now(),
  };
  await context.accounts.saveAccount(added);
  await record(context, actor, `Account “${added.name}” added: ${added.roles.join(', ')}`);
  return withoutHash(added);
}

/** Gives an account other roles. @throws RequestError CON-R011, CON-R008; AuthenticityError CON-A002 unless the actor is a Manager */
export async function setRoles(
  context: AccountsContext,
  actor: Actor,
  { name, roles }: { readonly name: string; readonly roles: readonly Role[] },
): Promise<AccountView> {
  requireRole(actor, 'Manager');
  if (roles.length === 0) throw new RequestError('CON-R008', 'An account needs at least one role');
  const changed: Account = { ...(await existing(context, name)), roles: [...new Set(roles)] };
  if (!(await context.accounts.changeAccount(name, { roles: changed.roles }))) throw noAccount(name);
  await record(context, actor, `Account “${name}” is now ${changed.roles.join(', ')}`);
  return withoutHash(changed);
}

/**
 * Sets a password. Everybody may set the own one; it need not be changed any more.
 * @throws RequestError CON-R011, CON-R008; AuthenticityError CON-A002 for another's, unless the actor is a Manager
 */
export async function setPassword(
  context: AccountsContext,
  actor: Actor,
  { name, password }: { readonly name: string; readonly password: string },
): Promise<void> {
  if (actor.name !== name) requireRole(actor, 'Manager');
  checkPassword(password);
  await existing(context, name);
  const passwordHash = await context.passwordHasher.hash(password);
  // Hashing takes long: what was read before may be gone, or have other roles.
  if (!(await context.accounts.changeAccount(name, { passwordHash, mustChangePassword: false }))) throw noAccount(name);
  await record(context, actor, `Password of “${name}” changed`);
}

/** Removes an account. @throws RequestError CON-R011; AuthenticityError CON-A002 unless the actor is a Manager */
export async function removeAccount(context: AccountsContext, actor: Actor, name: string): Promise<void> {
  requireRole(actor, 'Manager');
  if (!(await context.accounts.removeAccount(name))) throw noAccount(name);
  await record(context, actor, `Account “${name}” removed`);
}

async function existing(context: AccountsContext, name: string): Promise<Account> {
  const account = await context.accounts.account(name);
  if (account === undefined) throw noAccount(name);
  return account;
}

function noAccount(name: string): RequestError {
  return new RequestError('CON-R011', `There is no account “${name}”`);
}

function checkName(name: string): void {
  const isName = name !== '' && name.length <= maxNameLength && name.trim() === name && !/\p{Cc}/u.test(name);
  if (!isName) throw new RequestError('CON-R008', `“${name}” cannot be the name of an account`);
  // HTTP Basic (RFC 7617, section 2) and SyncML's `name:password` end the name at the first colon.
  if (name.includes(':')) throw new RequestError('CON-R008', 'The name of an account cannot have a colon');
}

function checkPassword(password: string): void {
  if (password === '') throw new RequestError('CON-R008', 'The password is empty');
  if (password.length > maxPasswordLength)
    throw new RequestError('CON-R008', `A password has at most ${maxPasswordLength} characters`);
  if (/\p{Cc}/u.test(password)) throw new RequestError('CON-R008', 'A password cannot have control characters');
}

function withoutHash({ name, roles, mustChangePassword, createdAt }: Account): AccountView {
  return { name, roles, mustChangePassword, createdAt };
}

async function record(context: AccountsContext, actor: Actor, text: string): Promise<void> {
  const at = context.clock.now();
  await context.store?.record({ at, kind: 'administration', level: 'info', subject: actor.name, text, details: {} });
}
