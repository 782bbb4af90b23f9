import { copyFile } from 'node:fs/promises';
import { beforeEach, describe, expect, it } from 'vitest';
import { TransportError } from '../../src/errors/concord-error.ts';
import { removeSubscriber } from '../../src/use-cases/administration/remove-subscriber.ts';
import { unsubscribe } from '../../src/use-cases/administration/subscribe.ts';
import { answerMessage } from '../../src/use-cases/publisher/answer-message.ts';
import { HandClock } from '../support/memory-site.ts';
import { restoredSite, siteFiles } from '../support/site-files.ts';
import { card, manager, sync, TestSite, Wire } from '../support/synced-sites.ts';

const at = '/portal_repository';
const clock = new HandClock();
const files = siteFiles();
let publisher: TestSite;
let before: TestSite;
let copies = 0;

beforeEach(async () => {
  publisher = new TestSite('cps', clock);
  before = new TestSite('client', clock);
  await publisher.addAccount('sync', 'a:b');
  await publisher.put(`${at}/a`, card('A', '1'));
  await publisher.publish('Repository', at);
  await before.subscribe('Repository', publisher, at);
  for (const id of ['b', 'c']) await before.put(`${at}/${id}`, card(id, '1'));
});

async function restored(file: string): Promise<TestSite> {
  const copy = files.file(`restored-${String((copies += 1))}`);
  await copyFile(file, copy);
  const site = await restoredSite('client', clock, copy);
  return site;
}

/** Synchronises until there is nothing left, and shows the names that both have then. */
async function settled(subscriber: TestSite): Promise<readonly string[]> {
  const wire = new Wire(publisher, subscriber);
  for (let round = 0; round < 3; round += 1) await sync(subscriber, 'Repository', wire);
  expect((await sync(subscriber, 'Repository', wire)).traffic.requests).toBe(1);
  expect(await subscriber.tree(at)).toEqual(await publisher.tree(at));
  return Object.keys(await publisher.tree(at));
}

describe('a subscriber that was restored to before its first sync', () => {
  it('deletes at the publisher what that had from it, asks about what was edited there, and gets all else', async () => {
    const file = files.backUp(before);
    await before.put(`${at}/d`, card('d', '1'));
    await sync(before, 'Repository', new Wire(publisher, before));
    await publisher.put(`${at}/c`, card('C', 'edited'));
    const subscriber = await restored(file);
    for (const id of ['b', 'c']) await subscriber.remove(`${at}/${id}`);
    expect(await settled(subscriber)).toEqual(['/a', '/c', '/d']);
    expect(await publisher.context.store.conflicts({ state: 'open' })).toMatchObject([{ field: 'existence' }]);
  });

  it('deletes there, too, what it edited before it deleted it', async () => {
    const file = files.backUp(before);
    await sync(before, 'Repository', new Wire(publisher, before));
    const subscriber = await restored(file);
    await subscriber.put(`${at}/b`, card('b', '2'));
    await subscriber.remove(`${at}/b`);
    expect(await settled(subscriber)).toEqual(['/a', '/c']);
    expect(await publisher.context.store.conflicts({ state: 'open' })).toEqual([]);
  });

  it('says so, too, when its first session after that broke off, or it was restored once more', async () => {
    const file = files.backUp(before);
    await sync(before, 'Repository', new Wire(publisher, before));
    for (const isLost of [true, false]) {
      const subscriber = await restored(file);
      await subscriber.remove(`${at}/b`);
      const wire = new Wire(publisher, subscriber);
      wire.fault = (where, count) => {
        if (where === 'answer' && count === 1) throw new TransportError('CON-T001', 'broken off');
      };
      await expect(sync(subscriber, 'Repository', wire)).rejects.toMatchObject({ code: 'CON-T001' });
      if (!isLost) expect(await settled(subscriber)).toEqual(['/a', '/c']);
    }
  });

  it('deletes it there, too, when the publisher had it from a restored log that is lost again', async () => {
    const file = files.backUp(before);
    const once = await restored(file);
    await sync(once, 'Repository', new Wire(publisher, once));
    const again = await restored(file);
    await again.remove(`${at}/b`);
    expect(await settled(again)).toEqual(['/a', '/c']);
  });

  it('deletes it there, too, when the publisher was restored to before it met the subscriber, and compared with it', async () => {
    const file = files.backUp(before);
    const empty = files.backUp(publisher);
    await sync(before, 'Repository', new Wire(publisher, before));
    publisher = await restoredSite('cps', clock, empty);
    const wire = new Wire(publisher, before);
    const { waiting } = await sync(before, 'Repository', wire);
    await sync(before, 'Repository', wire, { plan: waiting?.for === 'comparison' ? waiting.plan : '' });
    const subscriber = await restored(file);
    await subscriber.remove(`${at}/b`);
    expect(await settled(subscriber)).toEqual(['/a', '/c']);
  });

  it('deletes it there, too, when the publisher has taken it off since', async () => {
    const file = files.backUp(before);
    await sync(before, 'Repository', new Wire(publisher, before));
    await removeSubscriber(publisher.context, manager, { publication: 'Repository', subscriber: 'client/Repository' });
    const subscriber = await restored(file);
    await subscriber.remove(`${at}/b`);
    expect(await settled(subscriber)).toEqual(['/a', '/c']);
  });

  it('gets back what it has cleared away after an ended subscription, before it subscribed again', async () => {
    await sync(before, 'Repository', new Wire(publisher, before));
    await unsubscribe(before.context, manager, 'Repository');
    await before.remove(`${at}/b`);
    await before.subscribe('Repository', publisher, at);
    const file = files.backUp(before);
    await before.put(`${at}/d`, card('d', '1'));
    await sync(before, 'Repository', new Wire(publisher, before));
    expect(await settled(await restored(file))).toEqual(['/a', '/b', '/c', '/d']);
  });

  it('gets it back, too, where the restored log gives the new subscription the number of a lost one', async () => {
    await sync(before, 'Repository', new Wire(publisher, before));
    await unsubscribe(before.context, manager, 'Repository');
    const file = files.backUp(before);
    await before.subscribe('Repository', publisher, at);
    await sync(before, 'Repository', new Wire(publisher, before));
    const subscriber = await restored(file);
    await subscriber.remove(`${at}/b`);
    await subscriber.subscribe('Repository', publisher, at);
    expect(await settled(subscriber)).toEqual(['/a', '/b', '/c']);
  });
});

describe('a new subscription to what an ended one has left', () => {
  it('deletes at the publisher what is deleted after it was made, and gets back what was deleted before', async () => {
    await sync(before, 'Repository', new Wire(publisher, before));
    await unsubscribe(before.context, manager, 'Repository');
    await before.remove(`${at}/b`);
    await before.subscribe('Repository', publisher, at);
    await before.remove(`${at}/c`);
    expect(await settled(before)).toEqual(['/a', '/b']);
  });
});

describe('a late message of a log that nobody knew of', () => {
  it('makes no copy of the site that was restored since', async () => {
    const file = files.backUp(before);
    // A twin of the publisher, so that the publisher itself has not had the message yet.
    const elsewhere = new Wire(new TestSite('cps', clock, { file: files.backUp(publisher) }), before);
    await sync(before, 'Repository', elsewhere);
    const site = await restored(file);
    const wire = new Wire(publisher, site);
    await sync(site, 'Repository', wire);
    const body = new TextEncoder().encode(elsewhere.exchanges[0]?.request ?? '');
    await answerMessage(publisher.context, publisher.services, { body, remoteAddress: '127.0.0.1' });
    for (let round = 0; round < 3; round += 1) await sync(site, 'Repository', wire, { slow: true });
    expect(await site.tree(at)).toEqual(await publisher.tree(at));
  });
});
