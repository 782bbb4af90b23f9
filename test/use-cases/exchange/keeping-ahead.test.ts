import { describe, expect, it } from 'vitest';
import { KeepingAhead } from '../../../src/use-cases/exchange/keeping-ahead.ts';
import type { EndedSession } from '../../../src/use-cases/exchange/kept-changes.ts';
import { keptChanges } from '../../../src/use-cases/exchange/kept-changes.ts';
import { HandClock } from '../../support/memory-site.ts';
import type { Pair } from '../../support/synced-sites.ts';
import { card, seedPair, sync } from '../../support/synced-sites.ts';

const at = '/portal_repository';

/** A session in which the publisher sent what it has. */
async function endedAt({ publisher }: Pair): Promise<EndedSession> {
  const { store } = publisher.context;
  const publication = await store.publication('Repository');
  const [subscriber] = await store.subscribers('Repository');
  if (publication === undefined || subscriber === undefined) throw new Error('the pair has not synchronised yet');
  const none = { created: 0, updated: 0, deleted: 0, expected: 0 };
  const { seq: readAt } = await store.head();
  return {
    store,
    peer: subscriber.peer,
    collection: publication.collection,
    keys: undefined,
    sent: { ...none, created: 3 },
    received: none,
    sentAfter: 0,
    readAt,
    receivedAfter: readAt,
    peersEpoch: '',
  };
}

async function syncedPair(): Promise<Pair> {
  const pair = await seedPair();
  for (const id of ['a', 'b']) await pair.publisher.put(`${at}/${id}`, card(id, '1'));
  await sync(pair.subscriber, 'Repository', pair.wire);
  return pair;
}

/** Everything that needs no event has been done after one. */
async function settled(): Promise<void> {
  await new Promise((resolve) => setImmediate(resolve));
}

describe('what is kept of a sync, worked out ahead', () => {
  it('is what working it out at the end gives', async () => {
    const pair = await syncedPair();
    const ended = await endedAt(pair);
    const ahead = new KeepingAhead(new HandClock());
    ahead.begin('cps', ended);
    await settled();
    const { store } = ended;
    // From here on nothing can be worked out any more.
    store.changes = () => Promise.reject(new Error('worked out again'));
    const kept = await ahead.take('cps', ended);
    expect(kept?.sent.listed.map(({ path }) => path)).toEqual([`${at}/first`, `${at}/a`, `${at}/b`]);
    await expect(ahead.take('cps', ended)).rejects.toThrow('worked out again');
  });

  it('is worked out anew when something was written since', async () => {
    const pair = await syncedPair();
    const ended = await endedAt(pair);
    const ahead = new KeepingAhead(new HandClock());
    ahead.begin('cps', ended);
    await settled();
    await pair.publisher.remove(`${at}/a`);
    const kept = await ahead.take('cps', ended);
    expect(kept).toEqual(await keptChanges(ended));
  });

  it('is not waited for when it has not been begun in earnest', async () => {
    const pair = await syncedPair();
    const ended = await endedAt(pair);
    const clock = new HandClock();
    clock.sleep = () => new Promise<void>(() => undefined);
    const ahead = new KeepingAhead(clock);
    ahead.begin('cps', ended);
    await settled();
    expect(await ahead.take('cps', ended)).toEqual(await keptChanges(ended));
  });
});
