import { AuthenticityError } from '../../src/errors/concord-error.ts';
import type { Keyring, StoredKey } from '../../src/ports/keyring.ts';
import type { OpenPgp } from '../../src/ports/open-pgp.ts';

/** What publications and subscriptions call the key that they are sealed with. */
export const keyName = 'office';

const sealedAndCut = 'The sealed message was cut';

/** A seal that keeps the promises of the port for sites that do not cheat: it says who signed and for whom, and that nothing is missing. */
export const plainSeals: Pick<OpenPgp, 'seal' | 'unseal'> = {
  async seal(octets, { signWith, encryptTo }) {
    const header = JSON.stringify({ signWith, encryptTo, length: octets.length });
    return Buffer.concat([Buffer.from([mark]), Buffer.from(`${header}\n`), octets]);
  },
  async unseal(sealed, { openWith, known }) {
    const { signWith, encryptTo, length, octets } = read(Buffer.from(sealed));
    if (octets.length !== length) throw new AuthenticityError('CON-A005', sealedAndCut);
    if (!encryptTo.some((key) => openWith.includes(key)))
      throw new AuthenticityError('CON-A005', 'The message is sealed for others');
    const signers = known.filter((key) => signWith.includes(key)).map(fingerprintOf);
    if (signers.length === 0) throw new AuthenticityError('CON-A005', 'Nobody known has signed the message');
    return { octets, signers };
  },
};

// No XML begins so.
const mark = 0x85;

interface Sealed {
  readonly signWith: readonly string[];
  readonly encryptTo: readonly string[];
  readonly length: number;
  readonly octets: Uint8Array;
}

function read(sealed: Buffer): Sealed {
  const end = sealed.indexOf('\n');
  try {
    const header: unknown = JSON.parse(sealed.subarray(1, end).toString());
    // Written by `seal`: what is cut within it is no JSON.
    return { ...(header as Omit<Sealed, 'octets'>), octets: sealed.subarray(end + 1) };
  } catch (cause) {
    throw new AuthenticityError('CON-A005', sealedAndCut, { cause });
  }
}

function fingerprintOf(key: string): string {
  return Buffer.from(key).toString('hex');
}

/** Of what was sealed and cut on its way nothing can be read. */
export function isCutSeal(cause: unknown): boolean {
  return cause instanceof AuthenticityError && cause.message === sealedAndCut;
}

/** The keys of a site that knows those of all others, and trusts them as subscribers and as publishers. */
export function keyringOf(site: string, publications: readonly string[], names: readonly string[]): Keyring {
  const owners = ['account:sync', ...publications.map((id) => `subscription:${id}`)];
  const keys = names.map((name): StoredKey => {
    const key = `key of ${name}`;
    return {
      fingerprint: fingerprintOf(key),
      name: name === site ? keyName : name,
      userIds: [name],
      publicKey: key,
      privateKey: name === site ? `sealed:${key}` : undefined,
      createdAt: 0,
      expiresAt: undefined,
      revokedAt: undefined,
      owners: name === site ? [] : owners,
    };
  });
  return { keys: async () => keys, saveKey: async () => undefined };
}
