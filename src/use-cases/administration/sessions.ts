import { hash } from 'node:crypto';
import { AuthenticityError, RequestError } from '../../errors/concord-error.ts';
import type { Account, AccountStore } from '../../ports/account-store.ts';
import type { Clock } from '../../ports/clock.ts';
import type { Identifiers } from '../../ports/identifiers.ts';
import type { Session, SessionFilter, SessionStore } from '../../ports/session-store.ts';
import type { Actor } from '../site-context.ts';
import type { Credentials, SignInContext } from './access.ts';
import { requireRole, signIn } from './access.ts';

/** Sessions, the clock that ends them, and who makes their secrets. */
export interface SessionsContext {
  readonly sessions: SessionStore;
  readonly clock: Clock;
  readonly identifiers: Pick<Identifiers, 'random' | 'secret'>;
  readonly limits: SessionLimits;
}

/** When a session ends by itself. */
export interface SessionLimits {
  /** After so long without a request. */
  readonly idleMs: number;
  /** In any case. */
  readonly longestMs: number;
}

/** Where a session is good: the site (empty: the whole installation), and the accounts that are looked at there. */
export interface SessionPlace {
  readonly site: string;
  readonly accounts: Pick<AccountStore, 'account'>;
  readonly installationAccounts: Pick<AccountStore, 'account'>;
}

/** Who asks, by a session. */
export interface SignedIn {
  readonly actor: Actor;
  readonly session: Session;
  /** The password was made by somebody else: nothing else may be done before it is changed. */
  readonly mustChangePassword: boolean;
}

const touchEveryMs = 60_000;
const maxAgentLength = 200;

/**
 * Signs in and opens a session; the secret is for the browser alone. A session of an account of the installation is good on all sites.
 * @throws AuthenticityError CON-A001 wrong, CON-A003 (`later`) locked
 */
export async function openSession(
  context: SessionsContext,
  place: SessionPlace & SignInContext,
  credentials: Credentials & { readonly agent: string },
): Promise<{ readonly secret: string; readonly signedIn: SignedIn }> {
  const { name, password, address, agent } = credentials;
  await signIn(place, { name, password, address });
  const now = context.clock.now();
  await context.sessions.endSessionsBefore(bounds(context, now));
  const { account, site } = await homeOf(place, { name, password });
  const secret = context.identifiers.secret();
  const session: Session = {
    id: context.identifiers.random(),
    secretHash: secretHash(secret),
    site,
    account: name,
    passwordMark: markOf(account),
    createdAt: now,
    seenAt: now,
    address,
    agent: agent.slice(0, maxAgentLength),
  };
  await context.sessions.saveSession(session);
  await place.store.record({
    at: now,
    kind: 'access',
    level: 'info',
    subject: name,
    text: `“${name}” signed in at the pages`,
    details: { address },
  });
  return { secret, signedIn: signedInAs(account, session) };
}

/** The session that a secret opens, wherever it is good; it may have ended by its age or with its account: `resumeSession` tells. */
export async function findSession(
  { sessions }: Pick<SessionsContext, 'sessions'>,
  secret: string,
): Promise<Session | undefined> {
  return sessions.sessionOf(secretHash(secret));
}

/** Who has this secret at this place; undefined when the session has ended, is of another site, or the account is not as it was when it was opened. */
export async function resumeSession(
  context: SessionsContext,
  place: SessionPlace,
  secret: string,
): Promise<SignedIn | undefined> {
  const session = await context.sessions.sessionOf(secretHash(secret));
  if (session === undefined || (session.site !== '' && session.site !== place.site)) return undefined;
  const now = context.clock.now();
  const { seenAt, createdAt } = bounds(context, now);
  if (session.seenAt < seenAt || session.createdAt < createdAt) return undefined;
  const accounts = session.site === '' ? place.installationAccounts : place.accounts;
  const account = await accounts.account(session.account);
  if (account === undefined || markOf(account) !== session.passwordMark) return undefined;
  if (now - session.seenAt >= touchEveryMs) await context.sessions.touchSession(session.id, now);
  return signedInAs(account, session);
}

/** After a password was changed: the session in which that was done goes on, all others of the account end by themselves. One that was ended meanwhile stays so. */
export async function keepSession(context: SessionsContext, session: Session, place: SessionPlace): Promise<void> {
  const accounts = session.site === '' ? place.installationAccounts : place.accounts;
  const account = await accounts.account(session.account);
  if (account !== undefined) await context.sessions.markSession(session.id, markOf(account));
}

/** The sessions that the actor may see: a Manager those of the place, everybody the own ones. The one used last first. */
export async function listSessions(
  { sessions, clock, limits }: Pick<SessionsContext, 'sessions' | 'clock' | 'limits'>,
  actor: Actor,
  filter: SessionFilter,
): Promise<readonly Session[]> {
  if (filter.account !== actor.name) requireRole(actor, 'Manager');
  const { seenAt, createdAt } = bounds({ limits }, clock.now());
  const found = await sessions.sessions(filter);
  return found.filter((session) => session.seenAt >= seenAt && session.createdAt >= createdAt);
}

/**
 * Ends a session that the filter lets through: everybody the own ones, a Manager all of the place.
 * @throws RequestError CON-R015 when there is none; AuthenticityError CON-A002
 */
export async function endSession(
  context: Pick<SessionsContext, 'sessions' | 'clock' | 'limits'>,
  actor: Actor,
  { id, ...filter }: SessionFilter & { readonly id: string },
): Promise<void> {
  const found = (await listSessions(context, actor, filter)).some((session) => session.id === id);
  if (!found || !(await context.sessions.endSession(id)))
    throw new RequestError('CON-R015', 'There is no such session');
}

function signedInAs({ name, roles, mustChangePassword }: Account, session: Session): SignedIn {
  return { actor: { name, roles }, session, mustChangePassword };
}

/** Whose password it was: the site's account, else the installation's. */
async function homeOf(
  { site, accounts, installationAccounts, passwordHasher }: SessionPlace & SignInContext,
  { name, password }: { readonly name: string; readonly password: string },
): Promise<{ readonly account: Account; readonly site: string }> {
  for (const [home, store] of [
    [site, accounts],
    ['', installationAccounts],
  ] as const) {
    const account = await store.account(name);
    if (account !== undefined && (await passwordHasher.verify(password, account.passwordHash)))
      return { account, site: home };
  }
  throw new AuthenticityError('CON-A001', 'The account was changed at this moment');
}

function bounds({ limits }: Pick<SessionsContext, 'limits'>, now: number): { seenAt: number; createdAt: number } {
  return { seenAt: now - limits.idleMs, createdAt: now - limits.longestMs };
}

function secretHash(secret: string): string {
  return hash('sha256', secret, 'base64url');
}

function markOf({ passwordHash }: Account): string {
  return hash('sha256', passwordHash, 'base64url').slice(0, 22);
}
