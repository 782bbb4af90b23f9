import { copyFileSync, existsSync } from 'node:fs';
import { join } from 'node:path';
import { afterEach, beforeEach, describe, expect, it } from 'vitest';
import type { DatabaseOptions } from '../../../src/adapters/sqlite/sqlite-database.ts';
import { openSiteDatabase, SqliteSiteStore } from '../../../src/adapters/sqlite/sqlite-site-store.ts';
import type { Boots } from '../../../src/ports/boots.ts';
import { commit, write } from '../../contract/site-data.ts';
import { surroundings, temporaryFolder } from './sqlite-fixture.ts';

let folder = temporaryFolder();
const opened: SqliteSiteStore[] = [];

beforeEach(() => {
  folder = temporaryFolder();
});

afterEach(async () => {
  await close(...opened.splice(0));
  folder.remove();
});

const boot = (name: string): Boots => ({ present: name, isPresent: (kept) => kept === name });

/** A process of its own, as far as the file is concerned. */
function open(name: string, options: DatabaseOptions = {}, file = 'site.sqlite'): SqliteSiteStore {
  const database = openSiteDatabase(join(folder.path, file), options);
  const store = new SqliteSiteStore(database, 'cps', { ...surroundings, boots: boot(name) });
  opened.push(store);
  return store;
}

async function close(...stores: readonly SqliteSiteStore[]): Promise<void> {
  for (const store of stores) await store[Symbol.asyncDispose]();
}

/** What the disk has at this moment; the processes are gone. */
function cutOff(to: string, isLogThere = true): void {
  const file = join(folder.path, 'site.sqlite');
  copyFileSync(file, join(folder.path, to));
  if (isLogThere && existsSync(`${file}-wal`)) copyFileSync(`${file}-wal`, join(folder.path, `${to}-wal`));
}

async function epochOf(store: SqliteSiteStore): Promise<string> {
  return (await store.head()).epoch;
}

describe('a site that was open when the machine stopped', () => {
  it('begins one new epoch in the next run, whoever opens it first and however many do', async () => {
    const first = open('first');
    await commit(first, write('a'));
    cutOff('after.sqlite');
    const both = [open('second', {}, 'after.sqlite'), open('second', {}, 'after.sqlite')] as const;
    const [one, other] = await Promise.all(both.map(epochOf));
    expect(one).not.toBe(await epochOf(first));
    expect(other).toBe(one);
    expect((await both[0].head()).seq).toBe(2);
    await commit(both[1], write('b'));
    expect((await both[0].head()).seq).toBe(3);
  });

  it('is known for that by its file alone, too, where the log beside it has vanished', async () => {
    const before = open('first');
    const epoch = await epochOf(before);
    await close(before);
    const first = open('first');
    await commit(first, write('a'));
    cutOff('after.sqlite', false);
    expect(await epochOf(open('second', {}, 'after.sqlite'))).not.toBe(epoch);
  });

  it('begins one, too, when only one of two processes had closed it', async () => {
    const [first, second] = [open('first'), open('first')];
    await commit(first, write('a'));
    await commit(second, write('b'));
    await close(first);
    cutOff('after.sqlite');
    expect(await epochOf(open('second', {}, 'after.sqlite'))).not.toBe(await epochOf(second));
  });

  it('begins one, too, when it is opened with store.flush: full then', async () => {
    const first = open('first');
    await commit(first, write('a'));
    cutOff('after.sqlite');
    expect(await epochOf(open('second', { flush: 'full' }, 'after.sqlite'))).not.toBe(await epochOf(first));
  });

  it('begins one as soon as it can be written, where it was opened for reading before', async () => {
    const first = open('first');
    const epoch = await epochOf(first);
    await commit(first, write('a'));
    cutOff('after.sqlite');
    const database = openSiteDatabase(join(folder.path, 'after.sqlite'));
    database.execute('PRAGMA query_only = 1');
    const second = new SqliteSiteStore(database, 'cps', { ...surroundings, boots: boot('second') });
    opened.push(second);
    expect(await epochOf(second)).toBe(epoch);
    database.execute('PRAGMA query_only = 0');
    await commit(second, write('b'));
    expect(await epochOf(second)).not.toBe(epoch);
    expect((await second.head()).seq).toBe(3);
  });
});

describe('a site goes on in its epoch', () => {
  it.each([
    ['in the order in which they came', [0, 1, 2]],
    ['the first one last', [2, 1, 0]],
    ['in another order', [1, 0, 2]],
  ])('when all processes closed it, %s', async (_name, order) => {
    const stores = [open('first'), open('first'), open('first')];
    for (const [n, store] of stores.entries()) await commit(store, write(`of-${String(n)}`));
    const epoch = await epochOf(stores[0] ?? open('first'));
    for (const n of order) await close(...stores.slice(n, n + 1));
    cutOff('after.sqlite');
    expect(await epochOf(open('second', {}, 'after.sqlite'))).toBe(epoch);
  });

  it('when a process was killed in the same run of the machine', async () => {
    const first = open('first');
    await commit(first, write('a'));
    cutOff('after.sqlite');
    const next = open('first', {}, 'after.sqlite');
    await commit(next, write('b'));
    expect(await epochOf(next)).toBe(await epochOf(first));
  });

  it('when it was only read, and nothing is written then', async () => {
    await close(open('first'));
    const first = open('first');
    const before = first.statistics.rowsWritten;
    await first.head();
    await first.subscriptions();
    expect(first.statistics.rowsWritten).toBe(before);
    cutOff('after.sqlite');
    expect(await epochOf(open('second', {}, 'after.sqlite'))).toBe(await epochOf(first));
  });

  it('with store.flush: full, when the machine was cut off', async () => {
    const first = open('first', { flush: 'full' });
    await commit(first, write('a'));
    cutOff('after.sqlite');
    expect(await epochOf(open('second', {}, 'after.sqlite'))).toBe(await epochOf(first));
  });
});
