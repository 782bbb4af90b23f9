import { describe, expect, it } from 'vitest';
import { StoreError, TransportError } from '../../src/errors/concord-error.ts';
import { siteStatus } from '../../src/use-cases/administration/status.ts';
import type { TestSite } from '../support/synced-sites.ts';
import { card, seedPair, sync } from '../support/synced-sites.ts';

const at = '/portal_repository';

function lost(): never {
  throw new TransportError('CON-T001', 'lost', { retry: 'later' });
}

async function stateOf(site: TestSite): Promise<unknown> {
  return (await siteStatus(site.context, 'Repository')).subscriptions[0];
}

describe('a sync that was broken off', () => {
  it('says why until it goes on, and not after', async () => {
    const { subscriber, wire } = await seedPair();
    wire.fault = (where) => {
      if (where === 'answer') lost();
    };
    await expect(sync(subscriber, 'Repository', wire)).rejects.toThrow('lost');
    expect(await stateOf(subscriber)).toMatchObject({ state: 'waiting', waiting: { for: 'retry', code: 'CON-T001' } });
    wire.fault = () => undefined;
    expect(await sync(subscriber, 'Repository', wire)).toMatchObject({ outcome: 'done', waiting: undefined });
    expect(await stateOf(subscriber)).toMatchObject({ state: 'agreed', waiting: undefined });
  });

  it('still waits for permission when it goes on', async () => {
    const { subscriber, wire } = await seedPair();
    for (let n = 0; n < 40; n += 1) await subscriber.put(`${at}/p${String(n)}`, card('P', String(n)));
    await sync(subscriber, 'Repository', wire);
    for (let n = 0; n < 30; n += 1) await subscriber.remove(`${at}/p${String(n)}`);
    wire.fault = (where) => {
      if (where === 'answer') lost();
    };
    await expect(sync(subscriber, 'Repository', wire)).rejects.toThrow('lost');
    wire.fault = () => undefined;
    const report = await sync(subscriber, 'Repository', wire);
    expect(report).toMatchObject({ outcome: 'waiting-for-permission', waiting: { for: 'permission', deletions: 30 } });
  });

  it('goes on when there is room on the publisher’s disk again, which says nothing of where it is', async () => {
    const { publisher, subscriber, wire } = await seedPair();
    await subscriber.put(`${at}/a`, card('A', '1'));
    const { store } = publisher.context;
    const honest = store.update.bind(store);
    store.update = () => Promise.reject(new StoreError('CON-D002', 'The disk is full: /secret/place'));
    const refused = sync(subscriber, 'Repository', wire);
    await expect(refused).rejects.toMatchObject({ code: 'CON-T005', retry: 'later' });
    await expect(refused).rejects.toThrow('The disk is full');
    expect(wire.exchanges.at(-1)?.answer).not.toContain('secret');
    store.update = honest;
    await sync(subscriber, 'Repository', wire);
    expect(await subscriber.tree(at)).toEqual(await publisher.tree(at));
  });

  it('tells nobody without an account which publications there are', async () => {
    const { publisher, subscriber, wire } = await seedPair();
    for (const publication of ['Repository', 'Other']) {
      await subscriber.subscribe('Repository', publisher, at, { publication, password: 'wrong' });
      await expect(sync(subscriber, 'Repository', wire)).rejects.toMatchObject({ code: 'CON-A004' });
    }
    const answers = wire.exchanges.map(({ answer }) => answer.replace(/<SessionID>[^<]*/, ''));
    expect(answers[1]).toBe(answers[0]);
  });

  it('shows that the publisher has no such publication', async () => {
    const { publisher, subscriber, wire } = await seedPair();
    await subscriber.subscribe('Repository', publisher, at, { publication: 'Other' });
    await expect(sync(subscriber, 'Repository', wire)).rejects.toMatchObject({ code: 'CON-R003' });
    expect(await stateOf(subscriber)).toMatchObject({ state: 'waiting', waiting: { for: 'retry', code: 'CON-R003' } });
  });
});
