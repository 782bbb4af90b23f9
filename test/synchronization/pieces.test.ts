import { describe, expect, it } from 'vitest';
import type { TestSite } from '../support/synced-sites.ts';
import { card, seedPair, sync } from '../support/synced-sites.ts';
import { defaultXmlLimits } from '../../src/xml/limits.ts';

const at = '/portal_repository';
const large = (title: string): string => card(title.repeat(20_000), '1');

async function kept(publisher: TestSite): Promise<{ readonly pieces: readonly string[]; readonly row: string }> {
  const [row] = await publisher.context.store.subscribers('Repository');
  const pieces = await publisher.context.store.pieces(row?.peer ?? expect.unreachable('it has subscribed'));
  return { pieces, row: JSON.stringify(row) };
}

describe('a document that comes in pieces', () => {
  it('is kept beside the row until it is whole, so that no message costs what the whole document does', async () => {
    const { publisher, subscriber, wire } = await seedPair({}, { maxMessageOctets: 10_000 });
    await sync(subscriber, 'Repository', wire);
    await subscriber.put(`${at}/large`, large('ab'));
    const first = wire.requests;
    wire.fault = (where, count) => {
      if (where === 'answer' && count === first + 3) throw new TypeError('cut off');
    };
    await expect(sync(subscriber, 'Repository', wire)).rejects.toThrow('cut off');
    const { pieces, row } = await kept(publisher);
    expect(pieces).toHaveLength(3);
    expect(row.length).toBeLessThan(5_000);
    expect(large('ab').startsWith(pieces.join(''))).toBe(true);
    wire.fault = () => undefined;
    await sync(subscriber, 'Repository', wire);
    expect(await publisher.get(`${at}/large`)).toBe(large('ab'));
    expect((await kept(publisher)).pieces).toEqual([]);
  });

  it.each(['publisher', 'subscriber'] as const)('is read once by the %s that sends it', async (side) => {
    const pair = await seedPair({}, { maxMessageOctets: 10_000 });
    await sync(pair.subscriber, 'Repository', pair.wire);
    await pair[side].put(`${at}/large`, large('ab'));
    const { store } = pair[side].context;
    const changes = store.changes.bind(store);
    let times = 0;
    store.changes = async (...range) => {
      const page = await changes(...range);
      times += page.filter(({ revision }) => revision.version.document.length > 10_000).length;
      return page;
    };
    const first = pair.wire.requests;
    await sync(pair.subscriber, 'Repository', pair.wire);
    expect(pair.wire.requests - first).toBeGreaterThan(6);
    expect(times).toBe(1);
    const other = side === 'publisher' ? 'subscriber' : 'publisher';
    expect(await pair[other].get(`${at}/large`)).toBe(large('ab'));
  });

  it('is given up with its session', async () => {
    const { publisher, subscriber, wire } = await seedPair({}, { maxMessageOctets: 10_000 });
    await sync(subscriber, 'Repository', wire);
    await subscriber.put(`${at}/large`, large('ab'));
    const first = wire.requests;
    wire.fault = (where, count) => {
      if (where === 'answer' && count === first + 3) throw new TypeError('cut off');
    };
    await expect(sync(subscriber, 'Repository', wire)).rejects.toThrow('cut off');
    wire.fault = () => undefined;
    await subscriber.put(`${at}/large`, card('small', '1'));
    await sync(subscriber, 'Repository', wire, { restart: true });
    expect(await publisher.get(`${at}/large`)).toBe(card('small', '1'));
    expect((await kept(publisher)).pieces).toEqual([]);
  });

  it('is refused with its first piece when it says that it is larger than may be, and none is kept; the rest comes', async () => {
    const limits = { ...defaultXmlLimits, maxOctets: 20_000 };
    const { publisher, subscriber, wire } = await seedPair({}, { maxMessageOctets: 10_000 }, { publisher: limits });
    await sync(subscriber, 'Repository', wire);
    await subscriber.put(`${at}/large`, large('ab'));
    await subscriber.put(`${at}/small`, card('small', '1'));
    await sync(subscriber, 'Repository', wire);
    expect(await publisher.get(`${at}/large`)).toBeUndefined();
    expect(await publisher.get(`${at}/small`)).toBe(card('small', '1'));
    expect((await kept(publisher)).pieces).toEqual([]);
    const { peer = 0 } = (await subscriber.context.store.subscription('Repository')) ?? {};
    const refused = await subscriber.context.store.exceptions(peer, { reason: 'refused' });
    expect([...refused.values()]).toMatchObject([{ code: 413 }]);
    const told = (await publisher.context.store.log({ limit: 20 })).map(({ text }) => text);
    expect(told).toContainEqual(expect.stringContaining('more than 20000 octets (xml.maxOctets)'));
  });
});
