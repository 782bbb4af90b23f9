import { createHash } from 'node:crypto';
import { AuthenticityError, RequestError } from '../../errors/concord-error.ts';
import type { Account, AccountStore } from '../../ports/account-store.ts';
import type { Clock } from '../../ports/clock.ts';
import type { SiteNotes, Token } from '../../ports/site-notes.ts';
import type { Actor, SiteContext } from '../site-context.ts';
import { requireRole } from './access.ts';

/** What tokens need of a site. */
export type TokensContext = Pick<SiteContext, 'store' | 'accounts' | 'installationAccounts' | 'clock' | 'identifiers'>;

/** A token as it may be shown: never what it is. */
export type TokenView = Omit<Token, 'hash'>;

/** A token to be made. */
export interface NewToken {
  /** Whose roles it has: the actor's own, unless a Manager makes it for somebody. */
  readonly account: string;
  /** What it is for, for people. */
  readonly title: string;
  /** Undefined: it does not end by itself. */
  readonly days?: number | undefined;
}

/** A token just made: the only time that it is shown. */
export interface MadeToken extends TokenView {
  readonly secret: string;
}

const dayMs = 86_400_000;
const maxTitleLength = 100;
/** A use is noted no more often than this: a script that asks each second would write each second. */
const usedEveryMs = 60_000;
/** So that a token is known as one where it is found, in a script or a log. */
const prefix = 'concord_';

/**
 * Makes a token with which scripts sign in as the account, at this site alone (`Authorization: Bearer …`).
 * @throws AuthenticityError CON-A002 for another's, unless the actor is a Manager
 * @throws RequestError CON-R011 when there is no such account, CON-R008 for a title or an age that cannot be
 */
export async function makeToken(context: TokensContext, actor: Actor, wanted: NewToken): Promise<MadeToken> {
  const { account, title, days } = wanted;
  if (actor.name !== account) requireRole(actor, 'Manager');
  checkTitle(title);
  if (days !== undefined && !(Number.isInteger(days) && days >= 1 && days <= 36_500))
    throw new RequestError('CON-R008', 'A token is good for 1 to 36500 days, or until it is revoked');
  const owner = await ownerOf(context, account);
  if (owner === undefined) throw new RequestError('CON-R011', `There is no account “${account}”`);
  const createdAt = context.clock.now();
  const secret = prefix + context.identifiers.secret();
  const token: Token = {
    id: context.identifiers.random(),
    hash: hashOf(secret),
    account,
    accountOf: owner.accountOf,
    title: title.trim(),
    createdAt,
    expiresAt: days === undefined ? undefined : createdAt + days * dayMs,
    lastUsedAt: undefined,
  };
  await context.store.notes.saveToken(token);
  await record(context, actor, `Token “${token.title}” made for “${account}”`);
  return { ...viewOf(token), secret };
}

/** The own tokens; a Manager sees everybody's, or those of one account. @throws AuthenticityError CON-A002 for another's */
export async function listTokens(
  context: Pick<TokensContext, 'store'>,
  actor: Actor,
  account?: string,
): Promise<readonly TokenView[]> {
  const isManager = actor.roles.includes('Manager');
  const asked = account ?? (isManager ? undefined : actor.name);
  if (asked !== actor.name) requireRole(actor, 'Manager');
  return (await context.store.notes.tokens(asked)).map(viewOf);
}

/** @throws RequestError CON-R017 when there is no such token, or it is another's and the actor is no Manager */
export async function revokeToken(context: TokensContext, actor: Actor, id: string): Promise<void> {
  const token = (await context.store.notes.tokens()).find((one) => one.id === id);
  const may = token !== undefined && (token.account === actor.name || actor.roles.includes('Manager'));
  if (!may || !(await context.store.notes.removeToken(id)))
    throw new RequestError('CON-R017', `There is no token “${id}”`);
  await record(context, actor, `Token “${token.title}” of “${token.account}” revoked`);
}

/** Where a token is looked up. A SiteContext is one; a place without notes knows no token. */
export interface TokenPlace {
  readonly clock: Clock;
  readonly accounts: Pick<AccountStore, 'account'>;
  readonly installationAccounts: Pick<AccountStore, 'account'>;
  readonly store: { readonly notes?: Pick<SiteNotes, 'tokenWithHash' | 'touchToken'> };
}

/**
 * Who asks with a token, with the roles that the account has now.
 * @throws AuthenticityError CON-A001 when it is not known here, has ended, is revoked just now, or its account is gone or was made anew since
 */
export async function actorByToken(context: TokenPlace, secret: string): Promise<Actor> {
  const { notes } = context.store;
  const token = await notes?.tokenWithHash(hashOf(secret));
  const now = context.clock.now();
  if (notes === undefined || token === undefined || (token.expiresAt ?? Infinity) <= now) throw unknownToken();
  const place = token.accountOf === 'site' ? context.accounts : context.installationAccounts;
  const account = await place.account(token.account);
  if (account === undefined || account.createdAt > token.createdAt) throw unknownToken();
  if (account.mustChangePassword)
    throw new AuthenticityError('CON-A002', 'The password of the account must be changed first');
  const isNoted = now - (token.lastUsedAt ?? 0) < usedEveryMs;
  if (!isNoted && !(await notes.touchToken(token.id, now))) throw unknownToken();
  return { name: account.name, roles: account.roles };
}

interface Owner {
  readonly account: Account;
  readonly accountOf: Token['accountOf'];
}

async function ownerOf({ accounts, installationAccounts }: TokensContext, name: string): Promise<Owner | undefined> {
  const own = await accounts.account(name);
  if (own !== undefined) return { account: own, accountOf: 'site' };
  const common = await installationAccounts.account(name);
  return common === undefined ? undefined : { account: common, accountOf: 'installation' };
}

function checkTitle(title: string): void {
  const isTitle = title.trim() !== '' && title.length <= maxTitleLength && !/\p{Cc}/u.test(title);
  if (!isTitle) throw new RequestError('CON-R008', `Say in at most ${maxTitleLength} characters what the token is for`);
}

/** A token has 256 random bits: nobody finds it by trying, so a fast hash is enough. */
function hashOf(secret: string): string {
  return createHash('sha256').update(secret).digest('base64url');
}

function viewOf({ hash: _hash, ...shown }: Token): TokenView {
  return shown;
}

function unknownToken(): AuthenticityError {
  return new AuthenticityError('CON-A001', 'The token is not known here, or has ended');
}

async function record({ store, clock }: TokensContext, actor: Actor, text: string): Promise<void> {
  await store.record({ at: clock.now(), kind: 'access', level: 'info', subject: actor.name, text, details: {} });
}
