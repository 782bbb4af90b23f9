import { describe, expect, it } from 'vitest';
import type { StoredKey } from '../../../src/ports/keyring.ts';
import { examineKeys } from '../../../src/use-cases/administration/examine-keys.ts';
import type { SiteContext } from '../../../src/use-cases/site-context.ts';
import { subscription } from '../../contract/site-data.ts';
import { HandClock } from '../../support/memory-site.ts';
import { TestSite } from '../../support/synced-sites.ts';

const day = 86_400_000;
const clock = new HandClock();

function key(name: string, rest: Partial<StoredKey> = {}): StoredKey {
  const texts = { name, publicKey: 'public', privateKey: 'private', userIds: [name] };
  const ends = { createdAt: 0, expiresAt: undefined, revokedAt: undefined };
  return { fingerprint: name.repeat(4), owners: [], ...texts, ...ends, ...rest };
}

const theirs = (rest: Partial<StoredKey> = {}): StoredKey =>
  key('hub', { privateKey: undefined, owners: ['subscription:people'], ...rest });

async function findings(keys: readonly StoredKey[]): Promise<readonly string[]> {
  const { context } = new TestSite('leaf', clock);
  await context.store.addSubscription({ ...subscription, keyName: 'leaf' });
  const keyring: SiteContext['keyring'] = { keys: async () => keys, saveKey: async () => undefined };
  return (await examineKeys({ ...context, keyring })).map(({ state, text }) => `${state}: ${text}`);
}

describe('the keys of a site', () => {
  it('are well when there is one of its own and one of the publisher', async () => {
    expect(await findings([key('leaf'), theirs()])).toEqual(['fine: 1 seals have their keys']);
  });

  it('are a fault when one is missing, has ended or was revoked, with what to do', async () => {
    expect(await findings([theirs()])).toEqual([expect.stringContaining('concord key make leaf leaf')]);
    const ended = key('leaf', { expiresAt: clock.now() - day });
    expect(await findings([ended, theirs()])).toEqual([expect.stringContaining('concord key rotate leaf leaf')]);
    const revoked = theirs({ revokedAt: 1 });
    expect(await findings([key('leaf'), revoked])).toEqual([expect.stringMatching(/^fault: of the publisher/)]);
  });

  it('are a warning a month before the last of them ends', async () => {
    const ending = key('leaf', { expiresAt: clock.now() + 10 * day });
    expect(await findings([ending, theirs()])).toEqual([expect.stringMatching(/^warning: leaf, .*ends 2026-01-11/)]);
    const next = key('leaf', { fingerprint: 'n', expiresAt: clock.now() + 400 * day });
    expect(await findings([ending, next, theirs()])).toEqual(['fine: 1 seals have their keys']);
  });
});
