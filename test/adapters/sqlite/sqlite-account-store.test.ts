import { SqliteAccountStore } from '../../../src/adapters/sqlite/sqlite-account-store.ts';
import { SqliteInstallation } from '../../../src/adapters/sqlite/sqlite-installation.ts';
import { openSiteDatabase } from '../../../src/adapters/sqlite/sqlite-site-store.ts';
import { accountStoreContract } from '../../contract/account-store.contract.ts';
import { surroundings } from './sqlite-fixture.ts';

accountStoreContract('SQLite, of a site', async () => {
  const database = openSiteDatabase(':memory:');
  return { accounts: new SqliteAccountStore(database), close: async () => database.close() };
});

accountStoreContract('SQLite, of the installation', async () => {
  const installation = new SqliteInstallation(':memory:', surroundings);
  return { accounts: installation.accounts, close: async () => installation[Symbol.asyncDispose]() };
});
