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
