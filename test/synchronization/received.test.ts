import { describe, expect, it } from 'vitest';
import { TransportError } from '../../src/errors/concord-error.ts';
import type { Pair } from '../support/synced-sites.ts';
import { card, seedPair, sync } from '../support/synced-sites.ts';

const at = '/portal_repository';

/** Two sites that agree on one object. */
async function agreedPair(): Promise<Pair> {
  const pair = await seedPair();
  await pair.publisher.put(`${at}/a`, card('A', '1'));
  await sync(pair.subscriber, 'Repository', pair.wire);
  return pair;
}

/** A sync in which the n-th answer is lost, counted from 1. */
async function syncLosing({ subscriber, wire }: Pair, answer: number): Promise<void> {
  let answers = 0;
  wire.fault = (where) => {
    if (where === 'request') return;
    answers += 1;
    if (answers === answer) throw new TransportError('CON-T001', 'lost', { retry: 'later' });
  };
  await expect(sync(subscriber, 'Repository', wire)).rejects.toThrow('lost');
  wire.fault = () => undefined;
}

async function comeToRest({ publisher, subscriber, wire }: Pair, restart = false): Promise<void> {
  await sync(subscriber, 'Repository', wire, { restart });
  await sync(subscriber, 'Repository', wire);
  expect(await subscriber.tree(at)).toEqual(await publisher.tree(at));
  const [row] = await publisher.context.store.subscribers('Repository');
  expect(await publisher.context.store.countExceptions(row?.peer ?? 0)).toBe(0);
}

describe('what the publisher received before', () => {
  it('is the base of the next change, so that an edit sent twice is no conflict with itself', async () => {
    const pair = await agreedPair();
    await pair.subscriber.put(`${at}/a`, card('A', '2'));
    await pair.publisher.put(`${at}/a`, card('B', '1'));
    await syncLosing(pair, 1);
    await pair.subscriber.put(`${at}/a`, card('A', '3'));
    await comeToRest(pair, true);
    expect(await pair.publisher.get(`${at}/a`)).toBe(card('B', '3'));
    expect(await pair.publisher.context.store.conflicts()).toEqual([]);
  });

  it('is no base any more for what was edited on top of its outcome, although the session did not end', async () => {
    const pair = await agreedPair();
    await pair.subscriber.put(`${at}/a`, card('A', '2'));
    await pair.publisher.put(`${at}/a`, card('A', '20'));
    await pair.publisher.put(`${at}/later`, card('L', '1'));
    await syncLosing(pair, 2);
    await pair.subscriber.put(`${at}/a`, card('A', '21'));
    await comeToRest(pair, true);
    expect(await pair.publisher.get(`${at}/a`)).toBe(card('A', '21'));
    expect(await pair.publisher.context.store.conflicts()).toHaveLength(1);
  });

  it('is reverted by an edit back to what was before, although nobody saw its outcome', async () => {
    const pair = await agreedPair();
    await pair.subscriber.put(`${at}/a`, card('A', '2'));
    await syncLosing(pair, 1);
    await pair.subscriber.put(`${at}/a`, card('A', '1'));
    await comeToRest(pair, true);
    expect(await pair.publisher.get(`${at}/a`)).toBe(card('A', '1'));
  });

  it('is deleted by a deletion of what was created in a first sync that was broken off', async () => {
    const pair = await seedPair();
    await pair.subscriber.put(`${at}/mine`, card('M', '1'));
    await syncLosing(pair, 3);
    await pair.subscriber.remove(`${at}/mine`);
    await comeToRest(pair, true);
    expect(await pair.publisher.get(`${at}/mine`)).toBeUndefined();
  });
});

describe('what was not taken in', () => {
  it('is sent again on the base that this site has, whatever the checkpoint says', async () => {
    const pair = await agreedPair();
    const { publisher, subscriber, wire } = pair;
    await publisher.put(`${at}/a`, card('of the publisher', '1'));
    await subscriber.put(`${at}/a`, card('A', '2'));
    const edits: Promise<unknown>[] = [];
    wire.fault = (where) => {
      if (where === 'answer' && edits.length === 0)
        edits.push(subscriber.put(`${at}/a`, card('of the subscriber', '2')));
    };
    await sync(subscriber, 'Repository', wire);
    await Promise.all(edits);
    expect(wire.exchanges.at(-1)?.request).toContain('<Data>409</Data>');
    await syncLosing(pair, 1);
    await subscriber.put(`${at}/a`, card('of the subscriber', '3'));
    await comeToRest(pair, true);
    expect(await publisher.get(`${at}/a`)).toBe(card('of the publisher', '3'));
    expect(await publisher.context.store.conflicts()).toMatchObject([
      { publisher: { value: 'of the publisher' }, subscriber: { value: 'of the subscriber' } },
    ]);
  });

  it('is remembered no longer when the publisher comes to have it by itself', async () => {
    const pair = await seedPair();
    const { publisher, subscriber, wire } = pair;
    await publisher.put(`${at}/folder/child`, card('C', '1'));
    await sync(subscriber, 'Repository', wire);
    await publisher.remove(`${at}/folder`);
    await subscriber.put(`${at}/folder/child`, card('C', '2'));
    await comeToRest(pair);
    expect(await publisher.get(`${at}/folder/child`)).toBe(card('C', '2'));
  });
});

describe('a comparison', () => {
  it('tells what was deleted here since the publisher sent it', async () => {
    const pair = await seedPair();
    await syncLosing(pair, 2);
    await pair.subscriber.remove(`${at}/first`);
    await comeToRest(pair, true);
    expect(await pair.publisher.get(`${at}/first`)).toBeUndefined();
  });

  it('starts from what the publisher sent before, although nothing of it is left there', async () => {
    const pair = await seedPair();
    await pair.publisher.put(`${at}/a`, card('A', '1'));
    await syncLosing(pair, 2);
    await pair.subscriber.put(`${at}/a`, card('A', '2'));
    await pair.publisher.remove(`${at}/a`, 'paula');
    await pair.publisher.remove(`${at}/first`);
    await comeToRest(pair, true);
    expect(await pair.publisher.get(`${at}/a`)).toBe(card('A', '2'));
    expect(await pair.publisher.context.store.conflicts()).toMatchObject([{ field: 'existence' }]);
  });
});

describe('what was offered and not confirmed', () => {
  it('is in flight: a deletion of it is sent, although nobody agreed on it', async () => {
    const pair = await agreedPair();
    const { publisher } = pair;
    await publisher.put(`${at}/new`, card('N', '1'));
    await syncLosing(pair, 2);
    await publisher.remove(`${at}/new`);
    await comeToRest(pair, true);
    expect(await pair.subscriber.get(`${at}/new`)).toBeUndefined();
  });
});

describe('edits while a sync runs', () => {
  it('go with the next one, all of them, on the version that was agreed on', async () => {
    const pair = await agreedPair();
    const { publisher, subscriber, wire } = pair;
    await publisher.put(`${at}/b`, card('B', '1'));
    const edits: Promise<unknown>[] = [];
    wire.fault = (where) => {
      if (where === 'answer' && edits.length === 0)
        edits.push(
          subscriber.put(`${at}/a`, card('A', '2')).then(async () => subscriber.put(`${at}/a`, card('AA', '2'))),
        );
    };
    await sync(subscriber, 'Repository', wire);
    await Promise.all(edits);
    await comeToRest(pair);
    expect(await publisher.get(`${at}/a`)).toBe(card('AA', '2'));
    expect(await publisher.context.store.conflicts()).toEqual([]);
  });

  it('give way in their id alone to what the publisher sends meanwhile', async () => {
    const pair = await agreedPair();
    const { publisher, subscriber, wire } = pair;
    await publisher.put(`${at}/x`, card('of the publisher', '1'));
    const edits: Promise<unknown>[] = [];
    wire.fault = (where) => {
      if (where === 'request' && edits.length === 0)
        edits.push(subscriber.put(`${at}/x`, card('of the subscriber', '1')));
    };
    await sync(subscriber, 'Repository', wire);
    await Promise.all(edits);
    expect(await subscriber.get(`${at}/x`)).toBe(card('of the publisher', '1'));
    expect(await subscriber.get(`${at}/x-2`)).toBe(card('of the subscriber', '1'));
    await comeToRest(pair);
    expect(await publisher.get(`${at}/x-2`)).toBe(card('of the subscriber', '1'));
  });
});
