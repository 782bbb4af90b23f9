/** What a key says of itself. */
export interface KeyFacts {
  /** Of the primary key, in small hexadecimal digits. */
  readonly fingerprint: string;
  readonly userIds: readonly string[];
  readonly createdAt: number;
  readonly expiresAt: number | undefined;
  readonly isRevoked: boolean;
  /** Armored. */
  readonly publicKey: string;
  /** Armored, without passphrase; undefined where the text had only the public part. */
  readonly privateKey: string | undefined;
}

/** A key to be made. */
export interface NewKey {
  readonly userName: string;
  readonly email?: string | undefined;
  readonly at: number;
  readonly expiresAfterDays?: number | undefined;
}

/** Who seals for whom: armored keys. */
export interface Sealing {
  readonly signWith: readonly string[];
  readonly encryptTo: readonly string[];
  readonly at: number;
  /** In letters, for mail. */
  readonly isArmored?: boolean;
}

/** Who opens, and whose signatures are known: armored keys. */
export interface Unsealing {
  readonly openWith: readonly string[];
  readonly known: readonly string[];
  readonly at: number;
  readonly maxOctets: number;
}

/** What was inside of a sealed message, and the fingerprints of the known keys that have signed exactly these octets. */
export interface Unsealed {
  readonly octets: Uint8Array;
  readonly signers: readonly string[];
}

/** Makes and reads OpenPGP (RFC 4880 as GnuPG 2.2 understands it; RFC 9580 is understood). */
export interface OpenPgp {
  makeKey(key: NewKey): Promise<KeyFacts>;
  /** @throws RequestError CON-K002 when the text is no key, has several, or the passphrase is missing or wrong */
  readKey(text: string, options: { readonly at: number; readonly passphrase?: string | undefined }): Promise<KeyFacts>;
  /** The public key with its revocation. */
  revokeKey(privateKey: string, at: number): Promise<string>;
  /** Signs and encrypts. @throws AuthenticityError CON-K003 when one of the keys cannot be used (any more) */
  seal(octets: Uint8Array, sealing: Sealing): Promise<Uint8Array>;
  /**
   * Decrypts and verifies, binary or armored. Whatever is not encrypted for one of the keys and signed by a known one that is good at this time, is refused.
   * @throws AuthenticityError CON-A005 with the reason
   */
  unseal(octets: Uint8Array, unsealing: Unsealing): Promise<Unsealed>;
}
