import { spawn } from 'node:child_process';
import { once } from 'node:events';
import { join } from 'node:path';
import { setImmediate } from 'node:timers/promises';
import { describe, expect, it } from 'vitest';
import { SqliteInstallation } from '../../../src/adapters/sqlite/sqlite-installation.ts';
import { openSiteDatabase, SqliteSiteStore } from '../../../src/adapters/sqlite/sqlite-site-store.ts';
import { restoreBackup } from '../../../src/adapters/sqlite/restore-backup.ts';
import type { Clock } from '../../../src/ports/clock.ts';
import type { SiteStore } from '../../../src/ports/site-store.ts';
import { commit, countingIdentifiers, findBrokenLink, gid, publication, write } from '../../contract/site-data.ts';
import { temporaryFolder } from './sqlite-fixture.ts';

/** Stands still, and lets others go on while somebody sleeps. */
const patientClock: Clock = {
  now: () => 1_800_000_000_000,
  sleep: async () => {
    await setImmediate();
  },
};

const surroundings = { identifiers: countingIdentifiers(), clock: patientClock };

/** What several processes have open: stores on one file, made as they are asked for. */
async function inOneFile(check: (open: () => SqliteSiteStore, file: string) => Promise<void>): Promise<void> {
  const folder = temporaryFolder();
  const file = join(folder.path, 'site.sqlite');
  const stores: SqliteSiteStore[] = [];
  try {
    await check(() => {
      const store = new SqliteSiteStore(openSiteDatabase(file), 'cps', surroundings);
      stores.push(store);
      return store;
    }, file);
  } finally {
    for (const store of stores) await store[Symbol.asyncDispose]();
    folder.remove();
  }
}

async function letOthersGoOn(times = 20): Promise<void> {
  for (let count = 0; count < times; count++) await setImmediate();
}

/** Decides while the others have time to commit several times. @returns how often it decided */
async function commitSlowly(store: SqliteSiteStore, name: string): Promise<number> {
  let tries = 0;
  await store.update(async () => {
    tries++;
    await letOthersGoOn();
    return { batch: { writes: [write(name)] }, result: undefined };
  });
  return tries;
}

/** Does one thing after the other until it is told to end. @returns how many */
async function repeat(work: (count: number) => Promise<unknown>, isOver: () => boolean): Promise<number> {
  for (let count = 0; ; count++) {
    if (isOver()) return count;
    await work(count);
    await setImmediate();
  }
}

/** A store that `other` has overtaken, and that decides for the second time. It ends when it is told to. */
async function overtake(
  store: SiteStore,
  other: SiteStore,
  name = 'overtaken',
): Promise<{ readonly end: () => Promise<number> }> {
  let tries = 0;
  let end = (): void => undefined;
  const told = new Promise<void>((resolve) => (end = resolve));
  let begun = (): void => undefined;
  const isBegun = new Promise<void>((resolve) => (begun = resolve));
  const done = store.update(async () => {
    if (++tries === 1) await commit(other, write(`before-${name}`));
    else {
      begun();
      await told;
    }
    return { batch: { writes: [write(name)] }, result: undefined };
  });
  await isBegun;
  return {
    end: async () => {
      end();
      await done;
      return tries;
    },
  };
}

async function namesInLog(store: SqliteSiteStore): Promise<readonly string[]> {
  const names: string[] = [];
  for (let seq = 1; seq <= (await store.head()).seq; seq++) names.push((await store.revision(seq))?.version.gid ?? '');
  return names;
}

function reservedIn(file: string): unknown {
  const database = openSiteDatabase(file);
  try {
    return database.get<{ reserved: string }>('SELECT reserved FROM site')?.reserved;
  } finally {
    database.close();
  }
}

describe('a store that was overtaken', () => {
  it('is served next, however fast the others decide, and they go on behind it', async () => {
    await inOneFile(async (open) => {
      const slow = open();
      let isOver = false;
      const fast = ['x', 'y'].map((name) => {
        const store = open();
        return repeat(
          async (count) => commit(store, write(`${name}-${count}`)),
          () => isOver,
        );
      });
      const tries: number[] = [];
      for (const name of ['a', 'b', 'c']) tries.push(await commitSlowly(slow, name));
      isOver = true;
      expect(Math.max(...tries)).toBe(2);
      for (const count of await Promise.all(fast)) expect(count).toBeGreaterThan(3);
      expect(await findBrokenLink(slow)).toBeUndefined();
    });
  });

  it('is served before changes of publications and collections, too, which need no decision', async () => {
    await inOneFile(async (open) => {
      const [slow, other] = [open(), open()];
      let isOver = false;
      const changes = repeat(
        async (count) =>
          count % 2 === 0 ? other.savePublication(publication) : other.openCollection(gid(`root-${count}`)),
        () => isOver,
      );
      const tries = await commitSlowly(slow, 'a');
      isOver = true;
      expect(tries).toBe(2);
      expect(await changes).toBeGreaterThan(0);
    });
  });

  it('is served before whoever comes after it, and those in the order in which they came', async () => {
    await inOneFile(async (open) => {
      const [first, other, ...later] = [open(), open(), open(), open(), open()];
      const { end } = await overtake(first, other);
      const ends: Promise<void>[] = [];
      for (const [at, store] of later.entries()) {
        ends.push(commit(store, write(`later-${at}`)));
        await setImmediate();
      }
      expect(await end()).toBe(2);
      await Promise.all(ends);
      expect(await namesInLog(first)).toEqual(['before-overtaken', 'overtaken', 'later-0', 'later-1', 'later-2']);
    });
  });

  it('lets in those that wait elsewhere, too, where more waits behind it in its own process', async () => {
    await inOneFile(async (open, file) => {
      const [first, other, third] = [open(), open(), open()];
      const { end } = await overtake(first, other);
      const own = ['own-0', 'own-1'].map(async (name) => commit(first, write(name)));
      const theirs = commit(third, write('theirs'));
      await letOthersGoOn();
      await Promise.all([end(), theirs, ...own]);
      const names = await namesInLog(first);
      expect(names.slice(0, 2)).toEqual(['before-overtaken', 'overtaken']);
      expect(names.toSorted()).toEqual(['before-overtaken', 'overtaken', 'own-0', 'own-1', 'theirs']);
      expect(reservedIn(file)).toBe('[]');
    });
  });

  it('leaves nothing behind when it decides to write nothing, or fails', async () => {
    await inOneFile(async (open, file) => {
      const [store, other] = [open(), open()];
      for (const isFailing of [true, false]) {
        let tries = 0;
        const over = store.update(async () => {
          if (++tries === 1) await commit(other, write(`first-${isFailing}`));
          else if (isFailing) throw new RangeError('no');
          return { batch: tries === 1 ? { writes: [write('own')] } : {}, result: tries };
        });
        await (isFailing ? expect(over).rejects.toThrow(RangeError) : expect(over).resolves.toBe(2));
        expect(reservedIn(file)).toBe('[]');
      }
    });
  });
});

describe('a store that is to be served and does not move', () => {
  it('is waited for as long as one waits, and no longer; when it comes back it decides anew', async () => {
    await inOneFile(async (open, file) => {
      const [stopped, other, third] = [open(), open(), open()];
      const { end } = await overtake(stopped, other);
      await Promise.all([commit(other, write('other')), commit(third, write('third'))]);
      expect((await other.head()).seq).toBe(3);
      expect(await end()).toBe(3);
      expect((await namesInLog(other)).at(-1)).toBe('overtaken');
      expect(reservedIn(file)).toBe('[]');
    });
  });

  it('is no more, when its process was killed just then', async () => {
    await inOneFile(async (open, file) => {
      const store = open();
      const script = join(import.meta.dirname, 'decide-until-killed.js');
      const child = spawn(process.execPath, [script, file], { stdio: ['ignore', 'inherit', 'inherit', 'ipc'] });
      await once(child, 'message');
      await commit(store, write('before'));
      child.send('commit');
      // It was overtaken, and is to be served next.
      await once(child, 'message');
      expect(reservedIn(file)).not.toBe('[]');
      const ended = once(child, 'exit');
      child.kill('SIGKILL');
      await ended;
      await commit(store, write('after'));
      expect(await namesInLog(store)).toEqual(['before', 'after']);
      expect(reservedIn(file)).toBe('[]');
    });
  });

  it('is not waited for one after the other: those that were killed go together', async () => {
    await inOneFile(async (open, file) => {
      const store = open();
      const dead = ['k', 'l', 'm'].map((by) => ({ by, beat: 1, patienceMs: 2_000 }));
      const database = openSiteDatabase(file);
      database.run('UPDATE site SET reserved = ?', JSON.stringify(dead));
      database.close();
      let waitedMs = 0;
      const sleep = async (ms: number): Promise<void> => void (waitedMs += ms);
      const counting = { ...surroundings, clock: { ...patientClock, sleep } };
      const waiting = new SqliteSiteStore(openSiteDatabase(file), 'cps', counting);
      await commit(waiting, write('a'));
      await waiting[Symbol.asyncDispose]();
      expect(waitedMs).toBeGreaterThanOrEqual(2_000);
      expect(waitedMs).toBeLessThan(2_200);
      expect((await store.head()).seq).toBe(1);
    });
  });
});

describe('a store that nobody hinders', () => {
  it('reads and writes no row more than its decisions need, and stands in no line', async () => {
    await inOneFile(async (open, file) => {
      const store = open();
      await commit(store, write('a'));
      const before = store.statistics;
      await store.update(async () => ({
        batch: { log: [{ at: 1, kind: 'sync', level: 'info', subject: 's', text: 't', details: {} }] },
        result: undefined,
      }));
      const { rowsRead, rowsWritten } = store.statistics;
      // The turn, when it decides and when it commits; the line of the log, and the end of the turn.
      expect([rowsRead - before.rowsRead, rowsWritten - before.rowsWritten]).toEqual([2, 2]);
      expect(reservedIn(file)).toBe('[]');
    });
  });
});

describe('a backup that is made while somebody is to be served', () => {
  it('is restored with nobody in the line', async () => {
    const folder = temporaryFolder();
    const [from, to, backup] = ['from', 'to', 'backup'].map((name) => join(folder.path, name));
    const first = new SqliteInstallation(from ?? '', surroundings);
    await first.addSite('cps', 'CPS');
    const second = new SqliteInstallation(from ?? '', surroundings);
    const { end } = await overtake((await first.site('cps')).store, (await second.site('cps')).store);
    await second.backup(backup ?? '');
    await end();
    await restoreBackup(backup ?? '', to ?? '', { surroundings });
    expect(reservedIn(join(to ?? '', 'sites', 'cps.sqlite'))).toBe('[]');
    for (const each of [first, second]) await each[Symbol.asyncDispose]();
    folder.remove();
  });
});
