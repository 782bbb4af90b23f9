import type { Account, AccountChange, AccountStore, Role } from '../../ports/account-store.ts';
import type { SqliteDatabase } from './sqlite-database.ts';

interface AccountRow {
  readonly name: string;
  readonly roles: string;
  readonly password_hash: string;
  readonly must_change_password: number;
  readonly created_at: number;
}

/** The accounts of a site, or of the installation, in its file. */
export class SqliteAccountStore implements AccountStore {
  readonly #database: SqliteDatabase;

  constructor(database: SqliteDatabase) {
    this.#database = database;
  }

  async accounts(): Promise<readonly Account[]> {
    return this.#database.all<AccountRow>('SELECT * FROM account ORDER BY name').map(accountOf);
  }

  async account(name: string): Promise<Account | undefined> {
    const row = this.#database.get<AccountRow>('SELECT * FROM account WHERE name = ?', name);
    return row === undefined ? undefined : accountOf(row);
  }

  async saveAccount(account: Account): Promise<void> {
    this.#database.run(
      `INSERT OR REPLACE INTO account (name, roles, password_hash, must_change_password, created_at) VALUES (?, ?, ?, ?, ?)`,
      ...[account.name, JSON.stringify(account.roles), account.passwordHash],
      ...[account.mustChangePassword ? 1 : 0, account.createdAt],
    );
  }

  async changeAccount(name: string, change: AccountChange): Promise<boolean> {
    const { roles, passwordHash, mustChangePassword } = change;
    const changed = this.#database.run(
      `UPDATE account SET roles = COALESCE(?, roles), password_hash = COALESCE(?, password_hash),
         must_change_password = COALESCE(?, must_change_password) WHERE name = ?`,
      ...[roles === undefined ? null : JSON.stringify(roles), passwordHash ?? null],
      ...[mustChangePassword === undefined ? null : Number(mustChangePassword), name],
    );
    return changed > 0;
  }

  async removeAccount(name: string): Promise<boolean> {
    return this.#database.run('DELETE FROM account WHERE name = ?', name) > 0;
  }
}

function accountOf(row: AccountRow): Account {
  return {
    name: row.name,
    // Holds: the column is written from the same type.
    roles: JSON.parse(row.roles) as Role[],
    passwordHash: row.password_hash,
    mustChangePassword: row.must_change_password === 1,
    createdAt: row.created_at,
  };
}
