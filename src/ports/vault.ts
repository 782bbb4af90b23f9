/** Keeps peers' passwords and tokens encrypted at rest, with a key that lies beside the data directory's other files and never in the store (design.md §9). */
export interface Vault {
  /** The text for the store. */
  seal(secret: string): string;
  /** @throws AuthenticityError CON-A004 when the key is another one, or the text was changed */
  open(sealed: string): string;
}
