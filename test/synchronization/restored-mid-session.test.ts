import { describe, expect, it } from 'vitest';
import { TransportError } from '../../src/errors/concord-error.ts';
import { BusyWire } from '../support/busy-wire.ts';
import { compare, compareAll } from '../support/chains.ts';
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

describe('an object that a restored publisher has lost, and that comes back from one site while another tells of its deletion', () => {
  it.each([1, 2].flatMap((deletedAfter) => [2, 3, 4].map((after) => [deletedAfter, after] as const)))(
    'is asked about, where whoever deleted it had not seen an edit: deleted after %i messages of a sync, and back after %i',
    async (deletedAfter, after) => {
      const before = new TestSite('cps', clock, { file: files.file('cps') });
      const [deleter, editor] = [new TestSite('deleter', clock), new TestSite('editor', clock)];
      await before.addAccount('sync', 'a:b');
      await before.put(`${at}/other`, card('O', '1'));
      await before.publish('Repository', at);
      const backup = files.backUp(before);
      for (const site of [deleter, editor]) await site.subscribe('Repository', before, at);
      await deleter.put(`${at}/a`, card('A', '1'));
      await settle(before, deleter, editor);
      await editor.put(`${at}/a`, card('A', '2'));
      await sync(editor, 'Repository', new Wire(before, editor));
      const deletes = async (): Promise<void> => deleter.remove(`${at}/a`);
      await sync(deleter, 'Repository', new BusyWire([before, deleter], deletedAfter, deletes));
      await editor.put(`${at}/a`, card('A', '3'));
      const publisher = await restoredSite('cps', clock, backup);
      await publisher.put(`${at}/new`, card('N', '1'));
      const comesBack = async (): Promise<void> => compare(editor, new Wire(publisher, editor));
      const { waiting } = await sync(deleter, 'Repository', new Wire(publisher, deleter));
      const busy = new BusyWire([publisher, deleter], after, comesBack);
      await sync(deleter, 'Repository', busy, waiting?.for === 'comparison' ? { plan: waiting.plan } : {});
      await compareAll([deleter, editor], new Wire(publisher, deleter, editor));
      expect(await publisher.get(`${at}/a`)).toBe(card('A', '3'));
      expect(await publisher.context.store.conflicts({ state: 'open' })).toMatchObject([{ field: 'existence' }]);
      for (const site of [deleter, editor]) expect(await site.tree(at)).toEqual(await publisher.tree(at));
    },
  );
});
