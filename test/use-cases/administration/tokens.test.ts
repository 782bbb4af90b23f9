import { describe, expect, it } from 'vitest';
import { actorByToken, listTokens, makeToken, revokeToken } from '../../../src/use-cases/administration/tokens.ts';
import type { Actor } from '../../../src/use-cases/site-context.ts';
import { HandClock } from '../../support/memory-site.ts';
import { manager, TestSite } from '../../support/synced-sites.ts';

const mia: Actor = { name: 'mia', roles: ['Member'] };
const dayMs = 86_400_000;

async function withMia(): Promise<TestSite> {
  const site = new TestSite('cps', new HandClock());
  await site.addAccount('mia', 'secret', ['Member']);
  return site;
}

describe('a token', () => {
  it('signs in as its account, with the roles that the account has now', async () => {
    const { context } = await withMia();
    const { secret } = await makeToken(context, mia, { account: 'mia', title: 'nightly export' });
    expect(await actorByToken(context, secret)).toEqual(mia);
    const account = await context.accounts.account('mia');
    if (account === undefined) expect.fail('mia is there');
    await context.accounts.saveAccount({ ...account, roles: ['Publisher'] });
    expect(await actorByToken(context, secret)).toEqual({ name: 'mia', roles: ['Publisher'] });
  });

  it('is kept as a hash alone, and shown once', async () => {
    const { context, database } = await withMia();
    const { secret, id } = await makeToken(context, mia, { account: 'mia', title: 'export' });
    const kept = JSON.stringify(database.all('SELECT * FROM token')) + JSON.stringify(await context.store.log());
    expect(kept).not.toContain(secret);
    const listed = await listTokens(context, mia);
    expect(listed).toMatchObject([{ id, title: 'export' }]);
    expect(JSON.stringify(listed)).not.toMatch(/hash|concord_/);
  });

  it('is refused when it is wrong, revoked, too old, or its account is gone or another one of the same name', async () => {
    const { context, clock } = await withMia();
    const unknown = { code: 'CON-A001' };
    await expect(actorByToken(context, 'concord_x')).rejects.toMatchObject(unknown);
    const aged = await makeToken(context, mia, { account: 'mia', title: 'short', days: 1 });
    clock.at += dayMs - 1;
    expect(await actorByToken(context, aged.secret)).toEqual(mia);
    clock.at += 1;
    await expect(actorByToken(context, aged.secret)).rejects.toMatchObject(unknown);
    const revoked = await makeToken(context, mia, { account: 'mia', title: 'revoked' });
    await revokeToken(context, mia, revoked.id);
    await expect(actorByToken(context, revoked.secret)).rejects.toMatchObject(unknown);
    const orphan = await makeToken(context, mia, { account: 'mia', title: 'orphan' });
    await context.accounts.removeAccount('mia');
    await expect(actorByToken(context, orphan.secret)).rejects.toMatchObject(unknown);
    clock.at += 1;
    const again = { name: 'mia', roles: ['Manager'], passwordHash: '', mustChangePassword: false } as const;
    await context.accounts.saveAccount({ ...again, createdAt: clock.at });
    await expect(actorByToken(context, orphan.secret)).rejects.toMatchObject(unknown);
  });

  it('is made, seen and revoked by its account and by a Manager only', async () => {
    const site = await withMia();
    await site.addAccount('sam', 'secret', ['Member']);
    const { context } = site;
    const sam: Actor = { name: 'sam', roles: ['Member'] };
    const denied = { code: 'CON-A002' };
    await expect(makeToken(context, sam, { account: 'mia', title: 'x' })).rejects.toMatchObject(denied);
    await expect(makeToken(context, manager, { account: 'nobody', title: 'x' })).rejects.toMatchObject({
      code: 'CON-R011',
    });
    await expect(makeToken(context, sam, { account: 'sam', title: ' ' })).rejects.toMatchObject({ code: 'CON-R008' });
    const { id } = await makeToken(context, manager, { account: 'mia', title: 'x' });
    await expect(listTokens(context, sam, 'mia')).rejects.toMatchObject(denied);
    expect(await listTokens(context, sam)).toEqual([]);
    expect(await listTokens(context, manager)).toHaveLength(1);
    await expect(revokeToken(context, sam, id)).rejects.toMatchObject({ code: 'CON-R017' });
    await revokeToken(context, manager, id);
    expect(await listTokens(context, manager)).toEqual([]);
  });

  it('stays revoked when it is revoked while somebody signs in with it', async () => {
    const { context } = await withMia();
    const { secret, id } = await makeToken(context, mia, { account: 'mia', title: 'export' });
    const accounts = {
      account: async (name: string) => {
        await revokeToken(context, mia, id);
        return context.accounts.account(name);
      },
    };
    await expect(actorByToken({ ...context, accounts }, secret)).rejects.toMatchObject({ code: 'CON-A001' });
    expect(await listTokens(context, mia)).toEqual([]);
  });

  it('notes its last use once a minute', async () => {
    const { context, clock } = await withMia();
    const { secret } = await makeToken(context, mia, { account: 'mia', title: 'export' });
    const times: (number | undefined)[] = [];
    for (const passed of [0, 1_000, 60_000]) {
      clock.at += passed;
      await actorByToken(context, secret);
      times.push((await listTokens(context, mia))[0]?.lastUsedAt);
    }
    expect(times).toEqual([clock.at - 61_000, clock.at - 61_000, clock.at]);
  });
});
