import { copyFile, mkdir, mkdtemp, readdir, rm, truncate } from 'node:fs/promises';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { pathToFileURL } from 'node:url';
import { afterAll, beforeAll, describe, expect, it } from 'vitest';
import { DropFolder } from '../../src/adapters/drop-folder/drop-folder.ts';
import { collectMessages } from '../../src/use-cases/exchange/collect-messages.ts';
import type { SyncReport } from '../../src/use-cases/subscriber/run-sync.ts';
import { runSync } from '../../src/use-cases/subscriber/run-sync.ts';
import { HandClock } from '../support/memory-site.ts';
import { card, TestSite } from '../support/synced-sites.ts';

const at = '/portal_repository';
let folder: string;

beforeAll(async () => {
  folder = await mkdtemp(join(tmpdir(), 'concord-drop-'));
});

afterAll(async () => {
  await rm(folder, { recursive: true });
});

/** Two sites that have each a folder of their own, between which files are carried. */
class Offices {
  readonly clock = new HandClock();
  readonly publisher = new TestSite('cps', this.clock, { maxMessageOctets: 16_000_000 });
  readonly subscriber = new TestSite('cps_client', this.clock, { maxMessageOctets: 16_000_000 });
  readonly above: string;
  readonly below: string;
  readonly #box = new DropFolder(this.clock);

  constructor(name: string) {
    this.above = join(folder, name, 'above');
    this.below = join(folder, name, 'below');
  }

  async open(objects: number): Promise<void> {
    for (const office of [this.above, this.below])
      for (const box of ['to-publisher', 'to-subscriber', 'kept']) await mkdir(join(office, box), { recursive: true });
    await this.publisher.addAccount('sync', 'a:b');
    for (let number = 0; number < objects; number += 1)
      await this.publisher.put(`${at}/${number}`, card(`Number ${number}`, '1'));
    await this.publisher.publish('Repository', at, { url: pathToFileURL(this.above).href });
    await this.subscriber.subscribe('Repository', this.publisher, at, {
      publicationUrl: pathToFileURL(this.below).href,
    });
  }

  async sync(): Promise<SyncReport> {
    this.clock.at += 1000;
    const control = { services: this.subscriber.services, transport: this.#box };
    return runSync(this.subscriber.context, { id: 'Repository', options: { holder: 'test' } }, control);
  }

  async collect(site: TestSite): Promise<{ readonly count: number; readonly report: SyncReport | undefined }> {
    this.clock.at += 1000;
    const { context, services } = site;
    const box = this.#box;
    return collectMessages(context, { services, transport: box, box, holder: 'collect', maxOctets: 32_000_000 });
  }

  /** Carries all files of one box from one office to the other. */
  async carry(from: string, to: string, box: 'to-publisher' | 'to-subscriber'): Promise<readonly string[]> {
    const names = (await readdir(join(from, box))).filter((name) => !name.startsWith('.'));
    for (const name of names) {
      await copyFile(join(from, box, name), join(to, box, name));
      await rm(join(from, box, name));
    }
    return names;
  }

  /** One journey of the stick: there, and back. */
  async journey(): Promise<void> {
    await this.carry(this.below, this.above, 'to-publisher');
    await this.collect(this.publisher);
    await this.carry(this.above, this.below, 'to-subscriber');
    await this.collect(this.subscriber);
  }

  async session() {
    return (await this.subscriber.context.store.subscription('Repository'))?.state.session;
  }
}

describe('a sync by drop folder', () => {
  it('brings ten thousand objects with one journey', async () => {
    const offices = new Offices('large');
    await offices.open(3);
    await offices.publisher.context.store.update(async () => ({ batch: {}, result: undefined }));
    for (let number = 0; number < 10_000; number += 1)
      await offices.publisher.put(`${at}/n${number}`, card(`Number ${number}`, `${number}`));
    expect((await offices.sync()).waiting).toMatchObject({
      for: 'answer',
      where: expect.stringContaining(join(offices.below, 'to-publisher')) as string,
    });
    await offices.journey();
    expect(await offices.session()).toBeUndefined();
    expect(await offices.subscriber.tree(at)).toEqual(await offices.publisher.tree(at));
  });

  it('leaves nothing but the farewell when it is over', async () => {
    const offices = new Offices('tidy');
    await offices.open(3);
    await offices.sync();
    await offices.journey();
    expect(await readdir(join(offices.below, 'to-subscriber'))).toEqual([]);
    expect(await readdir(join(offices.above, 'to-subscriber'))).toEqual([]);
    expect(await readdir(join(offices.above, 'to-publisher'))).toEqual([]);
    expect(await readdir(join(offices.below, 'to-publisher'))).toHaveLength(1);
    await offices.journey();
    expect(await readdir(join(offices.below, 'to-publisher'))).toEqual([]);
    const [row] = await offices.publisher.context.store.subscribers('Repository');
    expect(row?.state.lastSyncAt).toBeDefined();
    expect(row?.state.session).toBeUndefined();
  });

  it('leaves alone what is for others', async () => {
    const offices = new Offices('shared');
    await offices.open(3);
    await offices.sync();
    await offices.carry(offices.below, offices.above, 'to-publisher');
    const other = new TestSite('another', offices.clock);
    await other.put('/elsewhere/x', card('X', '1'));
    await other.publish('Other', '/elsewhere', { url: pathToFileURL(offices.above).href });
    expect((await offices.collect(other)).count).toBe(0);
    expect((await offices.collect(offices.publisher)).count).toBe(1);
  });

  it('waits for a file that is still copied, and sets it aside when it never gets whole', async () => {
    const offices = new Offices('cut');
    await offices.open(40);
    await offices.sync();
    const [name = ''] = await offices.carry(offices.below, offices.above, 'to-publisher');
    const path = join(offices.above, 'to-publisher', name);
    await copyFile(path, `${path}.whole`);
    await truncate(path, 200);
    offices.clock.at = Date.now();
    expect((await offices.collect(offices.publisher)).count).toBe(0);
    expect(await readdir(join(offices.above, 'to-publisher'))).toContain(name);
    offices.clock.at += 120_000;
    expect((await offices.collect(offices.publisher)).count).toBe(0);
    expect(await readdir(join(offices.above, 'unreadable'))).toEqual([name]);
    const [line] = await offices.publisher.context.store.log();
    expect(line).toMatchObject({ level: 'warning', text: expect.stringContaining('set aside') as string });
    await offices.sync();
    await offices.journey();
    expect(await offices.subscriber.tree(at)).toEqual(await offices.publisher.tree(at));
  });
});

function numbersFrom(seed: number): (below: number) => number {
  let state = seed * 2_654_435_761 + 1;
  return (below) => {
    state = (Math.imul(state ^ (state >>> 15), 0x2c1b3c6d) + 0x3d4d51cb) >>> 0;
    return (state >>> 8) % below;
  };
}

describe('files that are lost, doubled, late, reordered or cut', () => {
  const seeds = Array.from({ length: 20 }, (_, seed) => seed + 1);

  /** A courier who loses, cuts, copies and finds again. */
  async function carryBadly(offices: Offices, next: (below: number) => number, way: 'up' | 'down'): Promise<void> {
    const [from, to] = way === 'up' ? [offices.below, offices.above] : [offices.above, offices.below];
    const box = way === 'up' ? 'to-publisher' : 'to-subscriber';
    for (const name of await offices.carry(from, to, box)) {
      const path = join(to, box, name);
      const fate = next(7);
      if (fate < 3) await copyFile(path, join(to, 'kept', name));
      if (fate === 0) await truncate(path, 1 + next(400));
      if (fate === 1) await rm(path);
    }
    const kept = await readdir(join(to, 'kept'));
    const found = kept[next(Math.max(1, kept.length))];
    if (found !== undefined && next(2) === 0) await copyFile(join(to, 'kept', found), join(to, box, found));
  }

  it.each(seeds)('lose nothing in the end (seed %i)', async (seed) => {
    const offices = new Offices(`seed-${seed}`);
    const next = numbersFrom(seed);
    await offices.open(3);
    for (let round = 0; round < 8; round += 1) {
      for (let edits = next(4); edits > 0; edits -= 1) {
        const site = next(2) === 0 ? offices.publisher : offices.subscriber;
        await site.put(`${at}/${next(8)}`, card(`${site.context.site} ${next(100)}`, `${next(100)}`));
      }
      await offices.sync();
      await carryBadly(offices, next, 'up');
      await offices.collect(offices.publisher);
      await carryBadly(offices, next, 'down');
      await offices.collect(offices.subscriber);
    }
    for (let round = 0; round < 6; round += 1) {
      await offices.sync();
      await offices.journey();
    }
    expect(await offices.session()).toBeUndefined();
    expect(await offices.subscriber.tree(at)).toEqual(await offices.publisher.tree(at));
  });
});
