import { describe, expect, it } from 'vitest';
import { resolveConflicts } from '../../src/use-cases/exchange/resolve-conflict.ts';
import type { Pair } from '../support/synced-sites.ts';
import { idsOf, pairInConflict } from './pair-in-conflict.ts';
import { card, manager, seedPair, sync } from '../support/synced-sites.ts';

const at = '/portal_repository';

/** More conflicts than a message has room for. */
async function pairInConflicts(count: number): Promise<Pair> {
  const pair = await seedPair({}, { maxMessageOctets: 10_000 });
  const { publisher, subscriber, wire } = pair;
  const names = Array.from({ length: count }, (_, number) => `${at}/n${number}`);
  for (const name of names) await publisher.put(name, card('A', '1'));
  await sync(subscriber, 'Repository', wire);
  for (const name of names) {
    await publisher.put(name, card('A', '10'));
    await subscriber.put(name, card('A', '100'));
  }
  await sync(subscriber, 'Repository', wire);
  return pair;
}

describe('settling a conflict', () => {
  it('takes the subscriber’s value at the publisher, and the subscriber learns of it', async () => {
    const { publisher, subscriber, wire } = await pairInConflict();
    await resolveConflicts(publisher.context, manager, { ids: await idsOf(publisher), keep: 'subscriber' });
    expect(await publisher.get(`${at}/a`)).toContain('>100<');
    await sync(subscriber, 'Repository', wire);
    expect(await subscriber.get(`${at}/a`)).toContain('>100<');
    expect(await idsOf(publisher)).toEqual([]);
    expect(await idsOf(subscriber)).toEqual([]);
  });

  it('closes the note without content when the publisher’s value is kept at the subscriber', async () => {
    const { publisher, subscriber, wire } = await pairInConflict();
    await resolveConflicts(subscriber.context, manager, { ids: await idsOf(subscriber), keep: 'publisher' });
    expect(await idsOf(publisher)).toHaveLength(1);
    await sync(subscriber, 'Repository', wire);
    expect(await idsOf(publisher)).toEqual([]);
    expect(await publisher.get(`${at}/a`)).toContain('>10<');
    const report = await sync(subscriber, 'Repository', wire);
    expect(report.conflicts).toBe(0);
  });

  it.each(['publisher', 'subscriber'] as const)(
    'tells of more settlements than a message has room for, the %s’s values kept',
    async (keep) => {
      const { publisher, subscriber, wire } = await pairInConflicts(60);
      await resolveConflicts(subscriber.context, manager, { ids: await idsOf(subscriber), keep });
      const before = wire.requests;
      await sync(subscriber, 'Repository', wire);
      expect(wire.requests - before).toBeLessThan(40);
      await sync(subscriber, 'Repository', wire);
      expect(await idsOf(publisher)).toEqual([]);
      expect(await subscriber.context.store.conflicts({ state: 'closing' })).toEqual([]);
    },
  );

  it('reads as many settlements as it tells, however many messages it takes', async () => {
    const rowsOf = async (count: number): Promise<number> => {
      const { subscriber, wire } = await pairInConflicts(count);
      const ids = await idsOf(subscriber);
      await resolveConflicts(subscriber.context, manager, { ids, keep: 'publisher' });
      const before = subscriber.context.store.statistics.rowsRead;
      await sync(subscriber, 'Repository', wire);
      return subscriber.context.store.statistics.rowsRead - before;
    };
    expect(await rowsOf(160)).toBeLessThan(2.4 * (await rowsOf(80)));
  });

  it('carries another value from the subscriber to everybody', async () => {
    const { publisher, subscriber, wire } = await pairInConflict();
    await resolveConflicts(subscriber.context, manager, { ids: await idsOf(subscriber), value: '555' });
    await sync(subscriber, 'Repository', wire);
    expect(await publisher.get(`${at}/a`)).toContain('>555<');
    expect(await idsOf(publisher)).toEqual([]);
    await sync(subscriber, 'Repository', wire);
    expect(await subscriber.tree(at)).toEqual(await publisher.tree(at));
  });

  it('refuses to settle what somebody else has settled', async () => {
    const { publisher } = await pairInConflict();
    const ids = await idsOf(publisher);
    await resolveConflicts(publisher.context, manager, { ids, keep: 'publisher' });
    await expect(resolveConflicts(publisher.context, manager, { ids, keep: 'subscriber' })).rejects.toMatchObject({
      code: 'CON-E006',
    });
    expect(await publisher.get(`${at}/a`)).toContain('>10<');
  });

  it('asks whether to delete after all when an edit met a deletion, and deletes when told to', async () => {
    const { publisher, subscriber, wire } = await seedPair();
    await publisher.put(`${at}/a`, card('A', '1'));
    await sync(subscriber, 'Repository', wire);
    await publisher.remove(`${at}/a`);
    await subscriber.put(`${at}/a`, card('A', '2'));
    await sync(subscriber, 'Repository', wire);
    expect(await publisher.get(`${at}/a`)).toContain('>2<');
    expect(await subscriber.tree(at)).toEqual(await publisher.tree(at));
    const ids = await idsOf(publisher);
    expect(ids).toHaveLength(1);
    await resolveConflicts(publisher.context, manager, { ids, keep: 'subscriber' });
    await sync(subscriber, 'Repository', wire);
    expect(await subscriber.get(`${at}/a`)).toBeUndefined();
  });
});
