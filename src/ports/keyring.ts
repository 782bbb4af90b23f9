/** An OpenPGP key as a site keeps it: its own, with the private part, or one of a peer. */
export interface StoredKey {
  /** Of the primary key, in small hexadecimal digits. */
  readonly fingerprint: string;
  /** What operators and publications call it. Own keys that follow each other have the same. */
  readonly name: string;
  readonly userIds: readonly string[];
  /** Armored. */
  readonly publicKey: string;
  /** Armored, and encrypted by the vault; undefined for a peer's key. */
  readonly privateKey: string | undefined;
  readonly createdAt: number;
  readonly expiresAt: number | undefined;
  readonly revokedAt: number | undefined;
  /** Whose it is: `account:NAME`, `subscription:ID`. Empty: known, and trusted for nothing. */
  readonly owners: readonly string[];
}

/** The keys of one site. */
export interface Keyring {
  /** The oldest first. */
  keys(): Promise<readonly StoredKey[]>;
  /** Creates or replaces, by fingerprint. */
  saveKey(key: StoredKey): Promise<void>;
}
