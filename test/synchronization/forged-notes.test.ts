import { describe, expect, it } from 'vitest';
import type { Conflict } from '../../src/synchronization/conflict.ts';
import type { SubscriptionState } from '../../src/synchronization/subscription.ts';
import { answerPosted } from '../../src/use-cases/exchange/answer-posted.ts';
import { restoredSite, siteFiles } from '../support/site-files.ts';
import type { Pair } from '../support/synced-sites.ts';
import { card, sync, TestSite, Wire } from '../support/synced-sites.ts';
import { pairInConflict } from './pair-in-conflict.ts';
import { at, replace, settle, unmetSites } from './stored-sites.ts';

const files = siteFiles();

/** The subscriber says that the publisher was restored: its own copies are of another epoch, and one of them is made up. */
async function forge({ subscriber }: Pair, changed: Partial<SubscriptionState> = {}): Promise<void> {
  const { store } = subscriber.context;
  const [copy] = await store.conflicts({ state: 'open' });
  const row = await store.subscription('Repository');
  if (copy === undefined || row === undefined) throw new TypeError('nothing to forge');
  const forged: Conflict = { ...copy, id: 'made-up' };
  const state = { ...row.state, notesEpoch: 'another', ...changed };
  await store.update(async () => ({
    batch: { conflicts: [forged], subscriptions: [{ row: { ...row, state } }] },
    result: undefined,
  }));
}

async function idsAt(site: TestSite): Promise<readonly string[]> {
  return (await site.context.store.conflicts()).map(({ id }) => id);
}

describe('conflicts that a subscriber gives back to a publisher that has lost none', () => {
  it('are not taken in an ordinary sync', async () => {
    const pair = await pairInConflict();
    await forge(pair);
    for (let round = 0; round < 2; round += 1) await sync(pair.subscriber, 'Repository', pair.wire);
    expect(await idsAt(pair.publisher)).toHaveLength(1);
    expect(await idsAt(pair.publisher)).not.toContain('made-up');
  });

  it('are not taken in a slow sync, also when it begins anew', async () => {
    const pair = await pairInConflict();
    await forge(pair);
    pair.wire.fault = (where, count) => {
      if (where === 'answer' && count === 2) throw new TypeError('cut off');
    };
    await sync(pair.subscriber, 'Repository', pair.wire, { slow: true }).catch(() => undefined);
    await sync(pair.subscriber, 'Repository', pair.wire, { slow: true, restart: true });
    expect(await idsAt(pair.publisher)).not.toContain('made-up');
  });

  it('are not taken from a subscriber that nobody knows, and that names an epoch that never was', async () => {
    const pair = await pairInConflict();
    const { publisher, subscriber, wire } = pair;
    await forge(pair, { publisherEpoch: 'never-was' });
    for (const { peer } of await publisher.context.store.subscribers('Repository'))
      await publisher.context.store.removeSubscriber(peer);
    await sync(subscriber, 'Repository', wire);
    await sync(subscriber, 'Repository', wire, { slow: true });
    expect(await idsAt(publisher)).not.toContain('made-up');
  });
});

describe('conflicts that a subscriber gives back to a publisher that was restored to before they met', () => {
  it('are taken, also when a copy of its first message comes late', async () => {
    const sites = await unmetSites(files, { names: ['a'] });
    const { publisher, subscriber, clock, wire } = sites;
    const file = files.backUp(publisher);
    await sync(subscriber, 'Repository', wire);
    const body = new TextEncoder().encode(wire.exchanges[0]?.request);
    await publisher.put(`${at}/a`, card('A', 'publisher'));
    await subscriber.put(`${at}/a`, card('A', 'subscriber'));
    for (let round = 0; round < 2; round += 1) await sync(subscriber, 'Repository', wire);
    const known = await idsAt(publisher);
    replace(sites, 'publisher', await restoredSite('cps', clock, file));
    const { context, services } = sites.publisher;
    await answerPosted(context, services, { body, remoteAddress: '127.0.0.1' });
    await sync(subscriber, 'Repository', sites.wire, { slow: true });
    await settle(sites);
    expect(known).toHaveLength(1);
    expect(await idsAt(sites.publisher)).toEqual(known);
    expect(await idsAt(subscriber)).toEqual(known);
  });
});

describe('a subscriber that comes back with an epoch that it had left', () => {
  it('is the one that was copied, and is stopped', async () => {
    const { publisher, subscriber, wire } = await pairInConflict();
    const file = files.backUp(subscriber);
    const copy = new TestSite('cps_client', subscriber.clock, { file });
    await copy.context.store.startEpoch();
    for (let round = 0; round < 2; round += 1) await sync(copy, 'Repository', new Wire(publisher, copy));
    await expect(sync(subscriber, 'Repository', wire)).rejects.toMatchObject({ code: 'CON-E002' });
    await sync(copy, 'Repository', new Wire(publisher, copy));
  });
});
