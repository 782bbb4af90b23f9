import { AuthenticityError } from '../../errors/concord-error.ts';
import type { Account, AccountStore, Role } from '../../ports/account-store.ts';
import type { Clock } from '../../ports/clock.ts';
import type { PasswordHasher } from '../../ports/password-hasher.ts';
import type { SiteStore } from '../../ports/site-store.ts';
import type { SignInGuard } from './sign-in-guard.ts';
import type { Actor } from '../site-context.ts';

/** Where accounts are looked up, the site's before the installation's. A SiteContext is one. */
export interface AccessContext {
  readonly accounts: Pick<AccountStore, 'account'>;
  readonly installationAccounts: Pick<AccountStore, 'account'>;
  readonly passwordHasher: PasswordHasher;
}

/** What `signIn` needs beside: who counts the failures, and where they are written down. A SiteContext is one. */
export interface SignInContext extends AccessContext {
  readonly clock: Clock;
  readonly signInGuard: SignInGuard;
  readonly store: Pick<SiteStore, 'record'> & { readonly notes?: SiteStore['notes'] };
}

/** What somebody signs in with, and from where. */
export interface Credentials {
  readonly name: string;
  readonly password: string;
  /** Of the network; in the log, and failures are counted by it. */
  readonly address: string;
}

/**
 * Who has this name and this password: an account of the site, else one of the installation. Undefined when neither fits, after as long a time whether there
 * is such an account or not. Counts nothing and writes nothing: whoever serves strangers uses `signIn`.
 */
export async function authenticate(context: AccessContext, name: string, password: string): Promise<Actor | undefined> {
  const candidates = [await context.accounts.account(name), await context.installationAccounts.account(name)];
  const accounts = candidates.filter((account) => account !== undefined);
  for (const account of accounts) {
    if (await context.passwordHasher.verify(password, account.passwordHash)) return actorOf(account);
  }
  if (accounts.length === 0) await context.passwordHasher.verify(password, undefined);
  return undefined;
}

/**
 * As `authenticate`, for requests from outside: too many wrong passwords of one account from one address lock it there for a while, and failures are lines of
 * the site's log.
 * @throws AuthenticityError CON-A001 wrong, CON-A003 (`later`) locked
 */
export async function signIn(context: SignInContext, credentials: Credentials): Promise<Actor> {
  const { signInGuard } = context;
  if (signInGuard.isLocked(credentials)) throw lockedError();
  const actor = await authenticate(context, credentials.name, credentials.password);
  // Whoever tries many at the same time must not learn from the ones that were under way which was right.
  if (signInGuard.isLocked(credentials)) throw lockedError();
  if (actor === undefined) {
    const isLockedNow = signInGuard.failed(credentials);
    await recordRefusal(context, credentials, isLockedNow);
    throw new AuthenticityError('CON-A001', 'User name or password are wrong');
  }
  signInGuard.succeeded(credentials);
  return actor;
}

/** The account with this name as it may act now, of the site, else of the installation; undefined when there is none (any more). */
export async function actorNamed(
  context: Pick<AccessContext, 'accounts' | 'installationAccounts'>,
  name: string,
): Promise<Actor | undefined> {
  const account = (await context.accounts.account(name)) ?? (await context.installationAccounts.account(name));
  return account === undefined ? undefined : actorOf(account);
}

/** Returns when the actor has one of the roles. @throws AuthenticityError CON-A002 otherwise */
export function requireRole(actor: Actor, ...roles: readonly Role[]): void {
  if (hasRole(actor, ...roles)) return;
  const last = roles.at(-1) ?? 'Manager';
  const listed = roles.length > 1 ? `${roles.slice(0, -1).join(', ')} or ${last}` : last;
  throw new AuthenticityError('CON-A002', `“${actor.name}” may not do this; it needs the role ${listed}`);
}

/** Whether the actor has one of the roles; a Manager may do everything. */
export function hasRole(actor: Actor, ...roles: readonly Role[]): boolean {
  return actor.roles.includes('Manager') || actor.roles.some((role) => roles.includes(role));
}

function actorOf({ name, roles }: Account): Actor {
  return { name, roles };
}

function lockedError(): AuthenticityError {
  return new AuthenticityError('CON-A003', 'Too many wrong passwords for this account', { retry: 'later' });
}

async function recordRefusal(
  context: SignInContext,
  { name, address }: Credentials,
  isLockedNow: boolean,
): Promise<void> {
  // The name is what a stranger typed: long ones are cut.
  const subject = name.slice(0, 100);
  await context.store.record({
    at: context.clock.now(),
    kind: 'access',
    level: 'warning',
    subject,
    text: isLockedNow
      ? `Sign-in of “${subject}” refused too often: locked for a while`
      : `Sign-in of “${subject}” refused`,
    details: { address },
  });
}
