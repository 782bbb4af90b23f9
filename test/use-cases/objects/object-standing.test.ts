import { describe, expect, it } from 'vitest';
import { topGid } from '../../../src/objects/gid.ts';
import { coverageBelow, standingsOf } from '../../../src/use-cases/objects/object-standing.ts';
import { readObject } from '../../../src/use-cases/objects/read-object.ts';
import type { Pair, TestSite } from '../../support/synced-sites.ts';
import { card, seedPair, sync } from '../../support/synced-sites.ts';

const folder = 'portal_repository';
const at = `/${folder}`;

async function agreedPair(): Promise<Pair> {
  const pair = await seedPair();
  await pair.publisher.put(`${at}/p`, card('P', '1'));
  await sync(pair.subscriber, 'Repository', pair.wire);
  return pair;
}

/** How an object below the published folder stands towards the one peer of the site. */
async function standing({ context, services }: TestSite, path = 'p'): Promise<unknown> {
  const version = await readObject(context, [folder, ...path.split('/')]);
  const { peers } = await coverageBelow(context, version.parent);
  const revisions = [...(await context.store.current([version.gid])).values()];
  return (await standingsOf({ store: context.store, query: (text) => services.query(text) }, peers, revisions)).get(
    version.gid,
  )?.[0];
}

describe('an object', () => {
  it('is covered below a published or subscribed folder, and nowhere else', async () => {
    const { publisher, subscriber } = await agreedPair();
    for (const { context } of [publisher, subscriber]) {
      const { gid } = await readObject(context, [folder]);
      expect((await coverageBelow(context, gid)).peers.length).toBe(1);
      expect(await coverageBelow(context, topGid)).toEqual({ publications: [], peers: [] });
    }
    const { parent } = await readObject(subscriber.context, [folder, 'p']);
    expect((await coverageBelow(subscriber.context, parent)).peers[0]?.kind).toBe('subscription');
  });

  it('has not been synchronised before the first sync', async () => {
    const { subscriber } = await seedPair();
    await subscriber.put(`${at}/own`, card('Own', '1'));
    expect(await standing(subscriber, 'own')).toEqual({ state: 'never' });
  });

  it('is left out by the publication’s query, and is to be sent when it comes in or goes out', async () => {
    const { publisher, subscriber, wire } = await agreedPair();
    await publisher.publish('Repository', at, { query: 'phone = "1"' });
    await publisher.put(`${at}/other`, card('Other', '2'));
    expect(await standing(publisher, 'other')).toEqual({ state: 'left-out' });
    for (let round = 0; round < 2; round += 1) await sync(subscriber, 'Repository', wire);
    expect(await standing(publisher, 'other')).toEqual({ state: 'left-out' });
    expect(await standing(publisher)).toEqual({ state: 'agreed' });
    await publisher.put(`${at}/other`, card('Other', '1'));
    await publisher.put(`${at}/p`, card('P', '3'));
    expect([await standing(publisher, 'other'), await standing(publisher)]).toEqual([
      { state: 'to-send' },
      { state: 'to-send' },
    ]);
    for (let round = 0; round < 2; round += 1) await sync(subscriber, 'Repository', wire);
    expect([await standing(publisher, 'other'), await standing(publisher)]).toEqual([
      { state: 'agreed' },
      { state: 'left-out' },
    ]);
  });

  it('is left out with the folder that it stands in', async () => {
    const { publisher, subscriber, wire } = await agreedPair();
    await publisher.publish('Repository', at, { query: 'phone = "1"' });
    await publisher.put(`${at}/other`, card('Other', '2'));
    await publisher.put(`${at}/other/below`, card('Below', '1'));
    for (let round = 0; round < 2; round += 1) await sync(subscriber, 'Repository', wire);
    expect(await standing(publisher, 'other/below')).toEqual({ state: 'left-out' });
  });

  it('agrees after a sync, is to be sent after an edit, and agrees again, on both sides', async () => {
    const { publisher, subscriber, wire } = await agreedPair();
    expect(await standing(subscriber)).toEqual({ state: 'agreed' });
    // What the subscriber has taken in is confirmed with its next message.
    await sync(subscriber, 'Repository', wire);
    expect(await standing(publisher)).toEqual({ state: 'agreed' });
    for (const site of [publisher, subscriber]) {
      await site.put(`${at}/p`, card('P', `by ${site.context.site}`));
      expect(await standing(site)).toEqual({ state: 'to-send' });
      await sync(subscriber, 'Repository', wire);
      await sync(subscriber, 'Repository', wire);
      expect([await standing(publisher), await standing(subscriber)]).toEqual([
        { state: 'agreed' },
        { state: 'agreed' },
      ]);
    }
  });

  it('is in conflict where both changed the same field', async () => {
    const { publisher, subscriber, wire } = await agreedPair();
    await publisher.put(`${at}/p`, card('P', '2'));
    await subscriber.put(`${at}/p`, card('P', '3'));
    await sync(subscriber, 'Repository', wire);
    const expected = { state: 'conflict', conflicts: 1 };
    expect([await standing(publisher), await standing(subscriber)]).toEqual([expected, expected]);
  });

  it('is kept back where the direction is the other one', async () => {
    const { subscriber, publisher, wire } = await agreedPair();
    await subscriber.subscribe('Repository', publisher, at, { mode: 'pull' });
    await sync(subscriber, 'Repository', wire);
    await subscriber.put(`${at}/p`, card('P', '4'));
    expect(await standing(subscriber)).toEqual({ state: 'withheld', by: 'mode' });
    await sync(subscriber, 'Repository', wire);
    expect(await standing(subscriber)).toEqual({ state: 'withheld', by: 'mode' });
  });

  it('is kept back where the account may not push', async () => {
    const { subscriber, publisher, wire } = await agreedPair();
    await publisher.publish('Repository', at, { mayPush: [] });
    await sync(subscriber, 'Repository', wire);
    await subscriber.put(`${at}/p`, card('P', '4'));
    await sync(subscriber, 'Repository', wire);
    expect(await standing(subscriber)).toEqual({ state: 'withheld', by: 'right' });
  });
});
