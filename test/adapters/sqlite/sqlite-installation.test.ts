import { copyFileSync, existsSync, mkdirSync, readdirSync, rmSync, statSync, writeFileSync } from 'node:fs';
import { join } from 'node:path';
import { afterEach, beforeEach, describe, expect, it } from 'vitest';
import { SqliteDatabase } from '../../../src/adapters/sqlite/sqlite-database.ts';
import { SqliteInstallation } from '../../../src/adapters/sqlite/sqlite-installation.ts';
import { installationContract } from '../../contract/installation.contract.ts';
import { commit, write } from '../../contract/site-data.ts';
import { surroundings, temporaryFolder } from './sqlite-fixture.ts';

installationContract('SQLite in memory', async () => {
  const installation = new SqliteInstallation(':memory:', surroundings);
  return { installation, close: async () => installation[Symbol.asyncDispose]() };
});

installationContract('SQLite in a directory', async () => {
  const folder = temporaryFolder();
  const all = [new SqliteInstallation(join(folder.path, 'var'), surroundings)] as const;
  const others: SqliteInstallation[] = [];
  return {
    installation: all[0],
    openAnother: async () => {
      const other = new SqliteInstallation(join(folder.path, 'var'), surroundings);
      others.push(other);
      return other;
    },
    close: async () => {
      for (const one of [...all, ...others]) await one[Symbol.asyncDispose]();
      folder.remove();
    },
  };
});

describe('a data directory', () => {
  let folder = temporaryFolder();

  beforeEach(() => {
    folder = temporaryFolder();
  });

  afterEach(() => {
    folder.remove();
  });

  const open = (): SqliteInstallation => new SqliteInstallation(folder.path, surroundings);

  async function close(...installations: readonly SqliteInstallation[]): Promise<void> {
    for (const one of installations) await one[Symbol.asyncDispose]();
  }

  it('keeps its id, its sites and its accounts', async () => {
    const first = open();
    await first.addSite('cps', 'Master');
    await close(first);
    const second = open();
    expect(second.id).toBe(first.id);
    expect(await second.sites()).toMatchObject([{ id: 'cps' }]);
    await close(second);
  });

  it('lets the logs of all its sites together hold no more than is set', async () => {
    const installation = new SqliteInstallation(folder.path, surroundings, { logOctets: 4 * 1024 * 1024 });
    for (const id of ['a', 'b', 'c', 'd']) await installation.addSite(id, '');
    const { store } = await installation.site('a');
    const line = { at: 1, kind: 'sync', level: 'info', subject: 'a', details: {} } as const;
    for (let n = 0; n < 80; n += 1) await store.record({ ...line, text: 'x'.repeat(100_000) });
    expect(statSync(join(folder.path, 'sites/a.sqlite-wal')).size).toBeLessThan(2 * 1024 * 1024);
    await close(installation);
  });

  /** What the disk has at this moment, where nobody has waited for the log beside the file. */
  function cutOff(): SqliteInstallation {
    const after = join(folder.path, 'after');
    mkdirSync(join(after, 'sites'), { recursive: true });
    copyFileSync(join(folder.path, 'installation.sqlite'), join(after, 'installation.sqlite'));
    return new SqliteInstallation(after, surroundings);
  }

  /** The removal of a site whose files cannot all be removed; ends as a kill in the midst of it would. */
  async function removeHalf(look: () => Promise<void> = async () => undefined): Promise<void> {
    const first = open();
    await first.addSite('cps', '');
    await commit((await first.site('cps')).store, write('a'));
    await close(first);
    const obstacle = join(folder.path, 'sites/cps.sqlite-wal');
    rmSync(obstacle, { force: true });
    mkdirSync(obstacle);
    const second = open();
    await expect(second.removeSite('cps')).rejects.toMatchObject({ code: 'CON-D006' });
    await look();
    await close(second);
    rmSync(obstacle, { recursive: true });
  }

  it('has a new site on its disk before anything is in that: a power cut leaves none without its name', async () => {
    const installation = open();
    await installation.addSite('cps', 'Master');
    const after = cutOff();
    expect(await after.sites()).toMatchObject([{ id: 'cps' }]);
    await close(installation, after);
  });

  it('has forgotten a site before its files go: a power cut brings none back without its objects', async () => {
    await removeHalf(async () => {
      const after = cutOff();
      expect(await after.sites()).toEqual([]);
      await close(after);
    });
  });

  it('ends a removal that was cut off when it is opened again', async () => {
    await removeHalf();
    const file = join(folder.path, 'sites/cps.sqlite');
    writeFileSync(file, 'the power failed before the disk knew that it was gone');
    await close(open());
    expect(existsSync(file)).toBe(false);
  });

  it('keeps a site that was made again after a removal that was cut off', async () => {
    await removeHalf();
    const second = open();
    await second.addSite('cps', 'Another');
    await commit((await second.site('cps')).store, write('b'));
    await close(second);
    const third = open();
    expect((await (await third.site('cps')).store.head()).seq).toBe(1);
    await close(third);
  });

  it('that a newer version wrote is refused with CON-D003 and left as it is', async () => {
    const first = open();
    await first.addSite('cps', '');
    await close(first);
    for (const name of ['sites/cps.sqlite', 'installation.sqlite']) {
      const future = Array.from({ length: 99 }, () => '');
      new SqliteDatabase(join(folder.path, name), future).close();
      const attempt = async (): Promise<void> => {
        const installation = open();
        try {
          await installation.site('cps');
        } finally {
          await close(installation);
        }
      };
      await expect(attempt(), name).rejects.toMatchObject({ code: 'CON-D003' });
    }
  });

  it('whose file is no database is refused with CON-D004', () => {
    writeFileSync(join(folder.path, 'installation.sqlite'), 'no database, but something '.repeat(100));
    expect(open).toThrow(expect.objectContaining({ code: 'CON-D004' }));
  });

  it('in which the file of a site is missing is refused with CON-D004, and no empty site is made', async () => {
    const first = open();
    await first.addSite('cps', '');
    await close(first);
    rmSync(join(folder.path, 'sites/cps.sqlite'));
    const second = open();
    await expect(second.site('cps')).rejects.toMatchObject({ code: 'CON-D004' });
    await close(second);
    expect(readdirSync(join(folder.path, 'sites'))).not.toContain('cps.sqlite');
  });

  it('in which a site has the file of another one is refused with CON-D010, which names both', async () => {
    const first = open();
    for (const id of ['cps', 'cps_client']) await first.addSite(id, '');
    await close(first);
    const fileOf = (id: string, suffix: string): string => join(folder.path, `sites/${id}.sqlite${suffix}`);
    for (const suffix of ['', '-wal', '-shm']) {
      rmSync(fileOf('cps', suffix), { force: true });
      if (existsSync(fileOf('cps_client', suffix))) copyFileSync(fileOf('cps_client', suffix), fileOf('cps', suffix));
    }
    const second = open();
    const message = expect.stringMatching(/cps\.sqlite is the file of the site “cps_client”/) as string;
    await expect(second.site('cps')).rejects.toMatchObject({ code: 'CON-D010', message });
    expect((await second.site('cps_client')).store.site).toBe('cps_client');
    await close(second);
  });

  it('in which a restore was cut off is refused with CON-D004', () => {
    mkdirSync(join(folder.path, '.restoring-x'));
    expect(open).toThrow(expect.objectContaining({ code: 'CON-D004' }));
  });

  it('that cannot be made is refused with CON-D006', () => {
    writeFileSync(join(folder.path, 'file'), '');
    expect(() => new SqliteInstallation(join(folder.path, 'file/var'), surroundings)).toThrow(
      expect.objectContaining({ code: 'CON-D006' }),
    );
  });
});
