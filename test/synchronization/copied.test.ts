import { expect, it } from 'vitest';
import { removeSubscriber } from '../../src/use-cases/administration/remove-subscriber.ts';
import { restoredSite, siteFiles } from '../support/site-files.ts';
import { card, manager, sync, TestSite, Wire } from '../support/synced-sites.ts';
import { at, openSites, unmetSites } from './stored-sites.ts';

const files = siteFiles();
const { backUp } = files;
const name = { publication: 'Repository', subscriber: 'cps_client/Repository' };

it('is noticed as a copy with the log that its original has left, as soon as that has agreed on another', async () => {
  const { publisher, subscriber, clock, wire } = await openSites(files, { names: ['a', 'b'] });
  const copy = new TestSite('cps_client', clock, { file: backUp(subscriber) });
  const backup = backUp(subscriber);
  await subscriber.put(`${at}/a`, card('A', 'original'));
  await sync(subscriber, 'Repository', wire);
  const restored = await restoredSite('cps_client', clock, backup);
  await sync(restored, 'Repository', new Wire(publisher, restored));
  await copy.put(`${at}/b`, card('B', 'copy'));
  await expect(sync(copy, 'Repository', new Wire(publisher, copy))).rejects.toMatchObject({ code: 'CON-E002' });
  await sync(restored, 'Repository', new Wire(publisher, restored));
  expect(await restored.tree(at)).toEqual(await publisher.tree(at));
});

it('is noticed as a copy that was made before the first sync when the two are compared', async () => {
  const { publisher, subscriber: original, clock } = await unmetSites(files, { names: ['a'] });
  const copy = new TestSite('cps_client', clock, { file: backUp(original) });
  const wire = new Wire(publisher);
  await sync(copy, 'Repository', wire);
  await removeSubscriber(publisher.context, manager, name);
  await sync(original, 'Repository', wire);
  await copy.remove(`${at}/a`);
  const { waiting } = await sync(copy, 'Repository', wire);
  const plan = waiting?.for === 'comparison' ? waiting.plan : '';
  await expect(sync(copy, 'Repository', wire, { plan })).rejects.toMatchObject({ code: 'CON-E002' });
  expect(await publisher.get(`${at}/a`)).toContain('>1<');
});

it.each(['edits', 'deletes'])(
  'is noticed after the publisher has taken off the one that came first, and the other one %s',
  async (does) => {
    const { publisher, subscriber, clock, wire } = await openSites(files, { names: ['a', 'b'] });
    const copy = new TestSite('cps_client', clock, { file: backUp(subscriber) });
    await subscriber.put(`${at}/a`, card('A', 'original'));
    await sync(subscriber, 'Repository', wire);
    await removeSubscriber(publisher.context, manager, name);
    await (does === 'edits' ? copy.put(`${at}/a`, card('A', 'copy')) : copy.remove(`${at}/a`));
    await expect(sync(copy, 'Repository', new Wire(publisher, copy))).rejects.toMatchObject({ code: 'CON-E002' });
    // The original goes on.
    const { waiting } = await sync(subscriber, 'Repository', wire);
    await sync(subscriber, 'Repository', wire, { plan: waiting?.for === 'comparison' ? waiting.plan : '' });
    expect(await publisher.get(`${at}/a`)).toContain('original');
    expect(await subscriber.tree(at)).toEqual(await publisher.tree(at));
  },
);

it('is noticed by an epoch that the one which was taken off had left', async () => {
  const { publisher, subscriber, clock, wire } = await openSites(files, { names: ['a', 'b'] });
  const copy = new TestSite('cps_client', clock, { file: backUp(subscriber) });
  const restored = await restoredSite('cps_client', clock, backUp(subscriber));
  await subscriber.put(`${at}/a`, card('A', 'original'));
  await sync(subscriber, 'Repository', wire);
  await sync(restored, 'Repository', new Wire(publisher, restored));
  await removeSubscriber(publisher.context, manager, name);
  await copy.put(`${at}/a`, card('A', 'copy'));
  await expect(sync(copy, 'Repository', new Wire(publisher, copy))).rejects.toMatchObject({ code: 'CON-E002' });
});
