import { describe, expect, it } from 'vitest';
import type { Conflict } from '../../src/synchronization/conflict.ts';
import { resolveConflicts } from '../../src/use-cases/exchange/resolve-conflict.ts';
import { defaultXmlLimits } from '../../src/xml/limits.ts';
import { HandClock } from '../support/memory-site.ts';
import { restoredSite, siteFiles } from '../support/site-files.ts';
import type { Pair } from '../support/synced-sites.ts';
import { card, haveMet, manager, seedPair, sync, TestSite, Wire } from '../support/synced-sites.ts';

const at = '/portal_repository';
const files = siteFiles();
const maxMessageOctets = 10_000;
/** A phone of many messages' length, with all that JSON and XML write longer than it is. */
const long = (mark: string): string => `${mark} "<![CDATA[]]>" \\ ß 😀`.replaceAll('<![CDATA[]]>', '&amp;').repeat(600);

async function open({ context }: TestSite): Promise<readonly Conflict[]> {
  const conflicts = await context.store.conflicts({ state: 'open' });
  return conflicts.map(({ id, gid, field, base, publisher, subscriber, state, openedAt }) => {
    const both = { base, publisher, subscriber };
    return { id, gid, field, ...both, state, openedAt, peer: 0, role: 'publisher', settledBy: undefined };
  });
}

/** Edits the same field on both sides, after both had the object. */
async function contradict({ publisher, subscriber, wire }: Pair, ids: readonly string[]): Promise<void> {
  for (const id of ids) await publisher.put(`${at}/${id}`, card(id, '1'));
  for (let round = 0; round < 2; round += 1) await sync(subscriber, 'Repository', wire);
  for (const id of ids) {
    await publisher.put(`${at}/${id}`, card(id, long('ours')));
    await subscriber.put(`${at}/${id}`, card(id, long('theirs')));
  }
}

/** Cuts the connection once, at the first message of which that is true. */
function cutOnce(wire: Wire, where: 'request' | 'answer', isThis: (count: number) => boolean): void {
  wire.fault = (place, count) => {
    if (place !== where || !isThis(count)) return;
    wire.fault = () => undefined;
    throw new TypeError('cut off');
  };
}

const note = /concord\.conflict\+json/;

/** A sync that is cut off when three pieces of a note have come. */
async function cutInside(
  { subscriber, wire }: Pick<Pair, 'subscriber' | 'wire'>,
  where: 'request' | 'answer',
): Promise<void> {
  const isInside = (): boolean => wire.exchanges.slice(-3).every(({ answer }) => note.test(answer));
  cutOnce(wire, where, () => isInside() && wire.exchanges.length > 3);
  await expect(sync(subscriber, 'Repository', wire)).rejects.toThrow('cut off');
}

describe("a conflict's note that is larger than a message", () => {
  it('comes to the subscriber in pieces, with what comes after it', async () => {
    const pair = await seedPair({}, { maxMessageOctets });
    await contradict(pair, ['a', 'b']);
    await sync(pair.subscriber, 'Repository', pair.wire);
    const told = await open(pair.subscriber);
    expect(told).toHaveLength(2);
    expect(told).toEqual(await open(pair.publisher));
    const sizes = pair.wire.exchanges.map(({ answer }) => Buffer.byteLength(answer));
    expect(Math.max(...sizes)).toBeLessThan(maxMessageOctets);
  });

  it.each(['request', 'answer'] as const)(
    'goes on where it was when one %s is lost between two pieces',
    async (where) => {
      const pair = await seedPair({}, { maxMessageOctets });
      const { publisher, subscriber, wire } = pair;
      await contradict(pair, ['a']);
      await cutInside(pair, where);
      const before = wire.requests;
      await sync(subscriber, 'Repository', wire);
      expect(await open(subscriber)).toEqual(await open(publisher));
      const begun = wire.exchanges.slice(before).filter(({ answer }) => /<Size [^>]*>\d/.test(answer));
      // The value that stands comes behind the note.
      expect(begun.map(({ answer }) => note.test(answer))).toEqual([false]);
    },
  );

  it('comes before the value that stands: a subscriber keeps its own until it has both, also where the publisher is restored meanwhile', async () => {
    const clock = new HandClock();
    const publisher = new TestSite('cps', clock, { maxMessageOctets, file: files.file('cps') });
    const subscriber = new TestSite('cps_client', clock);
    const wire = await haveMet(publisher, subscriber);
    const backup = files.backUp(publisher);
    await publisher.put(`${at}/a`, card('A', long('ours')));
    await subscriber.put(`${at}/a`, card('A', long('theirs')));
    await cutInside({ subscriber, wire }, 'answer');
    const restored = await restoredSite('cps', clock, backup);
    for (let round = 0; round < 3; round += 1) await sync(subscriber, 'Repository', new Wire(restored, subscriber));
    for (const site of [restored, subscriber]) expect(await site.get(`${at}/a`)).toBe(card('A', long('theirs')));
    expect(await open(restored)).toEqual([]);
  });

  it('is told as it is now when it was written anew between two pieces', async () => {
    const pair = await seedPair({}, { maxMessageOctets });
    const { publisher, subscriber, wire } = pair;
    await contradict(pair, ['a', 'b']);
    await cutInside(pair, 'answer');
    const ids = (await open(publisher)).map(({ id }) => id);
    expect(ids).toHaveLength(2);
    await resolveConflicts(publisher.context, manager, { ids, keep: 'publisher' });
    await sync(subscriber, 'Repository', wire);
    expect(await open(subscriber)).toEqual([]);
    expect(await subscriber.context.store.countConflicts({ state: 'settled' })).toBe(2);
  });

  it('waits behind a document that goes in pieces, where it was written meanwhile', async () => {
    const { publisher, subscriber, wire } = await seedPair({}, { maxMessageOctets });
    for (const phone of ['1', '2']) {
      await publisher.put(`${at}/a`, card('A', phone));
      if (phone === '2') await subscriber.put(`${at}/a`, card('A', '3'));
      for (let round = 0; round < 2; round += 1) await sync(subscriber, 'Repository', wire);
    }
    await publisher.put(`${at}/long`, card('L', long('ours')));
    const before = wire.requests;
    cutOnce(wire, 'answer', () => wire.exchanges.slice(before).some(({ answer }) => answer.includes('<MoreData/>')));
    await expect(sync(subscriber, 'Repository', wire)).rejects.toThrow('cut off');
    const ids = (await open(publisher)).map(({ id }) => id);
    await resolveConflicts(publisher.context, manager, { ids, keep: 'publisher' });
    for (let round = 0; round < 2; round += 1) await sync(subscriber, 'Repository', wire);
    expect(await subscriber.tree(at)).toEqual(await publisher.tree(at));
    expect(await open(subscriber)).toEqual([]);
    expect(ids).toHaveLength(1);
    const refused = wire.exchanges.filter(({ request }) => request.includes('<Data>415</Data>'));
    expect(refused).toEqual([]);
  });

  it('begins anew with its session', async () => {
    const pair = await seedPair({}, { maxMessageOctets });
    await contradict(pair, ['a']);
    await cutInside(pair, 'answer');
    await sync(pair.subscriber, 'Repository', pair.wire, { restart: true });
    expect(await open(pair.subscriber)).toEqual(await open(pair.publisher));
  });

  it('is let pass, and said to be, where it is larger than this side takes; the rest comes', async () => {
    const clock = new HandClock();
    const xmlLimits = { ...defaultXmlLimits, maxOctets: 1000 };
    const publisher = new TestSite('cps', clock, { maxMessageOctets });
    const subscriber = new TestSite('cps_client', clock, { maxMessageOctets, xmlLimits });
    await publisher.addAccount('sync', 'a:b');
    for (const id of ['a', 'b']) await publisher.put(`${at}/${id}`, card(id, '1'));
    await publisher.publish('Repository', at);
    await subscriber.subscribe('Repository', publisher, at);
    const wire = new Wire(publisher, subscriber);
    await sync(subscriber, 'Repository', wire);
    await publisher.put(`${at}/a`, card('a', long('ours')));
    await publisher.put(`${at}/b`, card('b', '10'));
    for (const id of ['a', 'b']) await subscriber.put(`${at}/${id}`, card(id, '100'));
    for (let round = 0; round < 3; round += 1) await sync(subscriber, 'Repository', wire);
    expect(await open(publisher)).toHaveLength(2);
    expect(await open(subscriber)).toMatchObject([{ subscriber: { value: '100' }, publisher: { value: '10' } }]);
    const told = (await subscriber.context.store.log({ limit: 20 })).map(({ text }) => text);
    expect(told).toContainEqual(expect.stringContaining('its values have more octets than this site takes'));
  });
});

describe('a restored publisher', () => {
  async function restored(): Promise<Pair & { readonly notes: readonly Conflict[] }> {
    const clock = new HandClock();
    const before = new TestSite('cps', clock, { file: files.file('cps'), maxMessageOctets });
    const subscriber = new TestSite('cps_client', clock, { maxMessageOctets });
    await before.addAccount('sync', 'a:b');
    await before.put(`${at}/first`, card('first', '1'));
    await before.publish('Repository', at);
    await subscriber.subscribe('Repository', before, at);
    const pair = { publisher: before, subscriber, wire: new Wire(before, subscriber), clock };
    await contradict(pair, ['a', 'b']);
    const backup = files.backUp(before);
    await sync(subscriber, 'Repository', pair.wire);
    const notes = await open(before);
    expect(notes).toHaveLength(2);
    const publisher = new TestSite('cps', clock, { file: backup, maxMessageOctets });
    await publisher.context.store.startEpoch();
    return { ...pair, publisher, wire: new Wire(publisher, subscriber), notes };
  }

  it.each(['nothing', 'request', 'answer'] as const)(
    'gets large notes back in pieces; lost on the way: %s',
    async (lost) => {
      const { publisher, subscriber, wire, notes } = await restored();
      if (lost !== 'nothing') {
        const isInside = (): boolean => wire.exchanges.slice(-3).every(({ request }) => note.test(request));
        cutOnce(wire, lost, () => isInside() && wire.exchanges.length > 3);
        await expect(sync(subscriber, 'Repository', wire)).rejects.toThrow('cut off');
      }
      for (let round = 0; round < 3; round += 1) await sync(subscriber, 'Repository', wire);
      expect(wire.exchanges.filter(({ request }) => note.test(request)).length).toBeGreaterThan(8);
      const ids = notes.map(({ id }) => id);
      expect((await open(publisher)).map(({ id }) => id)).toEqual(expect.arrayContaining(ids));
      expect(await open(subscriber)).toEqual(await open(publisher));
      const sizes = wire.exchanges.map(({ request }) => Buffer.byteLength(request));
      expect(Math.max(...sizes)).toBeLessThan(maxMessageOctets);
    },
  );
});
