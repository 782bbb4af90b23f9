import { expect, it } from 'vitest';
import { SqliteInstallation } from '../../../src/adapters/sqlite/sqlite-installation.ts';
import { sessionStoreContract } from '../../contract/session-store.contract.ts';
import { surroundings } from './sqlite-fixture.ts';

sessionStoreContract('SQLite', async () => {
  const installation = new SqliteInstallation(':memory:', surroundings);
  return { sessions: installation.sessions, close: async () => installation[Symbol.asyncDispose]() };
});

it('ends the sessions of a site that is removed', async () => {
  await using installation = new SqliteInstallation(':memory:', surroundings);
  await installation.addSite('cps', 'cps');
  const session = {
    secretHash: 'h',
    passwordMark: '',
    createdAt: 1,
    seenAt: 1,
    address: '',
    agent: '',
    account: 'eve',
  };
  await installation.sessions.saveSession({ ...session, id: 'here', site: 'cps' });
  await installation.sessions.saveSession({ ...session, id: 'there', secretHash: 'i', site: '' });
  await installation.removeSite('cps');
  expect(await installation.sessions.sessions()).toMatchObject([{ id: 'there' }]);
});
