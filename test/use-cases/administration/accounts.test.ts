import { describe, expect, it } from 'vitest';
import type { PasswordHasher } from '../../../src/ports/password-hasher.ts';
import { removeAccount, setPassword, setRoles } from '../../../src/use-cases/administration/accounts.ts';
import { HandClock } from '../../support/memory-site.ts';
import { manager, TestSite } from '../../support/synced-sites.ts';

/** A site with mia, and a hasher which takes so long that something happens meanwhile. */
async function whileHashing(meanwhile: (site: TestSite) => Promise<unknown>) {
  const site = new TestSite('cps', new HandClock());
  await site.addAccount('mia', 'old', ['Manager']);
  const passwordHasher: PasswordHasher = {
    hash: async (password) => {
      await meanwhile(site);
      return `hash of ${password}`;
    },
    verify: async () => false,
  };
  const context = { ...site.context, passwordHasher };
  return { context, accounts: site.context.accounts };
}

describe('a new password', () => {
  it('does not bring back an account that is removed while it is hashed', async () => {
    const { context, accounts } = await whileHashing(async (site) => removeAccount(site.context, manager, 'mia'));
    const mia = { name: 'mia', roles: ['Manager'] as const };
    await expect(setPassword(context, mia, { name: 'mia', password: 'new' })).rejects.toMatchObject({
      code: 'CON-R011',
    });
    expect(await accounts.accounts()).toEqual([]);
  });

  it('does not give back roles that were taken while it is hashed', async () => {
    const { context, accounts } = await whileHashing(async (site) =>
      setRoles(site.context, manager, { name: 'mia', roles: ['Member'] }),
    );
    await setPassword(context, manager, { name: 'mia', password: 'new' });
    expect(await accounts.account('mia')).toMatchObject({ roles: ['Member'], passwordHash: 'hash of new' });
  });
});

describe('other roles', () => {
  it('neither bring back an account that goes at that moment, nor undo its new password', async () => {
    const { context, accounts } = await whileHashing(async () => undefined);
    const slow = (then: () => Promise<unknown>) => ({
      ...context,
      accounts: {
        ...{ accounts: () => accounts.accounts(), saveAccount: accounts.saveAccount.bind(accounts) },
        ...{
          changeAccount: accounts.changeAccount.bind(accounts),
          removeAccount: accounts.removeAccount.bind(accounts),
        },
        account: async (name: string) => {
          const found = await accounts.account(name);
          await then();
          return found;
        },
      },
    });
    const wanted = { name: 'mia', roles: ['Member'] } as const;
    await setRoles(
      slow(async () => setPassword(context, manager, { name: 'mia', password: 'new' })),
      manager,
      wanted,
    );
    expect(await accounts.account('mia')).toMatchObject({ roles: ['Member'], passwordHash: 'hash of new' });
    const removing = slow(async () => accounts.removeAccount('mia'));
    await expect(setRoles(removing, manager, wanted)).rejects.toMatchObject({ code: 'CON-R011' });
    expect(await accounts.accounts()).toEqual([]);
  });
});
