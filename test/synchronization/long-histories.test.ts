import { describe, expect, it } from 'vitest';
import type { SiteStore } from '../../src/ports/site-store.ts';
import { card, seedPair, sync } from '../support/synced-sites.ts';

const at = '/portal_repository';

/** Counts the revisions that are read of objects' histories from now on. */
function countHistory(store: SiteStore): () => number {
  let read = 0;
  const honest = store.history.bind(store);
  store.history = async (...asked) => {
    const found = await honest(...asked);
    read += found.length;
    return found;
  };
  return () => read;
}

/** How much of an object's history is read to send so many edits of it, where the subscriber's conduit loses detail. */
async function readToSend(edits: number): Promise<number> {
  const { publisher, subscriber, wire } = await seedPair({ conduit: 'text' });
  await publisher.put(`${at}/a`, card('A', ' with  spaces '));
  await sync(subscriber, 'Repository', wire);
  for (let n = 0; n < edits; n += 1) await subscriber.put(`${at}/a`, card('A', String(n)));
  const read = countHistory(subscriber.context.store);
  await sync(subscriber, 'Repository', wire);
  expect(await publisher.get(`${at}/a`)).toContain(String(edits - 1));
  return read();
}

describe('an object that was edited often', () => {
  it('is sent by a conduit that loses detail with no more read than its history, twice', async () => {
    expect(await readToSend(40)).toBeLessThanOrEqual(2 * 42);
  });
});
