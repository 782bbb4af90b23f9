import { mkdtemp, rm } from 'node:fs/promises';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { afterEach, beforeEach, describe, expect, it } from 'vitest';
import { card, seedPair, sync, TestSite, Wire } from '../support/synced-sites.ts';

const at = '/portal_repository';
let folder: string;

beforeEach(async () => {
  folder = await mkdtemp(join(tmpdir(), 'concord-start-'));
});

afterEach(async () => {
  await rm(folder, { recursive: true, force: true });
});

describe('a subscriber that is restored to before its first sync', () => {
  it('is a new one, and gets back what it has deleted since (ADR 0018)', async () => {
    const { publisher, subscriber, wire, clock } = await seedPair();
    await subscriber.put(`${at}/own`, card('Own', '1'));
    const file = join(folder, 'backup.sqlite');
    subscriber.database.run('VACUUM INTO ?', file);
    await sync(subscriber, 'Repository', wire);
    const restored = new TestSite('cps_client', clock, { file });
    await restored.context.store.startEpoch();
    await restored.remove(`${at}/own`);
    const wires = new Wire(publisher, restored);
    for (let round = 0; round < 2; round += 1) await sync(restored, 'Repository', wires);
    for (const site of [publisher, restored]) expect(await site.get(`${at}/own`)).toBe(card('Own', '1'));
    expect(await restored.context.store.conflicts()).toEqual([]);
    expect((await sync(restored, 'Repository', wires)).traffic.requests).toBe(1);
  });
});

describe('a publisher that is restored to within a first sync that broke off', () => {
  it('gets back the conflicts that it had told in it', async () => {
    const { publisher: before, subscriber, wire, clock } = await seedPair();
    const file = join(folder, 'backup.sqlite');
    await subscriber.put(`${at}/own`, card('Own', '1'));
    wire.fault = (where, count) => {
      if (where === 'answer' && count === 3) throw new TypeError('cut off');
    };
    await expect(sync(subscriber, 'Repository', wire)).rejects.toThrow('cut off');
    before.database.run('VACUUM INTO ?', file);
    await subscriber.remove(`${at}/own`);
    await before.put(`${at}/own/below`, card('Below', '1'));
    wire.fault = (where, count) => {
      if (where === 'request' && count > 3 && /conflict\+json/.test(wire.exchanges.at(-1)?.answer ?? ''))
        throw new TypeError('cut off');
    };
    await expect(sync(subscriber, 'Repository', wire, { restart: true })).rejects.toThrow('cut off');
    const [told] = await subscriber.context.store.conflicts({ state: 'open' });
    expect(told).toMatchObject({ field: 'existence' });
    const publisher = new TestSite('cps', clock, { file });
    await publisher.context.store.startEpoch();
    for (let round = 0; round < 3; round += 1)
      await sync(subscriber, 'Repository', new Wire(publisher, subscriber), { restart: round === 0 });
    for (const site of [publisher, subscriber])
      expect(await site.context.store.conflicts({ state: 'open' })).toMatchObject([{ id: told?.id }]);
    expect(await subscriber.tree(at)).toEqual(await publisher.tree(at));
  });
});
