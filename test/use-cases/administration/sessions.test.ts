import { describe, expect, it, onTestFinished } from 'vitest';
import { ScryptPasswordHasher } from '../../../src/adapters/scrypt/scrypt-password-hasher.ts';
import { SqliteInstallation } from '../../../src/adapters/sqlite/sqlite-installation.ts';
import { RandomIdentifiers } from '../../../src/adapters/system/random-identifiers.ts';
import { addAccount, setPassword } from '../../../src/use-cases/administration/accounts.ts';
import type { SessionPlace, SessionsContext } from '../../../src/use-cases/administration/sessions.ts';
import {
  endSession,
  keepSession,
  listSessions,
  openSession,
  resumeSession,
} from '../../../src/use-cases/administration/sessions.ts';
import type { SignInContext } from '../../../src/use-cases/administration/access.ts';
import { SignInGuard } from '../../../src/use-cases/administration/sign-in-guard.ts';
import type { Actor } from '../../../src/use-cases/site-context.ts';

const manager: Actor = { name: 'the test', roles: ['Manager'] };
const hour = 3_600_000;

async function places() {
  const time = { now: Date.UTC(2026, 10, 20) };
  const clock = { now: () => time.now, sleep: async () => undefined };
  const identifiers = new RandomIdentifiers(clock.now);
  const installation = new SqliteInstallation(':memory:', { identifiers, clock });
  onTestFinished(() => installation[Symbol.asyncDispose]());
  const passwordHasher = new ScryptPasswordHasher({ cost: 2, blockSize: 1, parallelization: 1 });
  const signInGuard = new SignInGuard(clock);
  const placeOf = async (id: string): Promise<SessionPlace & SignInContext> => {
    const { accounts, store } = await installation.site(id);
    return {
      site: id,
      accounts,
      store,
      installationAccounts: installation.accounts,
      passwordHasher,
      signInGuard,
      clock,
    };
  };
  for (const id of ['cps', 'other']) await installation.addSite(id, id);
  const cps = await placeOf('cps');
  const { accounts } = await installation.site('cps');
  const ofCps = { accounts, passwordHasher, clock };
  await addAccount(ofCps, manager, { name: 'mia', roles: ['Member'], password: 'secret' });
  const ofAll = { accounts: installation.accounts, passwordHasher, clock };
  await addAccount(ofAll, manager, {
    name: 'admin',
    roles: ['Manager'],
    password: 'printed',
    mustChangePassword: true,
  });
  const limits = { idleMs: 12 * hour, longestMs: 48 * hour };
  const context: SessionsContext = { sessions: installation.sessions, clock, identifiers, limits };
  return { time, cps, other: await placeOf('other'), ofCps, context };
}

const from = { address: '127.0.0.1', agent: 'Browser' };
const mia = { name: 'mia', password: 'secret', ...from };
const admin = { name: 'admin', password: 'printed', ...from };

describe('a session', () => {
  it('is resumed by its secret, at its site only, and the secret is not kept', async () => {
    const { cps, other, context } = await places();
    const { secret, signedIn } = await openSession(context, cps, mia);
    expect(signedIn).toMatchObject({ actor: { name: 'mia', roles: ['Member'] }, mustChangePassword: false });
    expect(await resumeSession(context, cps, secret)).toEqual(signedIn);
    expect(await resumeSession(context, other, secret)).toBeUndefined();
    expect(await resumeSession(context, cps, 'another')).toBeUndefined();
    expect(JSON.stringify(await context.sessions.sessions())).not.toContain(secret);
  });

  it('of an account of the installation is good on all sites, and says when the password must be changed', async () => {
    const { cps, other, context } = await places();
    const { secret } = await openSession(context, cps, admin);
    expect(await resumeSession(context, other, secret)).toMatchObject({
      actor: { name: 'admin' },
      mustChangePassword: true,
    });
  });

  it('is not opened with a wrong password, and that is a line of the log', async () => {
    const { cps, context } = await places();
    await expect(openSession(context, cps, { ...mia, password: 'x' })).rejects.toMatchObject({ code: 'CON-A001' });
    expect(await context.sessions.sessions()).toEqual([]);
  });

  it('ends when nobody uses it, and some day in any case', async () => {
    const { cps, context, time } = await places();
    const { secret } = await openSession(context, cps, mia);
    for (let hours = 0; hours < 47; hours += 11) {
      expect(await resumeSession(context, cps, secret), `${hours}`).toBeDefined();
      time.now += 11 * hour;
    }
    expect(await resumeSession(context, cps, secret)).toBeUndefined();
    const idle = await openSession(context, cps, mia);
    time.now += 12 * hour + 1;
    expect(await resumeSession(context, cps, idle.secret)).toBeUndefined();
    expect(await listSessions(context, manager, { site: 'cps' })).toEqual([]);
  });

  it('ends with another password, but for the one in which it was changed', async () => {
    const { cps, context, ofCps } = await places();
    const here = await openSession(context, cps, mia);
    const there = await openSession(context, cps, mia);
    await setPassword(ofCps, here.signedIn.actor, { name: 'mia', password: 'new' });
    await keepSession(context, here.signedIn.session, cps);
    expect(await resumeSession(context, cps, here.secret)).toBeDefined();
    expect(await resumeSession(context, cps, there.secret)).toBeUndefined();
  });

  it('does not go on where somebody has ended it while the password was changed', async () => {
    const { cps, context, ofCps } = await places();
    const { secret, signedIn } = await openSession(context, cps, mia);
    await setPassword(ofCps, signedIn.actor, { name: 'mia', password: 'new' });
    await endSession(context, manager, { id: signedIn.session.id });
    await keepSession(context, signedIn.session, cps);
    expect(await resumeSession(context, cps, secret)).toBeUndefined();
    expect(await listSessions(context, manager, {})).toEqual([]);
  });

  it('ends with the account', async () => {
    const { cps, context, ofCps } = await places();
    const { secret } = await openSession(context, cps, mia);
    await ofCps.accounts.removeAccount('mia');
    expect(await resumeSession(context, cps, secret)).toBeUndefined();
  });

  it('can be ended by whose it is and by a Manager, by nobody else, once', async () => {
    const { cps, context } = await places();
    const one = await openSession(context, cps, mia);
    const two = await openSession(context, cps, mia);
    const eve: Actor = { name: 'eve', roles: ['Publisher'] };
    const { id } = one.signedIn.session;
    await expect(endSession(context, eve, { id, site: 'cps' })).rejects.toMatchObject({ code: 'CON-A002' });
    await endSession(context, { name: 'mia', roles: [] }, { id, site: 'cps', account: 'mia' });
    expect(await resumeSession(context, cps, one.secret)).toBeUndefined();
    await endSession(context, manager, { id: two.signedIn.session.id, site: 'cps' });
    await expect(endSession(context, manager, { id, site: 'cps' })).rejects.toMatchObject({ code: 'CON-R015' });
  });
});
