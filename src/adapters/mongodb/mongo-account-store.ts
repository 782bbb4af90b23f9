import type { Account, AccountChange, AccountStore } from '../../ports/account-store.ts';
import type { MongoRows, Row } from './mongo-rows.ts';

/** An account; its key is its name. */
export interface AccountRow extends Row, Omit<Account, 'name'> {}

/** The accounts of a site, or of the installation, in MongoDB. */
export class MongoAccountStore implements AccountStore {
  readonly #rows: MongoRows<AccountRow>;

  constructor(rows: MongoRows<AccountRow>) {
    this.#rows = rows;
  }

  async accounts(): Promise<readonly Account[]> {
    return (await this.#rows.find({}, { sort: { _id: 1 } })).map(accountOf);
  }

  async account(name: string): Promise<Account | undefined> {
    const row = await this.#rows.get(name);
    return row === undefined ? undefined : accountOf(row);
  }

  async saveAccount({ name, roles, passwordHash, mustChangePassword, createdAt }: Account): Promise<void> {
    await this.#rows.put({ _id: name, roles, passwordHash, mustChangePassword, createdAt });
  }

  async changeAccount(name: string, change: AccountChange): Promise<boolean> {
    // A server takes no change of nothing.
    if (Object.keys(change).length === 0) return (await this.#rows.get(name)) !== undefined;
    return this.#rows.setOne(name, change);
  }

  async removeAccount(name: string): Promise<boolean> {
    return (await this.#rows.remove({ _id: name })) > 0;
  }
}

function accountOf({ _id, roles, passwordHash, mustChangePassword, createdAt }: AccountRow): Account {
  return { name: _id, roles, passwordHash, mustChangePassword, createdAt };
}
