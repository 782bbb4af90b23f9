import { describe, expect, it } from 'vitest';
import type { SubscriptionSettings } from '../../src/use-cases/administration/subscribe.ts';
import { listExceptions } from '../../src/use-cases/exchange/list-exceptions.ts';
import { HandClock } from '../support/memory-site.ts';
import { restoredSite, siteFiles } from '../support/site-files.ts';
import { card, haveMet, seedPair, sync, TestSite, Wire } from '../support/synced-sites.ts';

const at = '/portal_repository';
const everything: SubscriptionSettings = { mode: 'two-way', strategy: ['create', 'update', 'delete'] };
const files = siteFiles();

/** What a site has, by path. */
async function paths(site: TestSite): Promise<readonly string[]> {
  return Object.keys(await site.tree(at));
}

/** What the subscriber and the publisher show that differs. */
async function shown(publisher: TestSite, subscriber: TestSite): Promise<readonly (readonly string[])[]> {
  const [below] = await subscriber.context.store.subscriptions();
  const [above] = await publisher.context.store.subscribers('Repository');
  const ofSubscriber = await listExceptions(subscriber.context, below?.peer ?? 0);
  const ofPublisher = await listExceptions(publisher.context, above?.peer ?? 0);
  return [ofSubscriber, ofPublisher].map((exceptions) => exceptions.map(({ path }) => path.slice(at.length)));
}

/** Two sites that both have a folder, which the publisher deletes, and into which the subscriber has put something that it keeps back. */
async function deletedFolder(terms: SubscriptionSettings) {
  const clock = new HandClock();
  const publisher = new TestSite('cps', clock, { file: files.file('cps') });
  const subscriber = new TestSite('cps_client', clock, { file: files.file('cps_client') });
  const wire = await haveMet(publisher, subscriber);
  await publisher.put(`${at}/f`, card('F', '1'));
  await sync(subscriber, 'Repository', wire);
  await subscriber.subscribe('Repository', publisher, at, terms);
  await subscriber.put(`${at}/f/mine`, card('M', '1'));
  await publisher.remove(`${at}/f`);
  await sync(subscriber, 'Repository', wire);
  return { publisher, subscriber, wire, clock };
}

describe('a folder that the publisher deletes, and in which something stands that the subscriber keeps back', () => {
  it.each<SubscriptionSettings>([{ mode: 'pull' }, { strategy: ['delete'] }, { strategy: ['update', 'delete'] }])(
    'stays with it as the subscriber’s own, and goes with it to the publisher at last: %j',
    async (terms) => {
      const { publisher, subscriber, wire } = await deletedFolder(terms);
      expect(await paths(subscriber)).toEqual(['/a', '/f', '/f/mine']);
      for (const options of [{}, { slow: true }, {}]) {
        await sync(subscriber, 'Repository', wire, options);
        expect(await paths(subscriber)).toEqual(['/a', '/f', '/f/mine']);
        expect(await paths(publisher)).toEqual(['/a']);
      }
      expect(await shown(publisher, subscriber)).toEqual([['/f', '/f/mine'], []]);
      expect((await sync(subscriber, 'Repository', wire)).traffic.requests).toBe(1);
      await subscriber.subscribe('Repository', publisher, at, everything);
      await sync(subscriber, 'Repository', wire);
      expect(await paths(publisher)).toEqual(['/a', '/f', '/f/mine']);
      expect(await subscriber.tree(at)).toEqual(await publisher.tree(at));
      expect(await shown(publisher, subscriber)).toEqual([[], []]);
      expect(await publisher.context.store.countConflicts()).toBe(0);
    },
  );

  it('stays where something was moved into it, with the folder above it', async () => {
    const { publisher, subscriber, wire } = await seedPair();
    await publisher.put(`${at}/f`, card('F', '1'));
    await publisher.put(`${at}/f/g`, card('G', '1'));
    await sync(subscriber, 'Repository', wire);
    await subscriber.subscribe('Repository', publisher, at, { mode: 'pull' });
    await subscriber.move(`${at}/first`, `${at}/f/g/first`);
    await publisher.remove(`${at}/f/g`);
    await publisher.remove(`${at}/f`);
    await sync(subscriber, 'Repository', wire);
    expect(await paths(subscriber)).toEqual(['/f', '/f/g', '/f/g/first']);
    expect(await paths(publisher)).toEqual(['/first']);
  });

  it('goes when it is deleted here, too, and nothing is remembered of it', async () => {
    const { publisher, subscriber, wire } = await deletedFolder({ mode: 'pull' });
    await subscriber.remove(`${at}/f/mine`);
    await subscriber.remove(`${at}/f`);
    await sync(subscriber, 'Repository', wire);
    expect(await subscriber.tree(at)).toEqual(await publisher.tree(at));
    expect(await shown(publisher, subscriber)).toEqual([[], []]);
  });

  it('goes with the next comparison when nothing stands in it any more', async () => {
    const { publisher, subscriber, wire } = await deletedFolder({ mode: 'pull' });
    await subscriber.move(`${at}/f/mine`, `${at}/mine`);
    for (const options of [{ slow: true }, {}]) await sync(subscriber, 'Repository', wire, options);
    expect(await paths(subscriber)).toEqual(['/a', '/mine']);
    expect(await shown(publisher, subscriber)).toEqual([['/mine'], []]);
  });

  it.each<SubscriptionSettings>([{ mode: 'pull' }, everything])(
    'goes with it when the subscriber is refreshed from the publisher: %j',
    async (terms) => {
      const { publisher, subscriber, wire } = await deletedFolder({ mode: 'pull' });
      await subscriber.subscribe('Repository', publisher, at, terms);
      await sync(subscriber, 'Repository', wire, { refreshFrom: 'publisher' });
      expect(await paths(subscriber)).toEqual(['/a']);
      expect(await shown(publisher, subscriber)).toEqual([[], []]);
    },
  );

  it('goes in a refresh that brings the deletion', async () => {
    const { publisher, subscriber, wire } = await seedPair();
    await publisher.put(`${at}/f`, card('F', '1'));
    await sync(subscriber, 'Repository', wire);
    await subscriber.put(`${at}/f/mine`, card('M', '1'));
    await publisher.remove(`${at}/f`);
    await sync(subscriber, 'Repository', wire, { refreshFrom: 'publisher' });
    expect(await paths(subscriber)).toEqual(['/first']);
  });

  it('leaves its name to a folder of the publisher’s that has taken it', async () => {
    const { publisher, subscriber, wire } = await seedPair();
    await publisher.put(`${at}/f`, card('F', '1'));
    await sync(subscriber, 'Repository', wire);
    await subscriber.subscribe('Repository', publisher, at, { mode: 'pull' });
    await subscriber.put(`${at}/f/mine`, card('M', '1'));
    await publisher.remove(`${at}/f`);
    await publisher.put(`${at}/f`, card('Another', '1'));
    await publisher.put(`${at}/f/theirs`, card('T', '1'));
    await sync(subscriber, 'Repository', wire);
    expect(await paths(subscriber)).toEqual(['/f', '/f/theirs', '/f-2', '/f-2/mine', '/first']);
  });

  it('stays in a comparison with what an account without the right to push has made in it, and not with what it has edited', async () => {
    const { publisher, subscriber, wire } = await seedPair();
    await publisher.put(`${at}/f`, card('F', '1'));
    await publisher.put(`${at}/f/a`, card('A', '1'));
    await sync(subscriber, 'Repository', wire);
    await publisher.publish('Repository', at, { mayPush: [] });
    await subscriber.put(`${at}/f/a`, card('A', '2'));
    await subscriber.put(`${at}/f/mine`, card('M', '1'));
    await publisher.remove(`${at}/f/a`);
    await publisher.remove(`${at}/f`);
    for (let round = 0; round < 2; round += 1) await sync(subscriber, 'Repository', wire);
    expect(await paths(subscriber)).toEqual(['/f', '/f/mine', '/first']);
    expect(await shown(publisher, subscriber)).toEqual([['/f', '/f/mine'], []]);
    await publisher.publish('Repository', at, { mayPush: 'everyone' });
    for (let round = 0; round < 2; round += 1) await sync(subscriber, 'Repository', wire);
    expect(await paths(publisher)).toEqual(['/f', '/f/mine', '/first']);
    expect(await subscriber.tree(at)).toEqual(await publisher.tree(at));
  });

  it('goes where nothing is kept back in it: what the publisher has moved out, or deleted', async () => {
    const { publisher, subscriber, wire } = await seedPair();
    await publisher.put(`${at}/f`, card('F', '1'));
    for (const id of ['a', 'b']) await publisher.put(`${at}/f/${id}`, card(id, '1'));
    await sync(subscriber, 'Repository', wire);
    await subscriber.subscribe('Repository', publisher, at, { mode: 'pull' });
    await subscriber.put(`${at}/f/a`, card('a', '2'));
    await publisher.move(`${at}/f/a`, `${at}/a`);
    await publisher.remove(`${at}/f/b`);
    await publisher.remove(`${at}/f`);
    for (let round = 0; round < 2; round += 1) await sync(subscriber, 'Repository', wire);
    expect(await paths(subscriber)).toEqual(['/a', '/first']);
    expect(await shown(publisher, subscriber)).toEqual([['/a'], []]);
  });

  it.each(['publisher', 'subscriber'] as const)('stays, and flows at last, where the %s was restored', async (name) => {
    const { publisher, subscriber, wire, clock } = await deletedFolder({ mode: 'pull' });
    const backup = files.backUp(name === 'publisher' ? publisher : subscriber);
    await publisher.put(`${at}/x`, card('X', '1'));
    await sync(subscriber, 'Repository', wire);
    const p = name === 'publisher' ? await restoredSite('cps', clock, backup) : publisher;
    const s = name === 'subscriber' ? await restoredSite('cps_client', clock, backup) : subscriber;
    const again = new Wire(p, s);
    for (let round = 0; round < 2; round += 1) await sync(s, 'Repository', again, { slow: round === 0 });
    expect((await paths(s)).slice(0, 3)).toEqual(['/a', '/f', '/f/mine']);
    await s.subscribe('Repository', p, at, everything);
    for (let round = 0; round < 2; round += 1) await sync(s, 'Repository', again);
    expect((await paths(p)).slice(0, 3)).toEqual(['/a', '/f', '/f/mine']);
    expect(await s.tree(at)).toEqual(await p.tree(at));
    expect(await shown(p, s)).toEqual([[], []]);
  });
});
