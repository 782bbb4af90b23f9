import type { StoredKey } from '../../ports/keyring.ts';
import type { SiteContext } from '../site-context.ts';
import type { Finding } from './finding.ts';

const dayMs = 86_400_000;
/** A key that ends sooner is a warning: the other side must get the next one, by hand. */
const soonMs = 30 * dayMs;

/** Looks whether what is to be sealed can be sealed: own keys that publications and subscriptions name, and the keys of those they talk to. */
export async function examineKeys(context: SiteContext): Promise<readonly Finding[]> {
  const { store, keyring, clock } = context;
  const keys = (await keyring?.keys()) ?? [];
  const wanted = [
    ...(await store.publications()).map(({ id, keyName }) => ({ what: `the publication ${id}`, keyName, owner: '' })),
    ...(await store.subscriptions()).map(({ id, keyName }) => ({
      what: `the subscription ${id}`,
      keyName,
      owner: `subscription:${id}`,
    })),
  ].filter(({ keyName }) => keyName !== '');
  const now = clock.now();
  const findings = wanted.flatMap(({ what, keyName, owner }) => [
    ...faultsOf(context, { what, name: keyName, now }, keys.filter(isOwn(keyName))),
    ...(owner === '' ? [] : faultsOfPeer(context, { what, owner, now }, keys)),
  ]);
  if (findings.length > 0) return findings;
  return [{ check: 'keys', state: 'fine', text: `${wanted.length} seals have their keys` }];
}

const isOwn =
  (name: string) =>
  (key: StoredKey): boolean =>
    key.name === name && key.privateKey !== undefined;

interface Sealed {
  readonly what: string;
  readonly now: number;
}

function faultsOf(
  { site }: SiteContext,
  { what, name, now }: Sealed & { readonly name: string },
  own: readonly StoredKey[],
): readonly Finding[] {
  const usable = own.filter((key) => isUsable(key, now));
  if (usable.length === 0) {
    const remedy = own.length === 0 ? `concord key make ${site} ${name}` : `concord key rotate ${site} ${name}`;
    return [
      fault(`${what} seals with ${name}, of which there is no usable key: ${remedy}, and give it to the other side`),
    ];
  }
  const ends = endOf(usable);
  if (ends - now > soonMs) return [];
  return [warning(`${name}, with which ${what} seals, ends ${dateOf(ends)}: concord key rotate ${site} ${name}`)];
}

function faultsOfPeer(
  { site }: SiteContext,
  { what, owner, now }: Sealed & { readonly owner: string },
  keys: readonly StoredKey[],
): readonly Finding[] {
  const theirs = keys.filter(({ owners }) => owners.includes(owner));
  const usable = theirs.filter((key) => isUsable(key, now));
  if (usable.length === 0)
    return [
      fault(`of the publisher of ${what} there is no usable key: take it in, and trust it, with concord key … ${site}`),
    ];
  const ends = endOf(usable);
  return ends - now > soonMs
    ? []
    : [warning(`the key of the publisher of ${what} ends ${dateOf(ends)}: ask for the next`)];
}

function isUsable({ revokedAt, expiresAt }: StoredKey, now: number): boolean {
  return revokedAt === undefined && (expiresAt ?? Infinity) > now;
}

/** When the last of them ends. */
function endOf(keys: readonly StoredKey[]): number {
  return Math.max(...keys.map(({ expiresAt }) => expiresAt ?? Infinity));
}

function dateOf(at: number): string {
  return new Date(at).toISOString().slice(0, 10);
}

const fault = (text: string): Finding => ({ check: 'keys', state: 'fault', text });
const warning = (text: string): Finding => ({ check: 'keys', state: 'warning', text });
