import { describe, expect, it } from 'vitest';
import type { SiteStore } from '../../../src/ports/site-store.ts';
import { expelAbandoned } from '../../../src/use-cases/administration/abandoned-subscribers.ts';
import { removeSubscriber } from '../../../src/use-cases/administration/remove-subscriber.ts';
import type { Pair } from '../../support/synced-sites.ts';
import { card, manager, seedPair, sync } from '../../support/synced-sites.ts';

const day = 24 * 60 * 60 * 1000;
const url = 'http://localhost:9673/cps_client/Repository';

/** A subscriber that has not come for forty days, in which something has changed. */
async function abandonedPair(): Promise<Pair> {
  const pair = await seedPair();
  await sync(pair.subscriber, 'Repository', pair.wire);
  await sync(pair.subscriber, 'Repository', pair.wire);
  pair.clock.at += 40 * day;
  await pair.publisher.put('/portal_repository/a', card('a', '1'));
  return pair;
}

/** The store, where something happens before a method is called. */
function interrupted(store: SiteStore, method: keyof SiteStore, happens: () => Promise<void>): SiteStore {
  return new Proxy(store, {
    get: (target, name) => {
      const value: unknown = Reflect.get(target, name, target);
      if (typeof value !== 'function') return value;
      return async (...given: unknown[]): Promise<unknown> => {
        if (name === method) await happens();
        return Reflect.apply(value, target, given);
      };
    },
  });
}

describe('a subscriber that is abandoned', () => {
  it('is expelled by the rule', async () => {
    const { publisher } = await abandonedPair();
    expect(await expelAbandoned(publisher.context, 30)).toMatchObject([{ url }]);
  });

  it('is found behind any number of others that are still heard of', async () => {
    const { publisher, clock } = await abandonedPair();
    const { store } = publisher.context;
    const [gone] = await store.subscribers('Repository');
    if (gone === undefined) throw new TypeError('nobody has subscribed');
    for (let at = 0; at < 250; at++) {
      const state = { ...gone.state, lastSyncAt: clock.now() - (at === 249 ? 40 * day : day) };
      await store.addSubscriber({ ...gone, url: `http://localhost:9673/leaf-${at}/R`, state });
    }
    const expelled = await expelAbandoned(publisher.context, 30);
    expect(expelled.map((one) => one.url).sort()).toEqual([url, 'http://localhost:9673/leaf-249/R']);
  });

  it('stays when it comes back while the others are looked at', async () => {
    const { publisher, subscriber, wire } = await abandonedPair();
    const comesBack = async (): Promise<void> => {
      await sync(subscriber, 'Repository', wire);
      await sync(subscriber, 'Repository', wire);
    };
    const store = interrupted(publisher.context.store, 'countConflicts', comesBack);
    expect(await expelAbandoned({ ...publisher.context, store }, 30)).toEqual([]);
    expect(await publisher.context.store.subscriber('Repository', url)).toBeDefined();
  });

  it('is found among very many without reading them all, when it is named in full', async () => {
    const { publisher } = await abandonedPair();
    const readsAll = async (): Promise<void> => expect.fail('all were read');
    const store = interrupted(publisher.context.store, 'subscribers', readsAll);
    const name = { publication: 'Repository', subscriber: url };
    expect(await removeSubscriber({ ...publisher.context, store }, manager, name)).toBe(url);
  });
});
