import { mkdirSync, readdirSync, rmSync } from 'node:fs';
import { join } from 'node:path';
import { RequestError, StoreError } from '../../errors/concord-error.ts';
import { checkedSiteId } from '../../objects/site-id.ts';
import type { AccountStore } from '../../ports/account-store.ts';
import type { Installation, OpenSite, SiteEntry } from '../../ports/installation.ts';
import type { SessionStore } from '../../ports/session-store.ts';
import type { Checkpointer } from './checkpointer.ts';
import { isTaken, translateDriverError } from './driver-errors.ts';
import { adoptFile, refuseFileOfAnother, takeFileOver } from './file-owner.ts';
import { beginIdentity, endIdentity, identityOf, knownIdentities, readSetting, saveSetting } from './identity.ts';
import { installationMigrations } from './installation-schema.ts';
import { SqliteAccountStore } from './sqlite-account-store.ts';
import { SqliteActivityQueue } from './sqlite-activity-queue.ts';
import { type DatabaseOptions, SqliteDatabase } from './sqlite-database.ts';
import { SqliteSessionStore } from './sqlite-session-store.ts';
import { SqliteCarrierNotes } from './sqlite-carrier-notes.ts';
import { SqliteKeyring } from './sqlite-keyring.ts';
import { SqliteMessageParts } from './sqlite-message-parts.ts';
import { openSiteDatabase, SqliteSiteStore, type StoreSurroundings } from './sqlite-site-store.ts';
import { largestLogOctets } from './write-ahead-log.ts';
import { type Source, writeBackup } from './write-backup.ts';

/** What is common to the sites of a data directory; the names here are those of the files in a backup too. */
export const installationFile = 'installation.sqlite';

/** The key that peers' passwords are sealed with. */
export const vaultFile = 'vault.key';

/** The folder with a file for each site. */
export const sitesFolder = 'sites';

/** While a folder with such a name is in a data directory, a restore has not come to its end. */
export const restoringPrefix = '.restoring-';

interface SiteRow {
  readonly id: string;
  readonly title: string;
  readonly created_at: number;
  readonly serial: string;
}

interface KeptSite extends OpenSite {
  readonly serial: string;
  readonly database: SqliteDatabase;
}

/** What the file of a site is opened as: `any` takes that of another installation, too. */
type Expected = 'new' | 'own' | 'any';

/** How a data directory is opened. */
export interface InstallationOptions extends DatabaseOptions {
  /** What the write-ahead logs of all open sites may hold together. */
  readonly logOctets?: number;
  /** Copies the logs of the sites into their files, and is disposed of with the installation. Left out: commits do it, for what does not run for long. */
  readonly checkpointer?: Checkpointer | undefined;
}

const leastLogOctets = 1024 * 1024;

/** Names the settings that say of which sites the files are still to go. */
const removing = 'removing ';

/** A data directory with one SQLite file per site. `:memory:` as the directory: all is gone with the object. */
export class SqliteInstallation implements Installation {
  readonly accounts: AccountStore;
  readonly sessions: SessionStore;
  readonly #directory: string;
  readonly #surroundings: StoreSurroundings;
  readonly #options: InstallationOptions;
  readonly #database: SqliteDatabase;
  readonly #open = new Map<string, KeptSite>();
  #id: string;

  /** Opens the directory; makes it when it is not there. @throws StoreError CON-D003 when a newer version wrote it, CON-D004 when a restore was cut off */
  constructor(directory: string, surroundings: StoreSurroundings, options: InstallationOptions = {}) {
    this.#directory = directory;
    this.#surroundings = surroundings;
    this.#options = options;
    if (!this.#isInMemory) prepareDirectory(directory);
    this.#database = new SqliteDatabase(this.#path(installationFile), installationMigrations, options);
    this.accounts = new SqliteAccountStore(this.#database);
    this.sessions = new SqliteSessionStore(this.#database);
    this.#id = identityOf(this.#database, () => surroundings.identifiers.random());
    this.#endRemovals();
  }

  get id(): string {
    return this.#id;
  }

  async sites(): Promise<readonly SiteEntry[]> {
    return this.#database.all<SiteRow>('SELECT * FROM site ORDER BY id').map(entryOf);
  }

  async addSite(id: string, title: string): Promise<SiteEntry> {
    checkedSiteId(id);
    const { identifiers, clock } = this.#surroundings;
    const row = { id, title, created_at: clock.now(), serial: identifiers.random() };
    const insert = 'INSERT INTO site (id, title, created_at, serial) VALUES (?, ?, ?, ?)';
    try {
      this.#onDisk(() => {
        this.#database.run(insert, id, title, row.created_at, row.serial);
        // Left over from a removal that was cut off, or that another process has done.
        this.#drop(id);
        this.#removeFiles(id);
        this.#database.run('DELETE FROM setting WHERE name = ?', removing + id);
        this.#keep(row, 'new');
      });
    } catch (error) {
      if (this.#open.get(id)?.serial === row.serial) this.#drop(id);
      if (isTaken(error)) throw new RequestError('CON-R006', `There is a site “${id}” already`, { cause: error });
      throw error;
    }
    return entryOf(row);
  }

  async removeSite(id: string): Promise<void> {
    const row = this.#row(id);
    await this.#close(id);
    this.#onDisk(() => {
      this.#database.run('DELETE FROM site WHERE id = ? AND serial = ?', id, row.serial);
      this.#database.run('DELETE FROM session WHERE site = ?', id);
      saveSetting(this.#database, removing + id, row.serial);
    });
    this.#endRemoval(id);
  }

  async site(id: string): Promise<OpenSite> {
    return this.#siteOf(this.#row(id));
  }

  async setting(name: string): Promise<string | undefined> {
    return readSetting(this.#database, `of ${name}`);
  }

  async saveSetting(name: string, value: string): Promise<void> {
    saveSetting(this.#database, `of ${name}`, value);
  }

  async startIdentity(): Promise<void> {
    const id = this.#onDisk(() => beginIdentity(this.#database, () => this.#surroundings.identifiers.random()));
    for (const site of await this.sites()) {
      const { store, database } = this.#siteOf(this.#row(site.id), 'any');
      await store.startEpoch();
      takeFileOver(database, id);
    }
    this.#onDisk(() => endIdentity(this.#database, id));
    this.#id = id;
  }

  async backup(file: string): Promise<void> {
    await writeBackup(file, this.#sources());
  }

  async [Symbol.asyncDispose](): Promise<void> {
    await this.#options.checkpointer?.[Symbol.asyncDispose]();
    for (const id of [...this.#open.keys()]) await this.#close(id);
    this.#database.close();
  }

  get #isInMemory(): boolean {
    return this.#directory === ':memory:';
  }

  *#sources(): Iterable<Source> {
    // The list of sites is copied first: a site that comes later is not in the backup, and one that goes meanwhile is left out.
    yield { name: installationFile, from: this.#database };
    if (!this.#isInMemory) yield { name: vaultFile, from: this.#path(vaultFile) };
    const rows = this.#database.all<SiteRow>('SELECT * FROM site ORDER BY id');
    for (const row of rows) {
      const isStillThere = this.#database.get('SELECT 1 FROM site WHERE id = ? AND serial = ?', row.id, row.serial);
      if (isStillThere !== undefined) yield { name: siteFile(row.id), from: this.#siteOf(row).database };
    }
  }

  #row(id: string): SiteRow {
    const row = this.#database.get<SiteRow>('SELECT * FROM site WHERE id = ?', id);
    if (row === undefined) throw new RequestError('CON-R001', `There is no site “${id}”`, { site: id });
    return row;
  }

  #siteOf(row: SiteRow, expected: 'own' | 'any' = 'own'): KeptSite {
    const kept = this.#open.get(row.id);
    if (kept?.serial === row.serial) return kept;
    // Another process has removed the site and made a new one with the same id.
    this.#drop(row.id);
    return this.#keep(row, expected);
  }

  #keep({ id, serial }: SiteRow, expected: Expected): KeptSite {
    const options = { ...this.#options, mayCreate: expected === 'new' };
    const database = openSiteDatabase(this.#path(siteFile(id)), options);
    const installations = knownIdentities(this.#database);
    refuseFileOfAnother(database, { site: id, installations: expected === 'any' ? undefined : installations });
    const store = new SqliteSiteStore(database, id, this.#surroundings);
    adoptFile(database, installations[0]);
    const queue = new SqliteActivityQueue(database, this.#surroundings.clock);
    const kept = {
      ...{ serial, database, store, queue, accounts: new SqliteAccountStore(database) },
      ...{ keyring: new SqliteKeyring(database), parts: new SqliteMessageParts(database) },
      carrierNotes: new SqliteCarrierNotes(database),
    };
    this.#open.set(id, kept);
    this.#shareLogs();
    if (!this.#isInMemory) this.#options.checkpointer?.watch(database);
    return kept;
  }

  /** The more sites are open, the smaller the log of each: together they stay within what is allowed. */
  #shareLogs(): void {
    const { logOctets = 4 * largestLogOctets } = this.#options;
    const share = Math.max(leastLogOctets, Math.min(largestLogOctets, Math.floor(logOctets / this.#open.size)));
    for (const { database } of this.#open.values()) database.boundLog(share);
  }

  async #close(id: string): Promise<void> {
    const kept = this.#open.get(id);
    this.#open.delete(id);
    if (kept !== undefined) await this.#options.checkpointer?.letGo(kept.database);
    await kept?.store[Symbol.asyncDispose]();
  }

  #drop(id: string): void {
    const kept = this.#open.get(id);
    this.#open.delete(id);
    if (kept === undefined) return;
    void this.#options.checkpointer?.letGo(kept.database);
    kept.database.close();
  }

  /** A power cut undoes nothing of it: what follows may be what it says already. */
  #onDisk<Result>(work: () => Result): Result {
    const result = this.#database.writeThrough(work);
    // In the file itself, too: the log beside it may be one that nobody has waited for the folder of.
    if (!this.#isInMemory) this.#database.execute('PRAGMA wal_checkpoint(PASSIVE)');
    return result;
  }

  /** Those that were cut off. What cannot be removed now is the next one's to remove. */
  #endRemovals(): void {
    const left = this.#database.all<{ name: string }>('SELECT name FROM setting WHERE name GLOB ?', `${removing}*`);
    try {
      for (const { name } of left) this.#endRemoval(name.slice(removing.length));
    } catch (error) {
      if (!(error instanceof StoreError)) throw error;
    }
  }

  /** Unless the site was made again meanwhile. */
  #endRemoval(id: string): void {
    this.#database.write(() => {
      if (this.#database.get('SELECT 1 FROM site WHERE id = ?', id) === undefined) this.#removeFiles(id);
      this.#database.run('DELETE FROM setting WHERE name = ?', removing + id);
    });
  }

  #removeFiles(id: string): void {
    if (this.#isInMemory) return;
    try {
      for (const suffix of ['', '-wal', '-shm']) rmSync(this.#path(siteFile(id)) + suffix, { force: true });
    } catch (cause) {
      throw translateDriverError(cause, this.#path(siteFile(id)));
    }
  }

  #path(name: string): string {
    return this.#isInMemory ? ':memory:' : join(this.#directory, name);
  }
}

/** The file of a site within a data directory. */
export function siteFile(id: string): string {
  return `${sitesFolder}/${id}.sqlite`;
}

function prepareDirectory(directory: string): void {
  try {
    mkdirSync(join(directory, sitesFolder), { recursive: true, mode: 0o700 });
    if (!readdirSync(directory).some((name) => name.startsWith(restoringPrefix))) return;
  } catch (cause) {
    throw translateDriverError(cause, directory);
  }
  throw new StoreError('CON-D004', `A restore into ${directory} did not come to its end. Restore again`);
}

function entryOf(row: SiteRow): SiteEntry {
  return { id: row.id, title: row.title, createdAt: row.created_at };
}
