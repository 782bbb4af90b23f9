import { describe, expect, it } from 'vitest';
import { TransportError } from '../../src/errors/concord-error.ts';
import { HandClock } from '../support/memory-site.ts';
import { restoredSite, siteFiles } from '../support/site-files.ts';
import { card, sync, TestSite, Wire } from '../support/synced-sites.ts';

const at = '/portal_repository';
const clock = new HandClock();
const files = siteFiles();

async function settle(publisher: TestSite, ...subscribers: readonly TestSite[]): Promise<void> {
  for (let round = 0; round < 3; round += 1)
    for (const site of subscribers) await sync(site, 'Repository', new Wire(publisher, site));
  for (const site of subscribers) expect(await site.tree(at)).toEqual(await publisher.tree(at));
}

/** A publisher that was restored to in between the first two messages of a subscriber’s first sync. */
async function restoredPublisher(): Promise<{ readonly publisher: TestSite; readonly subscriber: TestSite }> {
  const subscriber = new TestSite('client', clock);
  const before = new TestSite('cps', clock);
  await before.addAccount('sync', 'a:b');
  await before.put(`${at}/a`, card('A', '1'));
  await before.publish('Repository', at);
  await subscriber.subscribe('Repository', before, at);
  await subscriber.put(`${at}/b`, card('B', '1'));
  const wire = new Wire(before, subscriber);
  wire.fault = (where) => {
    if (where === 'answer') throw new TransportError('CON-T001', 'lost', { retry: 'later' });
  };
  await expect(sync(subscriber, 'Repository', wire)).rejects.toThrow('lost');
  return { publisher: await restoredSite('cps', clock, files.backUp(before)), subscriber };
}

describe('a session that was under way when the backup was made that its publisher was restored from', () => {
  it('is begun anew, so that what comes with it is known as of the log that goes on', async () => {
    const { publisher, subscriber } = await restoredPublisher();
    await publisher.put(`${at}/c`, card('C', '1'));
    const wire = new Wire(publisher, subscriber);
    await sync(subscriber, 'Repository', wire);
    const sessions = wire.exchanges.map(({ request }) => /<SessionID>(.*?)</.exec(request)?.[1]);
    expect(new Set(sessions).size).toBe(2);
    expect(await subscriber.tree(at)).toEqual(await publisher.tree(at));
  });

  it('loses no deletion of what came with it', async () => {
    const { publisher, subscriber } = await restoredPublisher();
    await publisher.put(`${at}/c`, card('C', '1'));
    await sync(subscriber, 'Repository', new Wire(publisher, subscriber));
    await subscriber.remove(`${at}/c`);
    await publisher.put(`${at}/c`, card('C', '2'));
    await settle(publisher, subscriber);
    expect(await publisher.context.store.conflicts({ state: 'open' })).toMatchObject([{ field: 'existence' }]);
  });
});
