import { describe, expect, it } from 'vitest';
import { card, seedPair, sync } from '../../support/synced-sites.ts';

async function restingPair(): Promise<Awaited<ReturnType<typeof seedPair>>> {
  const pair = await seedPair();
  for (const id of ['a', 'b', 'c']) await pair.publisher.put(`/portal_repository/${id}`, card(id, '1'));
  for (let round = 0; round < 3; round++) await sync(pair.subscriber, 'Repository', pair.wire);
  return pair;
}

describe('a sync of which nothing comes', () => {
  it('is one commit of the publisher, that of the subscriber’s row, and no line in its log', async () => {
    const { publisher, subscriber, wire } = await restingPair();
    const { store } = publisher.context;
    const before = store.statistics.rowsWritten;
    const lines = (await store.log()).length;
    await sync(subscriber, 'Repository', wire);
    // The row, and the turn of the site that every commit moves.
    expect(store.statistics.rowsWritten - before).toBe(2);
    expect((await store.log()).length).toBe(lines);
  });

  it('still says at the publisher when it was', async () => {
    const { publisher, subscriber, wire } = await restingPair();
    const [before] = await publisher.context.store.subscribers('Repository');
    const { clock } = publisher.context;
    await clock.sleep(5_000);
    await sync(subscriber, 'Repository', wire);
    const [after] = await publisher.context.store.subscribers('Repository');
    expect(after?.state.lastSyncAt).toBe(clock.now());
    expect(after?.state.lastSyncAt).not.toBe(before?.state.lastSyncAt);
  });
});
