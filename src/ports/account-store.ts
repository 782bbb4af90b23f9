/** What an account may do at a site (design.md §9). */
export const roles = ['Manager', 'Publisher', 'Member', 'Synchronizer'] as const;
export type Role = (typeof roles)[number];

/** An account of a site, or of the whole installation. */
export interface Account {
  readonly name: string;
  readonly roles: readonly Role[];
  /** `scrypt$N$r$p$salt$hash`, base64url; never leaves the server. */
  readonly passwordHash: string;
  readonly mustChangePassword: boolean;
  readonly createdAt: number;
}

/** What of an account may become another. */
export type AccountChange = Partial<Pick<Account, 'roles' | 'passwordHash' | 'mustChangePassword'>>;

/** Accounts of one site or of the installation. */
export interface AccountStore {
  accounts(): Promise<readonly Account[]>;
  account(name: string): Promise<Account | undefined>;
  /** Creates or replaces, by name. */
  saveAccount(account: Account): Promise<void>;
  /** Changes what is given and nothing else, in one step: what others have changed meanwhile stays. False when there is no such account; none is made. */
  changeAccount(name: string, change: AccountChange): Promise<boolean>;
  /** False when there is none. */
  removeAccount(name: string): Promise<boolean>;
}
