import { describe, expect, it } from 'vitest';
import type { Settlement } from '../../src/use-cases/exchange/resolve-conflict.ts';
import { resolveConflicts } from '../../src/use-cases/exchange/resolve-conflict.ts';
import type { Pair, TestSite } from '../support/synced-sites.ts';
import { card, manager, seedPair, sync } from '../support/synced-sites.ts';

const at = '/portal_repository';

async function settle({ publisher, subscriber, wire }: Pair): Promise<void> {
  for (let round = 0; round < 2; round += 1) await sync(subscriber, 'Repository', wire);
  expect(await subscriber.tree(at)).toEqual(await publisher.tree(at));
}

describe('two deletions of one object, whose gid is its id, of which the publisher made another', () => {
  async function pairWithCard(): Promise<Pair> {
    const pair = await seedPair();
    await pair.publisher.publish('Repository', at, { gidGenerator: 'id' });
    await pair.publisher.put(`${at}/a`, card('A', '1'));
    await settle(pair);
    return pair;
  }

  it('are one deletion: the new object stays, and nobody is asked', async () => {
    const pair = await pairWithCard();
    const { publisher, subscriber } = pair;
    await subscriber.remove(`${at}/a`);
    await publisher.remove(`${at}/a`);
    await publisher.put(`${at}/a`, card('New', '2'));
    await settle(pair);
    expect(await subscriber.get(`${at}/a`)).toBe(card('New', '2'));
    expect(await publisher.context.store.countConflicts()).toBe(0);
  });

  it('are two when the second was of the new one: an edit that its deleter has not seen contradicts it', async () => {
    const pair = await pairWithCard();
    const { publisher, subscriber } = pair;
    await publisher.remove(`${at}/a`);
    await publisher.put(`${at}/a`, card('New', '2'));
    await settle(pair);
    await subscriber.remove(`${at}/a`);
    await publisher.put(`${at}/a`, card('New', '3'));
    await settle(pair);
    expect(await publisher.get(`${at}/a`)).toBe(card('New', '3'));
    expect(await publisher.context.store.countConflicts({ state: 'open' })).toBe(1);
  });
});

describe('a conflict that both sides settle alike', () => {
  /** One conflict of the telephone, as both sides know it. */
  async function pairAsked(): Promise<Pair> {
    const pair = await seedPair();
    const { publisher, subscriber } = pair;
    await publisher.put(`${at}/a`, card('A', '1'));
    await settle(pair);
    await subscriber.put(`${at}/a`, card('A', '2'));
    await publisher.put(`${at}/a`, card('A', '3'));
    await settle(pair);
    return pair;
  }

  async function decide({ context }: TestSite, settlement: Settlement): Promise<void> {
    const open = await context.store.conflicts({ state: 'open' });
    await resolveConflicts(context, manager, { ids: open.map(({ id }) => id), ...settlement });
  }

  async function openAt({ publisher }: Pair): Promise<number> {
    return publisher.context.store.countConflicts({ state: 'open' });
  }

  it('does not come up again where the publisher has edited the outcome', async () => {
    const pair = await pairAsked();
    await decide(pair.publisher, { keep: 'subscriber' });
    await decide(pair.subscriber, { keep: 'subscriber' });
    await pair.publisher.put(`${at}/a`, card('A', '4'));
    await settle(pair);
    expect(await pair.subscriber.get(`${at}/a`)).toBe(card('A', '4'));
    expect(await openAt(pair)).toBe(0);
  });

  it('does not bring back what the publisher has deleted then', async () => {
    const pair = await pairAsked();
    await decide(pair.publisher, { keep: 'subscriber' });
    await decide(pair.subscriber, { keep: 'subscriber' });
    await pair.publisher.remove(`${at}/a`);
    await settle(pair);
    expect(await pair.subscriber.get(`${at}/a`)).toBeUndefined();
    expect(await openAt(pair)).toBe(0);
  });

  it('comes up where the subscriber has edited the outcome as well', async () => {
    const pair = await pairAsked();
    await decide(pair.publisher, { keep: 'subscriber' });
    await decide(pair.subscriber, { keep: 'subscriber' });
    await pair.publisher.put(`${at}/a`, card('A', '4'));
    await pair.subscriber.put(`${at}/a`, card('A', '5'));
    await settle(pair);
    expect(await openAt(pair)).toBe(1);
  });
});
