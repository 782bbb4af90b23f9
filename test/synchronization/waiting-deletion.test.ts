import { mkdtemp, rm } from 'node:fs/promises';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { afterEach, beforeEach, describe, expect, it } from 'vitest';
import { HandClock } from '../support/memory-site.ts';
import { card, sync, TestSite, Wire } from '../support/synced-sites.ts';

const at = '/portal_repository';
const clock = new HandClock();
let folder: string;

beforeEach(async () => {
  folder = await mkdtemp(join(tmpdir(), 'concord-waiting-'));
});

afterEach(async () => {
  await rm(folder, { recursive: true, force: true });
});

function backUp(site: TestSite): string {
  const file = join(folder, `${site.context.site}.sqlite`);
  site.database.run('VACUUM INTO ?', file);
  return file;
}

async function restored(site: string, file: string): Promise<TestSite> {
  const again = new TestSite(site, clock, { file });
  await again.context.store.startEpoch();
  return again;
}

describe('a deletion that waits to be told to a publisher that had forgotten it', () => {
  it('is told, though the publisher is restored meanwhile', async () => {
    const [before, made] = [new TestSite('cps', clock), new TestSite('client', clock)];
    await before.addAccount('sync', 'a:b');
    await before.put(`${at}/a`, card('A', '1'));
    await before.publish('Repository', at);
    await made.subscribe('Repository', before, at);
    await made.put(`${at}/b`, card('B', '1'));
    const file = backUp(made);
    await sync(made, 'Repository', new Wire(before, made));
    const subscriber = await restored('client', file);
    await subscriber.remove(`${at}/b`);
    await sync(subscriber, 'Repository', new Wire(before, subscriber));
    expect(await before.get(`${at}/b`)).toBe(card('B', '1'));
    const publisher = await restored('cps', backUp(before));
    const wire = new Wire(publisher, subscriber);
    for (let round = 0; round < 3; round += 1) await sync(subscriber, 'Repository', wire);
    expect(Object.keys(await publisher.tree(at))).toEqual(['/a']);
    expect(await subscriber.tree(at)).toEqual(await publisher.tree(at));
    expect(await publisher.context.store.countConflicts()).toBe(0);
    expect((await sync(subscriber, 'Repository', wire)).traffic.requests).toBe(1);
  });
});
