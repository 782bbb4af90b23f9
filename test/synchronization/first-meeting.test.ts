import { describe, expect, it } from 'vitest';
import { TransportError } from '../../src/errors/concord-error.ts';
import { previewSync } from '../../src/use-cases/subscriber/preview-sync.ts';
import { BusyWire } from '../support/busy-wire.ts';
import type { Pair, TestSite } from '../support/synced-sites.ts';
import { card, seedPair, sync } from '../support/synced-sites.ts';

const at = '/portal_repository';

/** The same records at a site that has never met the other, in folders three deep. */
async function importAll(site: TestSite, count = 3): Promise<void> {
  for (let n = 0; n < count; n += 1) await site.put(`${at}/country/town/p${String(n)}`, card('P', String(n)));
  await site.put(`${at}/top`, card('T', '1'));
}

async function expectEqual({ publisher, subscriber, wire }: Pair): Promise<void> {
  expect(await subscriber.tree(at)).toEqual(await publisher.tree(at));
  expect((await sync(subscriber, 'Repository', wire)).traffic.requests).toBe(1);
}

describe('a first meeting of sites that have the same records already', () => {
  it.each([1_000_000, 8_000])('makes one object of two, in messages of %s octets', async (maxMessageOctets) => {
    const pair = await seedPair({}, { maxMessageOctets });
    await importAll(pair.publisher, 40);
    await importAll(pair.subscriber, 40);
    const paths = [...Object.keys(await pair.publisher.tree(at))];
    await sync(pair.subscriber, 'Repository', pair.wire);
    expect(Object.keys(await pair.subscriber.tree(at))).toEqual(paths);
    await expectEqual(pair);
    expect(await pair.publisher.context.store.countConflicts()).toBe(0);
  });

  it('sends what only one of them has, and keeps its place', async () => {
    const pair = await seedPair();
    const { publisher, subscriber, wire } = pair;
    await importAll(publisher);
    await importAll(subscriber);
    await publisher.put(`${at}/country/town/theirs`, card('O', 'theirs'));
    await subscriber.put(`${at}/country/town/mine`, card('O', 'mine'));
    await subscriber.put(`${at}/country/village/mine`, card('V', 'mine'));
    const report = await sync(subscriber, 'Repository', wire);
    expect(report).toMatchObject({ sent: { created: 3 }, exceptions: 0 });
    expect(await publisher.get(`${at}/country/town/mine`)).toBe(card('O', 'mine'));
    expect(await publisher.get(`${at}/country/village/mine`)).toBe(card('V', 'mine'));
    expect(await subscriber.get(`${at}/country/town/theirs`)).toBe(card('O', 'theirs'));
    await expectEqual(pair);
  });

  it('keeps what is moved meanwhile below a folder that gets the publisher’s gid as well', async () => {
    const pair = await seedPair();
    const { publisher, subscriber, wire } = pair;
    for (const site of [publisher, subscriber])
      for (const id of ['a', 'b']) await site.put(`${at}/${id}`, card(id, '1'));
    const busy = new BusyWire([publisher], 1, () => subscriber.move(`${at}/a`, `${at}/b/a`));
    await sync(subscriber, 'Repository', busy);
    expect(Object.keys(await subscriber.tree(at))).toEqual(['/b', '/b/a', '/first']);
    await sync(subscriber, 'Repository', wire);
    expect(Object.keys(await publisher.tree(at))).toEqual(['/b', '/b/a', '/first']);
    await expectEqual(pair);
    expect(await publisher.context.store.countConflicts()).toBe(0);
  });

  it('keeps both of two that differ under one name', async () => {
    const pair = await seedPair();
    const { publisher, subscriber, wire } = pair;
    await publisher.put(`${at}/a`, card('A', 'theirs'));
    await subscriber.put(`${at}/a`, card('A', 'mine'));
    await sync(subscriber, 'Repository', wire);
    expect(await publisher.get(`${at}/a`)).toBe(card('A', 'theirs'));
    expect(await publisher.get(`${at}/a-2`)).toBe(card('A', 'mine'));
    await expectEqual(pair);
  });

  it('keeps who put an object below one whose gid is given up, also after another edit of it', async () => {
    const { publisher, subscriber, wire } = await seedPair();
    for (const site of [publisher, subscriber]) await site.put(`${at}/folder`, card('F', '1'));
    await subscriber.put(`${at}/a`, card('A', '1'));
    await subscriber.move(`${at}/a`, `${at}/folder/a`);
    const { gid } = await subscriber.put(`${at}/folder/a`, card('A', '2'));
    const [edit, move] = await subscriber.context.store.history(gid);
    await sync(subscriber, 'Repository', wire);
    const [received] = await publisher.context.store.history(gid);
    expect(received?.edits.others).toMatchObject([
      { field: 'parent', id: move?.edits.main.id },
      { field: '/object/phone/text()', id: edit?.edits.main.id },
    ]);
  });

  it('keeps who wrote what, and edits of both sides merge afterwards', async () => {
    const pair = await seedPair();
    const { publisher, subscriber, wire } = pair;
    await importAll(publisher);
    await importAll(subscriber);
    await sync(subscriber, 'Repository', wire);
    await publisher.put(`${at}/country/town/p1`, card('theirs', '1'));
    await subscriber.put(`${at}/country/town/p1`, card('P', 'mine'));
    await subscriber.remove(`${at}/country/town/p2`);
    await sync(subscriber, 'Repository', wire);
    expect(await publisher.get(`${at}/country/town/p1`)).toBe(card('theirs', 'mine'));
    expect(await publisher.get(`${at}/country/town/p2`)).toBeUndefined();
    await expectEqual(pair);
  });

  it.each(['request', 'answer'] as const)('comes to the same end when any %s of it is lost', async (place) => {
    const prepare = async (): Promise<Pair> => {
      const pair = await seedPair({}, { maxMessageOctets: 8_000 });
      await importAll(pair.publisher, 4);
      await importAll(pair.subscriber, 4);
      await pair.subscriber.put(`${at}/country/town/mine`, card('O', 'mine'));
      return pair;
    };
    const calm = await prepare();
    await sync(calm.subscriber, 'Repository', calm.wire);
    for (let failing = 1; failing <= calm.wire.requests; failing += 1) {
      const pair = await prepare();
      const { publisher, subscriber, wire } = pair;
      wire.fault = (where, count) => {
        if (where === place && count === failing) throw new TransportError('CON-T001', 'lost', { retry: 'later' });
      };
      await expect(sync(subscriber, 'Repository', wire)).rejects.toThrow('lost');
      wire.fault = () => undefined;
      await sync(subscriber, 'Repository', wire);
      expect(await publisher.get(`${at}/country/town/mine`)).toBe(card('O', 'mine'));
      await expectEqual(pair);
    }
  });

  it('with a subscriber that only takes, makes one object of two as well', async () => {
    const pair = await seedPair({ mode: 'pull' });
    await importAll(pair.publisher);
    await importAll(pair.subscriber);
    await sync(pair.subscriber, 'Repository', pair.wire);
    await expectEqual(pair);
  });

  it('with an account that may only take, makes one object of two as well', async () => {
    const pair = await seedPair();
    await importAll(pair.publisher);
    await importAll(pair.subscriber);
    await pair.subscriber.put(`${at}/country/town/mine`, card('O', 'mine'));
    await pair.publisher.publish('Repository', at, { mayPush: [] });
    const report = await sync(pair.subscriber, 'Repository', pair.wire);
    expect(report).toMatchObject({ exceptions: 1, sent: { created: 0 } });
    expect(await pair.publisher.get(`${at}/country/town/mine`)).toBeUndefined();
    await pair.subscriber.remove(`${at}/country/town/mine`);
    await sync(pair.subscriber, 'Repository', pair.wire);
    await expectEqual(pair);
  });

  it('by a refresh from the publisher leaves what the publisher has', async () => {
    const pair = await seedPair();
    await importAll(pair.publisher);
    await importAll(pair.subscriber);
    await pair.subscriber.put(`${at}/country/town/mine`, card('O', 'mine'));
    await sync(pair.subscriber, 'Repository', pair.wire, { refreshFrom: 'publisher' });
    expect(await pair.subscriber.get(`${at}/country/town/mine`)).toBeUndefined();
    await expectEqual(pair);
  });
});

describe('a first meeting of rows with keys', () => {
  const row = (code: string, title: string, phone: string): string =>
    `<object portal_type="Row"><code type="string">${code}</code><title type="string">${title}</title><phone type="string">${phone}</phone></object>`;

  async function keyedPair(conduit = 'row:code'): Promise<Pair> {
    const pair = await seedPair({ conduit });
    await pair.publisher.remove(`${at}/first`);
    await pair.publisher.publish('Repository', at, { conduit });
    return pair;
  }

  it('makes one object of two with one key, wherever they stand, and conflicts of what differs', async () => {
    const pair = await keyedPair();
    const { publisher, subscriber, wire } = pair;
    const theirs = await publisher.put(`${at}/rows/r1`, row('A-1', 'theirs', '1'));
    const mine = await subscriber.put(`${at}/my-rows/first`, row('A-1', 'mine', '1'));
    await sync(subscriber, 'Repository', wire);
    await sync(subscriber, 'Repository', wire);
    expect(await publisher.get(`${at}/rows/r1`)).toBe(row('A-1', 'theirs', '1'));
    expect(await publisher.get(`${at}/my-rows/first`)).toBeUndefined();
    expect((await subscriber.context.store.aliases([mine.gid])).get(mine.gid)).toBe(theirs.gid);
    const conflicts = await publisher.context.store.conflicts({ state: 'open' });
    const values = conflicts.map(({ publisher: { value }, subscriber: other }) => [value, other.value]);
    expect(values).toContainEqual(['theirs', 'mine']);
    expect(values).toContainEqual(['r1', 'first']);
    await expectEqual(pair);
  });

  it('leaves apart what has no key, another key, or one that several have', async () => {
    const pair = await keyedPair();
    const { publisher, subscriber, wire } = pair;
    await publisher.put(`${at}/a`, row('', 'theirs', '1'));
    await publisher.put(`${at}/b`, row('B-1', 'theirs', '1'));
    await publisher.put(`${at}/c1`, row('C-1', 'theirs', '1'));
    await publisher.put(`${at}/c2`, row('C-1', 'theirs', '2'));
    await subscriber.put(`${at}/x`, row('', 'mine', '1'));
    await subscriber.put(`${at}/b`, row('B-2', 'mine', '1'));
    await subscriber.put(`${at}/c3`, row('C-1', 'mine', '1'));
    await sync(subscriber, 'Repository', wire);
    await sync(subscriber, 'Repository', wire);
    const ids = Object.keys(await publisher.tree(at));
    expect(ids).toEqual(['/a', '/b', '/b-2', '/c1', '/c2', '/c3', '/x']);
    expect(await publisher.context.store.countConflicts()).toBe(0);
    await expectEqual(pair);
  });

  it('by the id, where the conduit has no columns for keys, within one folder', async () => {
    const pair = await keyedPair('row');
    const { publisher, subscriber, wire } = pair;
    await publisher.put(`${at}/north/r1`, row('1', 'same', 'theirs'));
    await publisher.put(`${at}/south/r2`, row('2', 'theirs', '1'));
    await subscriber.put(`${at}/north/r1`, row('1', 'same', 'mine'));
    await subscriber.put(`${at}/north/r2`, row('2', 'mine', '1'));
    await sync(subscriber, 'Repository', wire);
    await sync(subscriber, 'Repository', wire);
    const ids = Object.keys(await publisher.tree(at));
    expect(ids).toEqual(['/north', '/north/r1', '/north/r2', '/south', '/south/r2']);
    const conflicts = await publisher.context.store.conflicts({ state: 'open' });
    expect(conflicts).toMatchObject([{ publisher: { value: 'theirs' }, subscriber: { value: 'mine' } }]);
    await expectEqual(pair);
  });

  it('is shown by a preview as what both sides have', async () => {
    const { publisher, subscriber, wire } = await keyedPair();
    await publisher.put(`${at}/r1`, row('A-1', 'theirs', '1'));
    await subscriber.put(`${at}/first`, row('A-1', 'mine', '1'));
    const control = { services: subscriber.services, transport: wire };
    const plan = await previewSync(subscriber.context, { id: 'Repository' }, control);
    expect(plan).toMatchObject({ send: [{ path: `${at}/first`, action: 'update', outcome: 'both' }], receive: [] });
  });
});
