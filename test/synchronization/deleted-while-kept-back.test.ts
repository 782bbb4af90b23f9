import { expect, it } from 'vitest';
import { seedPair, card, sync } from '../support/synced-sites.ts';

const at = '/portal_repository';

it.each([{ mode: 'pull' }, { strategy: ['create', 'delete'] }] as const)(
  'a subscriber that keeps its edits back is told of a deletion after a first sync that was broken off: %o',
  async (terms) => {
    const { publisher, subscriber, wire } = await seedPair(terms);
    await publisher.put(`${at}/p`, card('P', '1'));
    wire.fault = (where, count) => {
      if (where === 'answer' && count === 2) throw new TypeError('cut off');
    };
    await expect(sync(subscriber, 'Repository', wire)).rejects.toThrow('cut off');
    expect(await subscriber.get(`${at}/p`)).toBe(card('P', '1'));
    await publisher.remove(`${at}/p`);
    for (const options of [{ restart: true }, {}]) await sync(subscriber, 'Repository', wire, options);
    expect(await subscriber.tree(at)).toEqual(await publisher.tree(at));
    const { peer = 0 } = (await subscriber.context.store.subscription('Repository')) ?? {};
    expect(await subscriber.context.store.countExceptions(peer)).toBe(0);
  },
);
