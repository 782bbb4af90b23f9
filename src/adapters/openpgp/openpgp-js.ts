import type * as OpenPgpLibrary from 'openpgp';
import type { Key, PartialConfig, PrivateKey, PublicKey } from 'openpgp';
import { AuthenticityError, RequestError } from '../../errors/concord-error.ts';
import type { KeyFacts, NewKey, OpenPgp, Sealing, Unsealed, Unsealing } from '../../ports/open-pgp.ts';

type Library = typeof OpenPgpLibrary;

/** Loaded when the first message is sealed or the first key is touched: most sites have none. */
let loading: Promise<Library> | undefined;

function library(): Promise<Library> {
  loading ??= import('openpgp');
  return loading;
}

/** What GnuPG 2.2 understands: no version 6 keys, no AEAD; and only messages with integrity protection. */
const settings = { v6Keys: false, aeadProtect: false, allowUnauthenticatedMessages: false } as const;
const dayMs = 24 * 60 * 60 * 1000;
const secondMs = 1000;
/** Clocks of two sites differ; a signature from further in the future is none. */
const clockSkewMs = 10 * 60 * 1000;
/** A message that is older was kept by somebody: mail is given up by its servers long before. */
const longestUnderwayMs = 30 * dayMs;

/** OpenPGP by OpenPGP.js. */
export class OpenPgpJs implements OpenPgp {
  async makeKey({ userName, email, at, expiresAfterDays }: NewKey): Promise<KeyFacts> {
    const { generateKey } = await library();
    const { privateKey } = await generateKey({
      type: 'ecc',
      curve: 'curve25519Legacy',
      userIDs: [email === undefined ? { name: userName } : { name: userName, email }],
      date: new Date(at),
      ...(expiresAfterDays !== undefined && { keyExpirationTime: (expiresAfterDays * dayMs) / secondMs }),
      format: 'object',
      config: settings,
    });
    return factsOf(privateKey, at);
  }

  async readKey(
    text: string,
    { at, passphrase }: { readonly at: number; readonly passphrase?: string | undefined },
  ): Promise<KeyFacts> {
    const key = await readOneKey(text);
    if (!key.isPrivate() || key.isDecrypted()) return factsOf(key, at);
    if (passphrase === undefined)
      throw new RequestError('CON-K002', 'The private key has a passphrase: give it with the key');
    const { decryptKey } = await library();
    try {
      return await factsOf(await decryptKey({ privateKey: key, passphrase, config: settings }), at);
    } catch (cause) {
      throw new RequestError('CON-K002', 'The passphrase of the private key is wrong', { cause });
    }
  }

  async revokeKey(privateKey: string, at: number): Promise<string> {
    const { readPrivateKey, revokeKey } = await library();
    const key = await readPrivateKey({ armoredKey: privateKey, config: settings });
    const { publicKey } = await revokeKey({ key, date: new Date(at), format: 'armored', config: settings });
    return publicKey;
  }

  async seal(
    octets: Uint8Array,
    { signWith, encryptTo, at, isArmored: inLetters = false }: Sealing,
  ): Promise<Uint8Array> {
    const { createMessage, encrypt, enums } = await library();
    const date = new Date(at);
    const config = { ...settings, preferredCompressionAlgorithm: enums.compression.zlib };
    try {
      const whole = {
        // Binary: in text mode GnuPG 2.2 does not verify long lines.
        message: await createMessage({ binary: octets, date }),
        signingKeys: await privateKeys(signWith),
        encryptionKeys: await publicKeys(encryptTo),
        date,
        config,
      };
      if (inLetters) return new TextEncoder().encode(String(await encrypt({ ...whole, format: 'armored' })));
      const sealed: unknown = await encrypt({ ...whole, format: 'binary' });
      // Holds: a message of octets in the format `binary` comes as octets.
      return sealed as Uint8Array;
    } catch (cause) {
      throw new AuthenticityError('CON-K003', `A key cannot be used: ${textOf(cause)}`, { cause });
    }
  }

  async unseal(octets: Uint8Array, unsealing: Unsealing): Promise<Unsealed> {
    const { readMessage, decrypt } = await library();
    const { openWith, known, at, maxOctets } = unsealing;
    const config = { ...settings, maxDecompressedMessageSize: maxOctets };
    const verificationKeys = await publicKeys(known);
    try {
      const message = isArmored(octets)
        ? await readMessage({ armoredMessage: new TextDecoder().decode(octets), config })
        : await readMessage({ binaryMessage: octets, config });
      if (message.getEncryptionKeyIDs().length === 0) throw refused('it is not encrypted');
      const decryptionKeys = await privateKeys(openWith);
      const date = new Date(at + clockSkewMs);
      const opened = await decrypt({ message, decryptionKeys, verificationKeys, date, format: 'binary', config });
      const signers = await goodSigners(opened.signatures, { keys: verificationKeys, at, config });
      // Holds: `format: 'binary'` of a message that was read from octets, not from a stream.
      return { octets: opened.data as Uint8Array, signers };
    } catch (cause) {
      if (cause instanceof AuthenticityError) throw cause;
      throw refused(textOf(cause), cause);
    }
  }
}

type Signatures = Awaited<ReturnType<Library['decrypt']>>['signatures'];

/** The fingerprints of those who signed well. One good signature is enough: while keys are changed, both sign. @throws AuthenticityError CON-A005 when there is none */
async function goodSigners(
  signatures: Signatures,
  known: { readonly keys: readonly PublicKey[]; readonly at: number; readonly config: PartialConfig },
): Promise<readonly string[]> {
  const signers: string[] = [];
  let reason = 'nobody has signed it whose key is known here';
  for (const { keyID, verified, signature } of signatures) {
    const signer = known.keys.find((key) => key.getKeys(keyID).length > 0);
    // Nobody else hears of a signature that does not hold.
    verified.catch(() => undefined);
    if (signer === undefined) continue;
    try {
      await verified;
      const madeAt = (await signature).packets[0]?.created?.getTime() ?? 0;
      if (madeAt < known.at - longestUnderwayMs) throw refused('its signature is too old');
      // It must be good now too: OpenPGP.js judges it by the time that the signature names.
      const config = { ...(await library()).config, ...known.config };
      await signer.getSigningKey(keyID, new Date(known.at), undefined, config);
      signers.push(signer.getFingerprint());
    } catch (cause) {
      reason = textOf(cause);
    }
  }
  if (signers.length === 0) throw refused(reason);
  return signers;
}

async function readOneKey(text: string): Promise<Key> {
  const { readKeys } = await library();
  try {
    const isOneBlock = text.split('-----BEGIN PGP').length <= 2;
    const [key, ...others] = await readKeys({ armoredKeys: text, config: settings });
    if (key !== undefined && others.length === 0 && isOneBlock) return key;
  } catch (cause) {
    throw new RequestError('CON-K002', `This is no OpenPGP key: ${textOf(cause)}`, { cause });
  }
  throw new RequestError('CON-K002', 'There must be exactly one OpenPGP key, between its BEGIN and END lines');
}

async function factsOf(key: Key, at: number): Promise<KeyFacts> {
  const expiration = await key.getExpirationTime();
  return {
    fingerprint: key.getFingerprint(),
    userIds: key.getUserIDs(),
    createdAt: key.getCreationTime().getTime(),
    expiresAt: expiration instanceof Date ? expiration.getTime() : undefined,
    isRevoked: await key.isRevoked(undefined, undefined, new Date(at)),
    publicKey: key.toPublic().armor(),
    privateKey: key.isPrivate() ? key.armor() : undefined,
  };
}

async function privateKeys(armored: readonly string[]): Promise<PrivateKey[]> {
  const { readPrivateKey } = await library();
  return Promise.all(armored.map((armoredKey) => readPrivateKey({ armoredKey, config: settings })));
}

async function publicKeys(armored: readonly string[]): Promise<PublicKey[]> {
  const { readKey } = await library();
  return Promise.all(armored.map(async (armoredKey) => (await readKey({ armoredKey, config: settings })).toPublic()));
}

function isArmored(octets: Uint8Array): boolean {
  const begin = '-----BEGIN PGP MESSAGE-----';
  return new TextDecoder('latin1').decode(octets.subarray(0, 64)).trimStart().startsWith(begin);
}

function refused(why: string, cause?: unknown): AuthenticityError {
  return new AuthenticityError('CON-A005', `The seal of the message was refused: ${why}`, { cause });
}

function textOf(cause: unknown): string {
  return cause instanceof Error ? cause.message : String(cause);
}
