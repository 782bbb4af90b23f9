import { copyFileSync, mkdtempSync, rmSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import type { SqliteDatabase } from '../../src/adapters/sqlite/sqlite-database.ts';
import { openSiteDatabase, SqliteSiteStore } from '../../src/adapters/sqlite/sqlite-site-store.ts';
import type { Gid } from '../../src/objects/gid.ts';
import type { SiteStore } from '../../src/ports/site-store.ts';
import type { Disk, DiskContents, DiskSurroundings, OpenDisk } from './disk.ts';
import { addedUp, contentsOf, tellingOfCommits } from './disk.ts';
import type { KillSwitch } from './mortal-store.ts';
import { mortal } from './mortal-store.ts';

/** Disks with the files of the embedded store, each with a connection for people and one for each process. Disposing removes them all. */
export class SqliteDisks implements Disposable {
  readonly #folder = mkdtempSync(join(tmpdir(), 'concord-simulation-'));
  readonly #open: SqliteDatabase[] = [];
  #files = 0;

  /** Puts one with an empty file into a machine. */
  readonly open: OpenDisk = async (surroundings) => this.#disk(this.#newFile(), surroundings);

  [Symbol.dispose](): void {
    for (const database of this.#open) database.close();
    rmSync(this.#folder, { recursive: true, force: true });
  }

  #newFile(): string {
    return join(this.#folder, `${String(++this.#files)}.sqlite`);
  }

  #disk(file: string, surroundings: DiskSurroundings): Disk {
    const databases: SqliteDatabase[] = [];
    const openStore = (): SiteStore => {
      const database = openSiteDatabase(file);
      databases.push(database);
      this.#open.push(database);
      const store = new SqliteSiteStore(database, surroundings.site, surroundings);
      return tellingOfCommits(store, surroundings.onCommit);
    };
    const store = openStore();
    const [own] = databases;
    if (own === undefined) throw new TypeError('no connection');
    return {
      store,
      startProcess: async (killSwitch: KillSwitch) => mortal(openStore(), killSwitch),
      contents: async () => contentsOfFile(own, store),
      image: async () => {
        const kept = this.#newFile();
        own.run('VACUUM INTO ?', kept);
        return async (others) => {
          const copy = this.#newFile();
          copyFileSync(kept, copy);
          return this.#disk(copy, others);
        };
      },
      get statistics() {
        return addedUp(databases);
      },
    };
  }
}

async function contentsOfFile(database: SqliteDatabase, store: SiteStore): Promise<DiskContents> {
  const gids = database.all<{ readonly gid: Gid }>('SELECT DISTINCT gid FROM revision WHERE gid IS NOT NULL');
  const aliases = database.all<{ readonly given: Gid; readonly kept: Gid }>('SELECT given, kept FROM alias');
  return contentsOf(store, {
    gids: gids.map(({ gid }) => gid),
    aliases: aliases.map(({ given, kept }) => [given, kept]),
  });
}
