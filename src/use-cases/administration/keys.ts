import { RequestError } from '../../errors/concord-error.ts';
import type { Keyring, StoredKey } from '../../ports/keyring.ts';
import type { KeyFacts, OpenPgp } from '../../ports/open-pgp.ts';
import type { KeyOwner } from '../exchange/seals.ts';
import type { Actor, SiteContext } from '../site-context.ts';
import { requireRole } from './access.ts';
import { recordAdministration } from './published-terms.ts';

/** A key as it may be shown. */
export type ShownKey = Omit<StoredKey, 'privateKey' | 'publicKey'> & { readonly isOwn: boolean };

/** A key to be made. */
export interface KeyRequest {
  readonly name: string;
  readonly email?: string | undefined;
  readonly expiresAfterDays?: number | undefined;
}

/** All keys of the site, the oldest first. */
export async function listKeys(context: SiteContext): Promise<readonly ShownKey[]> {
  return (await keyringOf(context).keys()).map(shown);
}

/** Makes a key of the site's own. @throws RequestError CON-R006 when an own key has the name */
export async function makeKey(context: SiteContext, actor: Actor, request: KeyRequest): Promise<ShownKey> {
  requireRole(actor);
  const own = await ownKeys(context, request.name);
  if (own.length > 0)
    throw new RequestError(
      'CON-R006',
      `There is an own key “${request.name}” already; concord key rotate makes the next`,
    );
  return keepNewKey(context, actor, request);
}

/** Makes the next key of this name. The one before goes on signing beside it, and opening, until it is revoked. @throws RequestError CON-K001 */
export async function rotateKey(context: SiteContext, actor: Actor, request: KeyRequest): Promise<ShownKey> {
  requireRole(actor);
  const own = await ownKeys(context, request.name);
  if (own.length === 0) throw unknownKey(context, request.name);
  return keepNewKey(context, actor, request);
}

async function keepNewKey(context: SiteContext, actor: Actor, request: KeyRequest): Promise<ShownKey> {
  const { name, email, expiresAfterDays } = request;
  const facts = await openPgpOf(context).makeKey({ userName: name, email, expiresAfterDays, at: context.clock.now() });
  return keep(context, actor, { facts, name, what: 'made' });
}

/** An armored key to be taken in, and what it is to be called; else its user id says. */
export interface KeyImport {
  readonly text: string;
  readonly name?: string | undefined;
  readonly passphrase?: string | undefined;
}

/**
 * Takes in a key, or what is new of one that is known: a later expiry, a revocation. It is trusted for nothing by that.
 * @throws RequestError CON-K002 when the text is no single key, or its passphrase is missing or wrong
 */
export async function importKey(context: SiteContext, actor: Actor, request: KeyImport): Promise<ShownKey> {
  requireRole(actor);
  const { text, passphrase } = request;
  const facts = await openPgpOf(context).readKey(text, { at: context.clock.now(), passphrase });
  const name = request.name ?? facts.userIds[0] ?? facts.fingerprint;
  return keep(context, actor, { facts, name, what: 'imported' });
}

/** The public key, armored. With several of the name the newest. @throws RequestError CON-K001 */
export async function exportKey(context: SiteContext, name: string): Promise<string> {
  return (await findKey(context, name)).publicKey;
}

/** Says whose key it is: what it signs counts as theirs from now on, and what goes to them is encrypted for it. @throws RequestError CON-K001, CON-R004, CON-R011 */
export async function trustKey(
  context: SiteContext,
  actor: Actor,
  { name, owner }: { readonly name: string; readonly owner: KeyOwner },
): Promise<ShownKey> {
  requireRole(actor);
  const key = await findKey(context, name);
  await refuseUnknownOwner(context, owner);
  if (key.revokedAt !== undefined) throw new RequestError('CON-K002', `The key ${key.fingerprint} was revoked`);
  const trusted = { ...key, owners: [...new Set([...key.owners, owner])] };
  await keyringOf(context).saveKey(trusted);
  await record(context, actor, { id: key.name, text: `Key ${key.fingerprint} belongs to ${owner}` });
  return shown(trusted);
}

/** A key that counts no more; for an own one, what peers must be given. */
export interface Revoked {
  readonly key: ShownKey;
  readonly publicKey: string;
}

/** Nothing that it signs counts any more, and nothing is signed with it. By fingerprint where several have the name. @throws RequestError CON-K001, CON-K002 */
export async function revokeKey(context: SiteContext, actor: Actor, name: string): Promise<Revoked> {
  requireRole(actor);
  const key = await findKey(context, name, 'only');
  const now = context.clock.now();
  const { privateKey } = key;
  const publicKey =
    privateKey === undefined ? key.publicKey : await openPgpOf(context).revokeKey(context.vault.open(privateKey), now);
  const revoked = { ...key, publicKey, revokedAt: key.revokedAt ?? now };
  await keyringOf(context).saveKey(revoked);
  await record(context, actor, { id: key.name, text: `Key ${key.fingerprint} revoked` });
  return { key: shown(revoked), publicKey };
}

interface Kept {
  readonly facts: KeyFacts;
  readonly name: string;
  readonly what: 'made' | 'imported';
}

async function keep(context: SiteContext, actor: Actor, { facts, name, what }: Kept): Promise<ShownKey> {
  const keyring = keyringOf(context);
  const { isRevoked, privateKey, ...rest } = facts;
  const known = (await keyring.keys()).find(({ fingerprint }) => fingerprint === facts.fingerprint);
  const key: StoredKey = {
    ...rest,
    name: known?.name ?? name,
    privateKey: privateKey === undefined ? known?.privateKey : context.vault.seal(privateKey),
    owners: known?.owners ?? [],
    // Once revoked, always revoked: an older copy of the key does not undo it.
    revokedAt: known?.revokedAt ?? (isRevoked ? context.clock.now() : undefined),
  };
  await keyring.saveKey(known?.revokedAt === undefined ? key : { ...key, publicKey: known.publicKey });
  await record(context, actor, { id: key.name, text: `Key ${key.fingerprint} ${what}` });
  return shown(key);
}

async function refuseUnknownOwner(context: SiteContext, owner: KeyOwner): Promise<void> {
  const name = owner.slice(owner.indexOf(':') + 1);
  if (owner.startsWith('subscription:')) {
    if ((await context.store.subscription(name)) === undefined)
      throw new RequestError('CON-R004', `The site “${context.site}” has no subscription “${name}”`);
    return;
  }
  const account = (await context.accounts.account(name)) ?? (await context.installationAccounts.account(name));
  if (account === undefined) throw new RequestError('CON-R011', `The site “${context.site}” has no account “${name}”`);
}

/** By fingerprint, or by name: the newest that is not revoked, or the only one. */
async function findKey(context: SiteContext, name: string, which: 'newest' | 'only' = 'newest'): Promise<StoredKey> {
  const keys = await keyringOf(context).keys();
  const fingerprint = name.replace(/[\s:]/g, '').toLowerCase();
  const exact = keys.find((key) => key.fingerprint === fingerprint);
  if (exact !== undefined) return exact;
  const named = keys.filter((key) => key.name === name || key.userIds.includes(name));
  const found = named.findLast(({ revokedAt }) => revokedAt === undefined) ?? named.at(-1);
  if (found === undefined) throw unknownKey(context, name);
  if (which === 'only' && named.length > 1)
    throw new RequestError(
      'CON-K001',
      `Several keys are called “${name}”: name the fingerprint of the one that is meant`,
    );
  return found;
}

async function ownKeys(context: SiteContext, name: string): Promise<readonly StoredKey[]> {
  const keys = await keyringOf(context).keys();
  return keys.filter((key) => key.name === name && key.privateKey !== undefined);
}

function shown({ privateKey, publicKey: _publicKey, ...key }: StoredKey): ShownKey {
  return { ...key, isOwn: privateKey !== undefined };
}

function unknownKey({ site }: SiteContext, name: string): RequestError {
  return new RequestError('CON-K001', `The site “${site}” has no key “${name}”`);
}

async function record(
  context: SiteContext,
  actor: Actor,
  line: { readonly id: string; readonly text: string },
): Promise<void> {
  await recordAdministration(context, actor, line);
}

function keyringOf({ keyring }: SiteContext): Keyring {
  if (keyring === undefined) throw new RequestError('CON-K001', 'There is no keyring here');
  return keyring;
}

function openPgpOf({ openPgp }: SiteContext): OpenPgp {
  if (openPgp === undefined) throw new RequestError('CON-K002', 'Keys cannot be read here');
  return openPgp;
}
