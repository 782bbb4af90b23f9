import { copyFileSync, cpSync, existsSync, renameSync, rmSync } from 'node:fs';
import { join } from 'node:path';
import { afterEach, beforeEach, describe, expect, it } from 'vitest';
import { restoreBackup } from '../../../src/adapters/sqlite/restore-backup.ts';
import { siteMigrations } from '../../../src/adapters/sqlite/site-schema.ts';
import { SqliteDatabase } from '../../../src/adapters/sqlite/sqlite-database.ts';
import { SqliteInstallation } from '../../../src/adapters/sqlite/sqlite-installation.ts';
import type { OpenSite } from '../../../src/ports/installation.ts';
import { commit, gid, write } from '../../contract/site-data.ts';
import { surroundings, temporaryFolder } from './sqlite-fixture.ts';

describe('the file of a site', () => {
  let folder = temporaryFolder();

  beforeEach(() => {
    folder = temporaryFolder();
  });

  afterEach(() => {
    folder.remove();
  });

  const at = (...names: readonly string[]): string => join(folder.path, ...names);

  async function using<Result>(
    name: string,
    work: (installation: SqliteInstallation) => Promise<Result>,
  ): Promise<Result> {
    await using installation = new SqliteInstallation(at(name), surroundings);
    return await work(installation);
  }

  /** An installation whose sites have one object each, named after the installation. Returns its id. */
  async function make(name: string, sites: readonly string[] = ['cps']): Promise<string> {
    return using(name, async (installation) => {
      for (const site of sites) {
        await installation.addSite(site, '');
        await commit((await installation.site(site)).store, write(name));
      }
      return installation.id;
    });
  }

  /** Puts the file of a site in the place of that of another installation. */
  function bring(from: string, to: string, site = 'cps'): void {
    for (const suffix of ['', '-wal', '-shm']) {
      const [source, target] = [from, to].map((name) => at(name, 'sites', `${site}.sqlite${suffix}`));
      if (source === undefined || target === undefined) continue;
      rmSync(target, { force: true });
      if (existsSync(source)) copyFileSync(source, target);
    }
  }

  async function objectsOf({ store }: OpenSite): Promise<readonly string[]> {
    const found = await store.current(['one', 'two'].map((name) => gid(name)));
    return [...found.keys()];
  }

  const open = async (name: string, site = 'cps'): Promise<readonly string[]> =>
    using(name, async (installation) => objectsOf(await installation.site(site)));

  it('that was brought from another installation is refused with CON-D012, which names both, and nothing else is', async () => {
    const [one, two] = [await make('one'), await make('two', ['cps', 'other'])];
    cpSync(at('two'), at('kept'), { recursive: true });
    bring('one', 'two');
    const message = expect.stringMatching(
      new RegExp(`cps\\.sqlite is the file of the site “cps” of the installation ${one}.*${two}`),
    ) as string;
    await expect(open('two')).rejects.toMatchObject({ code: 'CON-D012', message });
    expect(await open('two', 'other')).toEqual(['two']);
    bring('kept', 'two');
    expect(await open('two')).toEqual(['two']);
  });

  it('goes with a copy of the whole directory', async () => {
    await make('one');
    cpSync(at('one'), at('two'), { recursive: true });
    expect([await open('one'), await open('two')]).toEqual([['one'], ['one']]);
  });

  it('can be put back alone from a backup of its installation', async () => {
    await make('one');
    await using('one', async (installation) => installation.backup(at('backup')));
    await restoreBackup(at('backup'), at('two'), { surroundings });
    bring('two', 'one');
    expect(await open('one')).toEqual(['one']);
  });

  it('of an older version belongs to the installation that opens it first', async () => {
    await make('one');
    await make('two');
    rmSync(at('one/sites/cps.sqlite'));
    const old = new SqliteDatabase(at('one/sites/cps.sqlite'), siteMigrations.slice(0, 12));
    old.run("INSERT INTO site (only, id, epoch, seq, hash, turn) VALUES (1, 'cps', 'old', 0, '', 0)");
    old.close();
    expect(await open('one')).toEqual([]);
    bring('one', 'two');
    await expect(open('two')).rejects.toMatchObject({ code: 'CON-D012' });
  });

  it('of another installation becomes the site here, with a new epoch, when the directory becomes an installation of its own', async () => {
    await make('one');
    await make('two', ['cps', 'other']);
    const before = await using('one', async (one) => (await one.site('cps')).store.head());
    bring('one', 'two');
    await using('two', async (installation) => installation.startIdentity());
    const after = await using('two', async (two) => (await two.site('cps')).store.head());
    expect(after.epoch).not.toBe(before.epoch);
    expect([await open('two'), await open('two', 'other')]).toEqual([['one'], ['two']]);
    bring('two', 'one');
    await expect(open('one')).rejects.toMatchObject({ code: 'CON-D012' });
  });

  it('of a copy that has become an installation of its own, and of the one it was copied from, are told from each other', async () => {
    await make('one');
    cpSync(at('one'), at('two'), { recursive: true });
    await using('two', async (installation) => {
      await installation.startIdentity();
      expect(await objectsOf(await installation.site('cps'))).toEqual(['one']);
    });
    cpSync(at('one'), at('kept'), { recursive: true });
    bring('two', 'one');
    await expect(open('one')).rejects.toMatchObject({ code: 'CON-D012' });
    bring('kept', 'two');
    await expect(open('two')).rejects.toMatchObject({ code: 'CON-D012' });
  });

  it('is known all the same while a directory that becomes an installation of its own is half-way, and the next try ends that', async () => {
    const id = await make('one', ['a', 'b']);
    const second = at('one/sites/b.sqlite');
    renameSync(second, at('away'));
    await expect(using('one', async (one) => one.startIdentity())).rejects.toMatchObject({ code: 'CON-D004' });
    renameSync(at('away'), second);
    expect([await open('one', 'a'), await open('one', 'b')]).toEqual([['one'], ['one']]);
    cpSync(at('one'), at('two'), { recursive: true });
    const ids = new Set([id]);
    for (const name of ['one', 'two']) {
      await using(name, async (installation) => {
        expect(installation.id).toBe(id);
        await installation.startIdentity();
        ids.add(installation.id);
      });
      expect([await open(name, 'a'), await open(name, 'b')]).toEqual([['one'], ['one']]);
    }
    expect(ids.size).toBe(3);
  });
});
