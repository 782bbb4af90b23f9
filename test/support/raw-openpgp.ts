import * as openpgp from 'openpgp';

/** How a message is made; keys are armored. */
interface RawMessage {
  readonly to?: string;
  readonly signWith?: string;
  readonly password?: string;
}

/** An encrypted message as Concord would never make it, if so wanted. */
export async function encryptRaw(octets: Uint8Array, { to, signWith, password }: RawMessage): Promise<Uint8Array> {
  const sealed: unknown = await openpgp.encrypt({
    message: await openpgp.createMessage({ binary: octets }),
    ...(to !== undefined && { encryptionKeys: (await openpgp.readKey({ armoredKey: to })).toPublic() }),
    ...(signWith !== undefined && { signingKeys: await openpgp.readPrivateKey({ armoredKey: signWith }) }),
    ...(password !== undefined && { passwords: password }),
    format: 'binary',
  });
  // Holds: a message of octets in the format `binary` comes as octets.
  return sealed as Uint8Array;
}

/** A message that is signed and can be read by everybody. */
export async function signRaw(octets: Uint8Array, signWith: string): Promise<Uint8Array> {
  const signed: unknown = await openpgp.sign({
    message: await openpgp.createMessage({ binary: octets }),
    signingKeys: await openpgp.readPrivateKey({ armoredKey: signWith }),
    format: 'binary',
  });
  // Holds: as above.
  return signed as Uint8Array;
}

/** The same message in letters. */
export function armorRaw(octets: Uint8Array): Uint8Array {
  const letters = (
    Buffer.from(octets)
      .toString('base64')
      .match(/.{1,64}/g) ?? []
  ).join('\n');
  return Buffer.from(`-----BEGIN PGP MESSAGE-----\n\n${letters}\n-----END PGP MESSAGE-----\n`);
}

/** A key pair that no keyring knows, armored. */
export async function makeRawKey(
  name: string,
  passphrase = '',
): Promise<{ readonly publicKey: string; readonly privateKey: string }> {
  return openpgp.generateKey({ userIDs: { name }, ...(passphrase !== '' && { passphrase }) });
}
