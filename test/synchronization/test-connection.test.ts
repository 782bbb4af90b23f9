import { describe, expect, it } from 'vitest';
import { testConnection } from '../../src/use-cases/subscriber/test-connection.ts';
import type { Pair } from '../support/synced-sites.ts';
import { seedPair, sync } from '../support/synced-sites.ts';

async function ask({ publisher, subscriber, wire }: Pair, password: string): ReturnType<typeof testConnection> {
  const wanted = {
    publication: 'Repository',
    publicationUrl: publisher.url,
    subscriptionUrl: `${subscriber.url}/Another`,
    user: 'sync',
    password,
  };
  return testConnection(subscriber.context, wanted, { services: subscriber.services, transport: wire });
}

describe('the test of a connection', () => {
  it('says what the publication offers, as often as it is asked, and leaves the first sync as it is', async () => {
    const pair = await seedPair();
    await expect(ask(pair, 'wrong')).rejects.toMatchObject({ code: 'CON-A004' });
    for (let time = 0; time < 2; time++)
      expect(await ask(pair, 'a:b')).toMatchObject({ objects: 1, mayPull: true, mayPush: true });
    expect(await pair.subscriber.context.store.subscriptions()).toHaveLength(1);
    await sync(pair.subscriber, 'Repository', pair.wire);
    expect(await pair.subscriber.tree('/portal_repository')).toEqual(await pair.publisher.tree('/portal_repository'));
  });
});
