import { describe, expect, it } from 'vitest';
import { ScryptPasswordHasher } from '../../../src/adapters/scrypt/scrypt-password-hasher.ts';
import { SqliteInstallation } from '../../../src/adapters/sqlite/sqlite-installation.ts';
import { RandomIdentifiers } from '../../../src/adapters/system/random-identifiers.ts';
import type { AccountStore, Role } from '../../../src/ports/account-store.ts';
import { roles } from '../../../src/ports/account-store.ts';
import type { AccessContext } from '../../../src/use-cases/administration/access.ts';
import { actorNamed, authenticate, hasRole, requireRole } from '../../../src/use-cases/administration/access.ts';
import { addAccount } from '../../../src/use-cases/administration/accounts.ts';
import { SignInGuard } from '../../../src/use-cases/administration/sign-in-guard.ts';

const passwordHasher = new ScryptPasswordHasher({ cost: 2, blockSize: 1, parallelization: 1 });
const time = { now: 0 };
const clock = { now: () => time.now, sleep: async () => undefined };

async function withAccounts(run: (context: AccessContext) => Promise<void>): Promise<void> {
  await using installation = new SqliteInstallation(':memory:', { identifiers: new RandomIdentifiers(), clock });
  await installation.addSite('cps', '');
  const { accounts } = await installation.site('cps');
  const add = (store: AccountStore, name: string, { role, password }: { role: Role; password: string }) =>
    addAccount(
      { accounts: store, passwordHasher, clock },
      { name: 'test', roles: ['Manager'] },
      { name, roles: [role], password },
    );
  await add(accounts, 'seb', { role: 'Member', password: 'of the site' });
  await add(installation.accounts, 'seb', { role: 'Manager', password: 'of the installation' });
  await add(installation.accounts, 'admin', { role: 'Manager', password: 'admin' });
  await run({ accounts, installationAccounts: installation.accounts, passwordHasher });
}

describe('who signs in', () => {
  it('is the account of the site, else that of the installation, whichever the password fits', async () => {
    await withAccounts(async (context) => {
      expect(await authenticate(context, 'seb', 'of the site')).toEqual({ name: 'seb', roles: ['Member'] });
      expect(await authenticate(context, 'seb', 'of the installation')).toEqual({ name: 'seb', roles: ['Manager'] });
      expect(await authenticate(context, 'admin', 'admin')).toEqual({ name: 'admin', roles: ['Manager'] });
    });
  });

  it.each([
    ['seb', 'wrong'],
    ['seb', ''],
    ['Seb', 'of the site'],
    ['nobody', 'of the site'],
    ['', ''],
  ])('is nobody as %j with %j', async (name, password) => {
    await withAccounts(async (context) => {
      expect(await authenticate(context, name, password)).toBeUndefined();
    });
  });

  it('is looked up again as the account is now', async () => {
    await withAccounts(async (context) => {
      expect(await actorNamed(context, 'seb')).toEqual({ name: 'seb', roles: ['Member'] });
      expect(await actorNamed(context, 'admin')).toEqual({ name: 'admin', roles: ['Manager'] });
      expect(await actorNamed(context, 'nobody')).toBeUndefined();
    });
  });
});

describe('a role', () => {
  it('is enough when it is one of those that are asked for, and Manager always', () => {
    for (const held of roles) {
      const actor = { name: 'seb', roles: [held] };
      expect(hasRole(actor, 'Publisher', 'Member')).toBe(held !== 'Synchronizer');
      expect(hasRole(actor)).toBe(held === 'Manager');
    }
  });

  it('that is missing is named with those that would do', () => {
    const actor = { name: 'mia', roles: ['Member'] as const };
    expect(() => requireRole(actor, 'Publisher', 'Synchronizer')).toThrow(
      expect.objectContaining({
        code: 'CON-A002',
        message: expect.stringContaining('Publisher or Synchronizer') as string,
      }),
    );
    expect(() => requireRole(actor)).toThrow('Manager');
  });
});

describe('wrong passwords', () => {
  const mia = { name: 'mia', address: '192.0.2.1' };

  it('lock an account at an address for as long as is set, and nowhere else', () => {
    const guard = new SignInGuard(clock, { maxFailures: 3, lockOutMs: 1_000 });
    expect([guard.failed(mia), guard.failed(mia), guard.failed(mia)]).toEqual([false, false, true]);
    expect(guard.isLocked(mia)).toBe(true);
    expect(guard.isLocked({ ...mia, address: '192.0.2.2' })).toBe(false);
    expect(guard.isLocked({ ...mia, name: 'seb' })).toBe(false);
    time.now += 1_000;
    expect(guard.isLocked(mia)).toBe(false);
  });

  it('of made-up names do not fill the memory', () => {
    const guard = new SignInGuard(clock, { maxFailures: 1, lockOutMs: 1_000 });
    for (let name = 0; name < 20_000; name++) guard.failed({ ...mia, name: String(name) });
    expect(guard.isLocked({ ...mia, name: '0' })).toBe(false);
    expect(guard.isLocked({ ...mia, name: '19999' })).toBe(true);
  });
});
