import { AuthenticityError } from '../../errors/concord-error.ts';
import { schemeOf } from '../../synchronization/carried.ts';
import type { StoredKey } from '../../ports/keyring.ts';
import type { SiteContext } from '../site-context.ts';
import { IncomingBody } from './incoming-body.ts';

/** What sealing works with. A SiteContext is one. */
export type SealContext = Pick<SiteContext, 'keyring' | 'openPgp' | 'vault' | 'clock'>;

/** Whose key it is, as a keyring writes it: an account that subscribers sign in with, or the publisher of a subscription. */
export type KeyOwner = `account:${string}` | `subscription:${string}`;

/** What kind of body a sealed message is. */
export const sealedType = 'application/vnd.syncml+pgp';

/** A message that came in, opened where it was sealed. */
export interface Opened {
  readonly body: IncomingBody;
  /** Whose keys have signed it; undefined for a message that came in clear. */
  readonly sealedBy: readonly string[] | undefined;
}

/** Everything that can be said of one end of a sealed conversation. */
export interface Seal {
  /** The own keys: one, but where it is not known of which publication the peer speaks. */
  readonly keyNames: readonly string[];
  readonly owner: KeyOwner;
  /** The address that it goes to: by mail it is sealed as PGP/MIME wants it. */
  readonly to?: string;
}

/** Whether octets are an OpenPGP message, binary or armored, and not XML. */
export function looksSealed(octets: Uint8Array): boolean {
  const first = octets.subarray(0, 16).find((octet) => octet > 0x20);
  return first !== undefined && (first >= 0x80 || first === 0x2d) && first !== 0xef;
}

/**
 * Signs and encrypts for a peer with the key that was agreed.
 * @throws AuthenticityError CON-K003 no own key can be used, CON-K004 none of the peer is known
 */
export async function sealFor(context: SealContext, seal: Seal, body: Uint8Array): Promise<Uint8Array> {
  const { keyNames, owner, to = '' } = seal;
  const isMail = schemeOf(to) === 'mailto';
  const { keyring, openPgp, vault, clock } = context;
  const now = clock.now();
  const usable = ((await keyring?.keys()) ?? []).filter((key) => isUsable(key, now));
  const own = [...new Set(keyNames.flatMap((name) => ownKeysNamed(usable, name)))];
  const theirs = usable.filter(({ owners }) => owners.includes(owner));
  if (own.length === 0 || openPgp === undefined) {
    const names = keyNames.join('”, “');
    throw new AuthenticityError('CON-K003', `The key “${names}” is not there, or cannot be used any more`);
  }
  if (theirs.length === 0) throw new AuthenticityError('CON-K004', `No key is known that belongs to ${inWords(owner)}`);
  return openPgp.seal(isMail ? Buffer.concat([Buffer.from(mimeHeader), body]) : body, {
    isArmored: isMail,
    // The old key signs beside the new one until it is revoked, so that peers who do not have the new one yet are not lost.
    signWith: own.map(({ privateKey }) => vault.open(privateKey)),
    encryptTo: theirs.map(({ publicKey }) => publicKey),
    at: now,
  });
}

/**
 * Opens a message that may be sealed, with any own key, and says whose keys have signed it.
 * @throws AuthenticityError CON-A005 when the seal is bad
 */
export async function openSeal(context: SealContext, body: Uint8Array, maxOctets: number): Promise<Opened> {
  if (!looksSealed(body)) return { body: new IncomingBody(body), sealedBy: undefined };
  const { keyring, openPgp, vault, clock } = context;
  if (openPgp === undefined)
    throw new AuthenticityError('CON-A005', 'The message is sealed, and there are no keys here');
  const now = clock.now();
  const keys = (await keyring?.keys()) ?? [];
  // What was sealed for a key that was changed since can still come; what is signed with one that was revoked cannot.
  const openWith = keys.flatMap(({ privateKey }) => (privateKey === undefined ? [] : [vault.open(privateKey)]));
  const known = keys.filter((key) => key.owners.length > 0 && isUsable(key, now));
  const { octets, signers } = await openPgp.unseal(body, {
    openWith,
    known: known.map(({ publicKey }) => publicKey),
    at: now,
    maxOctets,
  });
  const sealedBy = known.filter(({ fingerprint }) => signers.includes(fingerprint)).flatMap(({ owners }) => owners);
  return { body: new IncomingBody(withoutMimeHeader(octets)), sealedBy };
}

/** In a mail a sealed message is a MIME entity of its own (RFC 3156, section 4). */
const mimeHeader = 'Content-Type: application/vnd.syncml+xml\r\nContent-Transfer-Encoding: binary\r\n\r\n';
const maxMimeHeaderOctets = 1000;

function withoutMimeHeader(octets: Uint8Array): Uint8Array {
  const start = Buffer.from(octets.buffer, octets.byteOffset, Math.min(octets.length, maxMimeHeaderOctets));
  if (!/^content-/i.test(start.subarray(0, 8).toString('latin1'))) return octets;
  const end = start.indexOf('\r\n\r\n');
  return end === -1 ? octets : octets.subarray(end + 4);
}

/**
 * Sealed means sealed: where a key was agreed on, only what a key of this owner has signed counts.
 * @throws AuthenticityError CON-A005
 */
export function requireSeal(keyName: string, owner: KeyOwner, sealedBy: readonly string[] | undefined): void {
  if (keyName === '' || sealedBy?.includes(owner) === true) return;
  const why =
    sealedBy === undefined ? 'it is not sealed' : `the key that signed it does not belong to ${inWords(owner)}`;
  throw new AuthenticityError('CON-A005', `The message was refused: ${why}`);
}

/** Writes down that a message was refused for its seal: nobody else hears of it. */
export async function recordBadSeal(
  { store, clock }: Pick<SiteContext, 'store' | 'clock'>,
  { code, message }: AuthenticityError,
): Promise<void> {
  const at = clock.now();
  await store.record({ at, kind: 'access', level: 'warning', subject: '', text: message, details: { code } });
}

type OwnKey = StoredKey & { readonly privateKey: string };

/** Own keys of a name, or with this fingerprint. */
export function ownKeysNamed(keys: readonly StoredKey[], name: string): readonly OwnKey[] {
  return keys.filter(
    (key): key is OwnKey => key.privateKey !== undefined && (key.name === name || key.fingerprint === name),
  );
}

function isUsable({ revokedAt, expiresAt }: StoredKey, now: number): boolean {
  return revokedAt === undefined && (expiresAt === undefined || expiresAt > now);
}

function inWords(owner: KeyOwner): string {
  const [kind = '', name = ''] = owner.split(/:(.*)/s);
  return kind === 'account' ? `the account “${name}”` : `the publisher of the subscription “${name}”`;
}
