/** Makes and checks hashes of passwords. Slow on purpose: what is checked often is kept by whoever checks, never the password. */
export interface PasswordHasher {
  /** The text for an account's `passwordHash`, with a new random salt and with its own parameters inside. */
  hash(password: string): Promise<string>;
  /**
   * Whether the password is the one, compared in constant time. False too for a text that is no hash. With `undefined` (there is no such account)
   * it takes as long as with a hash, so that nobody can tell from the time which accounts there are.
   */
  verify(password: string, passwordHash: string | undefined): Promise<boolean>;
}
