import { describe, expect, it } from 'vitest';
import type { Pair } from '../support/synced-sites.ts';
import { card, seedPair, sync } from '../support/synced-sites.ts';
import type { Policy } from '../../src/synchronization/publication.ts';
import type { SubscriptionSettings } from '../../src/use-cases/administration/subscribe.ts';

const at = '/portal_repository';

interface Clash {
  readonly subscriber?: SubscriptionSettings;
  readonly publisher?: { readonly conflictPolicy?: Policy; readonly updatePolicy?: Policy };
  /** Who edits last. */
  readonly last?: 'publisher' | 'subscriber';
}

/** Both sides edit the phone of one object; the sites are synchronised until they are quiet. */
async function clash({
  subscriber: settings = {},
  publisher: published = {},
  last = 'subscriber',
}: Clash): Promise<Pair> {
  const pair = await seedPair(settings);
  const { publisher, subscriber, wire } = pair;
  await publisher.publish('Repository', at, published);
  await publisher.put(`${at}/a`, card('A', '1'));
  await sync(subscriber, 'Repository', wire);
  const edits = [
    () => publisher.put(`${at}/a`, card('A', 'publisher')),
    () => subscriber.put(`${at}/a`, card('A', 'subscriber')),
  ];
  for (const edit of last === 'subscriber' ? edits : edits.toReversed()) await edit();
  await sync(subscriber, 'Repository', wire);
  await sync(subscriber, 'Repository', wire);
  expect(await subscriber.tree(at)).toEqual(await publisher.tree(at));
  return pair;
}

describe('a conflict policy', () => {
  it.each<[Clash, 'publisher' | 'subscriber', number]>([
    [{}, 'publisher', 1],
    [{ subscriber: { conflictPolicy: 'THIS' } }, 'subscriber', 0],
    [{ subscriber: { conflictPolicy: 'OTHER' } }, 'publisher', 0],
    [{ subscriber: { conflictPolicy: 'NEWER' }, last: 'subscriber' }, 'subscriber', 0],
    [{ subscriber: { conflictPolicy: 'NEWER' }, last: 'publisher' }, 'publisher', 0],
    [{ subscriber: { conflictPolicy: 'MASTER' } }, 'publisher', 0],
    [{ subscriber: { conflictPolicy: 'THIS' }, publisher: { conflictPolicy: 'THIS' } }, 'publisher', 0],
    [{ subscriber: { conflictPolicy: 'OTHER' }, publisher: { conflictPolicy: 'OTHER' } }, 'subscriber', 0],
    [{ subscriber: { conflictPolicy: 'THIS' }, publisher: { conflictPolicy: 'ASK' } }, 'publisher', 1],
  ])('%j lets the value of the %s stand, and leaves %i to ask', async (settings, winner, open) => {
    const { publisher } = await clash(settings);
    expect(await publisher.get(`${at}/a`)).toContain(`>${winner}<`);
    expect(await publisher.context.store.countConflicts({ state: 'open' })).toBe(open);
    // What did not stand is kept either way.
    const kept = await publisher.context.store.conflicts();
    const loser = winner === 'publisher' ? 'subscriber' : 'publisher';
    expect(kept.map((conflict) => conflict.subscriber.value)).toEqual([loser]);
  });

  it('NEWER takes no clock’s word for the future', async () => {
    const { publisher, subscriber, wire, clock } = await seedPair({ conflictPolicy: 'NEWER' });
    await publisher.put(`${at}/a`, card('A', '1'));
    await sync(subscriber, 'Repository', wire);
    const now = clock.at;
    clock.at = now + 10 * 365 * 86_400_000;
    await subscriber.put(`${at}/a`, card('A', 'future'));
    clock.at = now + 60_000;
    await publisher.put(`${at}/a`, card('A', 'present'));
    clock.at = now;
    await sync(subscriber, 'Repository', wire);
    await sync(subscriber, 'Repository', wire);
    expect(await subscriber.tree(at)).toEqual(await publisher.tree(at));
    expect(await publisher.context.store.countConflicts()).toBe(1);
  });

  it('MASTER lets the site stand that created the object', async () => {
    const { publisher, subscriber, wire } = await seedPair({ conflictPolicy: 'MASTER' });
    await subscriber.put(`${at}/mine`, card('M', '1'));
    await sync(subscriber, 'Repository', wire);
    await publisher.put(`${at}/mine`, card('M', 'publisher'));
    await subscriber.put(`${at}/mine`, card('M', 'subscriber'));
    await sync(subscriber, 'Repository', wire);
    await sync(subscriber, 'Repository', wire);
    expect(await publisher.get(`${at}/mine`)).toContain('>subscriber<');
    expect(await subscriber.tree(at)).toEqual(await publisher.tree(at));
  });
});

describe('an update policy', () => {
  it('of the publisher refuses updates, keeps them in history and sends its own version back', async () => {
    const { publisher, subscriber, wire } = await seedPair();
    await publisher.publish('Repository', at, { updatePolicy: 'THIS' });
    await publisher.put(`${at}/a`, card('A', '1'));
    await sync(subscriber, 'Repository', wire);
    await subscriber.put(`${at}/a`, card('A', '2'));
    await sync(subscriber, 'Repository', wire);
    await sync(subscriber, 'Repository', wire);
    expect(await publisher.get(`${at}/a`)).toContain('>1<');
    expect(await subscriber.tree(at)).toEqual(await publisher.tree(at));
    expect(await publisher.context.store.conflicts()).toMatchObject([
      { state: 'settled', settledBy: 'policy', subscriber: { value: '2' } },
    ]);
  });
});
