import { describe, expect, it } from 'vitest';
import { card, seedPair, sync } from '../support/synced-sites.ts';

const at = '/portal_repository';

describe('the checkpoint', () => {
  it('is the place where the publisher read its log, also when it read later than it greeted', async () => {
    const { publisher, subscriber, wire } = await seedPair();
    await subscriber.put(`${at}/mine`, card('M', '1'));
    await publisher.put(`${at}/yours`, card('Y', '1'));
    await sync(subscriber, 'Repository', wire);
    const before = wire.requests;
    await sync(subscriber, 'Repository', wire);
    expect(wire.requests - before).toBe(1);
    const subscription = await subscriber.context.store.subscription('Repository');
    const [row] = await publisher.context.store.subscribers('Repository');
    expect(subscription?.state.checkpoints.at(-1)?.publisher).toEqual(row?.state.offered?.checkpoint.publisher);
  });

  it('stands after packages of many messages', async () => {
    const { publisher, subscriber, wire } = await seedPair({}, { maxMessageOctets: 20_000 });
    await sync(subscriber, 'Repository', wire);
    for (let n = 0; n < 60; n += 1) await subscriber.put(`${at}/s${String(n)}`, card('S'.repeat(500), String(n)));
    for (let n = 0; n < 60; n += 1) await publisher.put(`${at}/p${String(n)}`, card('P'.repeat(500), String(n)));
    await sync(subscriber, 'Repository', wire);
    const before = wire.requests;
    await sync(subscriber, 'Repository', wire);
    expect(wire.requests - before).toBe(1);
  });
});
