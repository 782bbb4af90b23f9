import { expect, it } from 'vitest';
import { HandClock } from '../support/memory-site.ts';
import { restoredSite, siteFiles } from '../support/site-files.ts';
import { sync, TestSite, Wire } from '../support/synced-sites.ts';

const at = '/portal_repository';
const files = siteFiles();

function note(lang: string, text: string, street: string): string {
  return `<object portal_type="Note"><text lang="${lang}" type="string">${text}</text><address><street>${street}</street></address></object>`;
}

it('brings back to a restored publisher what its conduit does not show, and what was edited in it', async () => {
  const clock = new HandClock();
  const publisher = new TestSite('cps', clock, { file: files.file('cps') });
  const subscriber = new TestSite('cps_client', clock);
  await publisher.addAccount('sync', 'a:b');
  await publisher.put(`${at}/a`, note('en', 'one', 'Elm'));
  await publisher.publish('Repository', at);
  await subscriber.subscribe('Repository', publisher, at, { conduit: 'text' });
  const wire = new Wire(publisher, subscriber);
  await sync(subscriber, 'Repository', wire);
  await sync(subscriber, 'Repository', wire);
  const backup = files.backUp(publisher);

  await publisher.put(`${at}/a`, note('en', 'one', 'Oak'));
  await sync(subscriber, 'Repository', wire);
  await subscriber.put(
    `${at}/a`,
    '<object portal_type="Note"><text lang="fr" type="string">one</text></object>',
    'simon',
  );
  await sync(subscriber, 'Repository', wire);
  await publisher.put(`${at}/a`, note('fr', 'two', 'Oak'));
  await sync(subscriber, 'Repository', wire);
  await sync(subscriber, 'Repository', wire);
  const own = '<object portal_type="Note"><text lang="fr" type="string">two</text></object>';
  expect(await subscriber.get(`${at}/a`)).toBe(own);
  publisher.database.close();

  const restored = await restoredSite('cps', clock, backup);
  const newWire = new Wire(restored, subscriber);
  await sync(subscriber, 'Repository', newWire);
  await sync(subscriber, 'Repository', newWire);
  expect(await restored.get(`${at}/a`)).toBe(note('fr', 'two', 'Oak'));
  expect(await restored.context.store.countConflicts()).toBe(0);
  expect(await subscriber.get(`${at}/a`)).toBe(own);
  restored.database.close();
});
