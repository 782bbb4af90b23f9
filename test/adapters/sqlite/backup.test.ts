import { existsSync, mkdirSync, readdirSync, readFileSync, statSync, truncateSync, writeFileSync } from 'node:fs';
import { join } from 'node:path';
import { afterEach, beforeEach, describe, expect, it } from 'vitest';
import { openContainer, packFile } from '../../../src/adapters/sqlite/backup-container.ts';
import { holdDirectory, isHeld } from '../../../src/adapters/sqlite/directory-lock.ts';
import { restoreBackup } from '../../../src/adapters/sqlite/restore-backup.ts';
import { SqliteInstallation } from '../../../src/adapters/sqlite/sqlite-installation.ts';
import { KeyFileVault } from '../../../src/adapters/system/key-file-vault.ts';
import { commit, gid, write } from '../../contract/site-data.ts';
import { surroundings, temporaryFolder } from './sqlite-fixture.ts';

describe('a backup', () => {
  let folder = temporaryFolder();
  let [source, target, file] = ['', '', ''];

  beforeEach(() => {
    folder = temporaryFolder();
    [source, target, file] = [join(folder.path, 'var'), join(folder.path, 'restored'), join(folder.path, 'backup')];
  });

  afterEach(() => {
    folder.remove();
  });

  async function using<Result>(
    directory: string,
    work: (installation: SqliteInstallation) => Promise<Result>,
  ): Promise<Result> {
    const installation = new SqliteInstallation(directory, surroundings);
    try {
      return await work(installation);
    } finally {
      await installation[Symbol.asyncDispose]();
    }
  }

  /** A directory with a site `cps` of one object, and its backup. */
  async function makeBackup(): Promise<{ readonly id: string; readonly sealed: string }> {
    return using(source, async (installation) => {
      await installation.addSite('cps', 'Master');
      await commit((await installation.site('cps')).store, write('a', { document: `<x>${'y'.repeat(3_000_000)}</x>` }));
      const sealed = new KeyFileVault(join(source, 'vault.key')).seal('secret');
      await installation.backup(file);
      return { id: installation.id, sealed };
    });
  }

  it('holds everything: objects, the installation’s id, and the key that opens sealed passwords', async () => {
    const { id, sealed } = await makeBackup();
    expect(await restoreBackup(file, target, { surroundings })).toBeUndefined();
    await using(target, async (restored) => {
      expect(restored.id).toBe(id);
      expect(await restored.sites()).toMatchObject([{ id: 'cps', title: 'Master' }]);
      const found = await (await restored.site('cps')).store.current([gid('a')]);
      expect(found.get(gid('a'))?.version.document).toHaveLength(3_000_007);
    });
    expect(new KeyFileVault(join(target, 'vault.key')).open(sealed)).toBe('secret');
  });

  it('starts a new epoch in every site when it is restored', async () => {
    await makeBackup();
    const before = await using(source, async (one) => (await one.site('cps')).store.head());
    await restoreBackup(file, target, { surroundings });
    const after = await using(target, async (one) => (await one.site('cps')).store.head());
    expect(after.seq).toBe(before.seq + 1);
    expect(after.epoch).not.toBe(before.epoch);
  });

  it('is one file, smaller than what it holds, for its owner only, and nothing else is left beside it', async () => {
    await makeBackup();
    expect(readdirSync(folder.path).toSorted()).toEqual(['backup', 'var']);
    expect(statSync(file).mode & 0o777).toBe(0o600);
    expect(statSync(file).size).toBeLessThan(500_000);
  });

  it('is consistent while others write', async () => {
    await using(source, async (installation) => {
      await installation.addSite('cps', '');
      const { store } = await installation.site('cps');
      const writing = Promise.all(Array.from({ length: 50 }, async (_, at) => commit(store, write(`a${at}`))));
      await Promise.all([installation.backup(file), writing]);
    });
    await restoreBackup(file, target, { surroundings });
    await using(target, async (restored) => {
      const { store } = await restored.site('cps');
      const { seq } = await store.head();
      expect(await store.countChildren(gid(''))).toBe(seq - 1);
    });
  });

  it('is not restored into a directory that is not empty, unless what is there may be put aside', async () => {
    await makeBackup();
    mkdirSync(target);
    writeFileSync(join(target, 'mine'), 'precious');
    await expect(restoreBackup(file, target, { surroundings })).rejects.toMatchObject({ code: 'CON-R006' });
    expect(readdirSync(target).filter((name) => !name.startsWith('lock'))).toEqual(['mine']);
    const aside = await restoreBackup(file, target, { surroundings, mayReplace: true });
    expect(readFileSync(join(aside ?? '', 'mine'), 'utf8')).toBe('precious');
    expect(await using(target, async (one) => one.sites())).toHaveLength(1);
  });

  it('that is damaged, cut off or no backup is refused before anything is changed', async () => {
    await makeBackup();
    const container = openContainer(file, 'existing');
    container.run("UPDATE file SET sha256 = 'x' WHERE name LIKE 'sites/%'");
    container.close();
    const refused = async (from: string): Promise<void> => {
      const restoring = restoreBackup(from, target, { surroundings, mayReplace: true });
      await expect(restoring).rejects.toMatchObject({ code: 'CON-D007' });
      expect(readdirSync(target).filter((name) => !name.startsWith('lock'))).toEqual([]);
    };
    await refused(file);
    truncateSync(file, statSync(file).size >> 1);
    await refused(file);
    writeFileSync(file, 'something else altogether '.repeat(99));
    await refused(file);
    await refused(join(folder.path, 'nothing'));
    expect(existsSync(join(folder.path, 'nothing'))).toBe(false);
  });

  it('cannot write outside the directory, whatever names it has', async () => {
    await makeBackup();
    for (const name of ['../evil', 'sites/../../evil.sqlite', 'sites/a/b.sqlite', '/tmp/evil', 'other']) {
      const container = openContainer(file, 'existing');
      container.run("DELETE FROM chunk WHERE file IN (SELECT number FROM file WHERE name LIKE '%evil%')");
      await packFile(container, name, file);
      container.close();
      const restoring = restoreBackup(file, target, { surroundings });
      await expect(restoring, name).rejects.toMatchObject({ code: expect.stringMatching(/CON-(D007|R008)/) as string });
    }
    expect(existsSync(join(folder.path, 'evil'))).toBe(false);
  });

  it('is not restored while a server runs on the directory', async () => {
    await makeBackup();
    const server = await holdDirectory(source, 'server');
    const restoring = restoreBackup(file, source, { surroundings, mayReplace: true });
    await expect(restoring).rejects.toMatchObject({ code: 'CON-D001', retry: 'later' });
    await server[Symbol.asyncDispose]();
    await restoreBackup(file, source, { surroundings, mayReplace: true });
  });

  it('goes to its place again when a restore was cut off', async () => {
    await makeBackup();
    mkdirSync(join(target, '.restoring-x'), { recursive: true });
    await restoreBackup(file, target, { surroundings });
    expect(await using(target, async (one) => one.sites())).toHaveLength(1);
  });
});

describe('the lock of a data directory', () => {
  it('cannot be taken on a file', async () => {
    const folder = temporaryFolder();
    writeFileSync(join(folder.path, 'file'), '');
    await expect(holdDirectory(join(folder.path, 'file'), 'server')).rejects.toMatchObject({ code: 'CON-D006' });
    folder.remove();
  });

  it('is held by several servers together, and by maintenance alone', async () => {
    const folder = temporaryFolder();
    expect(await isHeld(folder.path)).toBe(false);
    const one = await holdDirectory(folder.path, 'server');
    const two = await holdDirectory(folder.path, 'server');
    await one[Symbol.asyncDispose]();
    expect(await isHeld(folder.path)).toBe(true);
    await expect(holdDirectory(folder.path, 'maintenance')).rejects.toMatchObject({ code: 'CON-D001' });
    await two[Symbol.asyncDispose]();
    expect(await isHeld(folder.path)).toBe(false);
    const alone = await holdDirectory(folder.path, 'maintenance');
    await expect(holdDirectory(folder.path, 'server')).rejects.toMatchObject({ code: 'CON-D001' });
    await alone[Symbol.asyncDispose]();
    folder.remove();
  });
});
