import { describe, expect, it } from 'vitest';
import type { Account, AccountStore } from '../../src/ports/account-store.ts';

/** An empty store of accounts to be tried. */
export interface AccountFixture {
  readonly accounts: AccountStore;
  close(): Promise<void>;
}

function account(name: string, rest: Partial<Account> = {}): Account {
  return {
    name,
    roles: ['Member'],
    passwordHash: 'scrypt$1$1$1$salt$hash',
    mustChangePassword: false,
    createdAt: 1_800_000_000_000,
    ...rest,
  };
}

/** What every adapter of the AccountStore port promises, as tests. */
export function accountStoreContract(name: string, open: () => Promise<AccountFixture>): void {
  async function using(check: (accounts: AccountStore) => Promise<void>): Promise<void> {
    const fixture = await open();
    try {
      await check(fixture.accounts);
    } finally {
      await fixture.close();
    }
  }

  describe(`${name}: accounts`, () => {
    it('gives back an account as it was saved, and lists all by name', async () =>
      using(async (accounts) => {
        const eve = account('eve', { roles: ['Manager', 'Synchronizer'], mustChangePassword: true });
        await accounts.saveAccount(eve);
        await accounts.saveAccount(account('Jürgen'));
        await accounts.saveAccount(account('adam', { roles: [] }));
        expect(await accounts.account('eve')).toEqual(eve);
        expect((await accounts.accounts()).map((one) => one.name)).toEqual(['Jürgen', 'adam', 'eve']);
        expect(await accounts.account('nobody')).toBeUndefined();
      }));

    it('takes names as different that differ in capitals only', async () =>
      using(async (accounts) => {
        await accounts.saveAccount(account('eve'));
        expect(await accounts.account('Eve')).toBeUndefined();
      }));

    it('replaces an account that is saved again', async () =>
      using(async (accounts) => {
        await accounts.saveAccount(account('eve'));
        await accounts.saveAccount(account('eve', { passwordHash: 'new', roles: ['Publisher'] }));
        expect(await accounts.accounts()).toEqual([account('eve', { passwordHash: 'new', roles: ['Publisher'] })]);
      }));

    it('changes what is given and nothing else, also of what others have changed meanwhile', async () =>
      using(async (accounts) => {
        const eve = account('eve', { mustChangePassword: true });
        await accounts.saveAccount(eve);
        await accounts.saveAccount(account('adam'));
        expect(await accounts.changeAccount('eve', { roles: ['Publisher', 'Member'] })).toBe(true);
        expect(await accounts.changeAccount('eve', { passwordHash: 'new', mustChangePassword: false })).toBe(true);
        const changed = account('eve', { roles: ['Publisher', 'Member'], passwordHash: 'new' });
        expect(await accounts.accounts()).toEqual([account('adam'), changed]);
        expect(await accounts.changeAccount('eve', { mustChangePassword: true })).toBe(true);
        expect(await accounts.changeAccount('eve', {})).toBe(true);
        expect(await accounts.account('eve')).toEqual({ ...changed, mustChangePassword: true });
      }));

    it('makes none of a change to an account that was removed meanwhile', async () =>
      using(async (accounts) => {
        await accounts.saveAccount(account('eve'));
        await accounts.removeAccount('eve');
        expect(await accounts.changeAccount('eve', { passwordHash: 'new' })).toBe(false);
        expect(await accounts.changeAccount('eve', {})).toBe(false);
        expect(await accounts.accounts()).toEqual([]);
      }));

    it('removes an account, and says whether there was one', async () =>
      using(async (accounts) => {
        await accounts.saveAccount(account('eve'));
        expect(await accounts.removeAccount('eve')).toBe(true);
        expect(await accounts.removeAccount('eve')).toBe(false);
        expect(await accounts.accounts()).toEqual([]);
      }));
  });
}
