import { createHash } from 'node:crypto';
import { RequestError, StoreError } from '../../errors/concord-error.ts';
import { checkedSiteId } from '../../objects/site-id.ts';
import type { AccountStore } from '../../ports/account-store.ts';
import type { Installation, OpenSite, SiteEntry } from '../../ports/installation.ts';
import type { SessionStore } from '../../ports/session-store.ts';
import { type AccountRow, MongoAccountStore } from './mongo-account-store.ts';
import { MongoActivityQueue } from './mongo-activity-queue.ts';
import { MongoCarrierNotes } from './mongo-carrier-notes.ts';
import type { MongoConnection } from './mongo-connection.ts';
import { MongoKeyring } from './mongo-keyring.ts';
import { MongoMessageParts } from './mongo-message-parts.ts';
import type { MongoRows, Row } from './mongo-rows.ts';
import { MongoSessionStore, type SessionRow } from './mongo-session-store.ts';
import { MongoSiteStore, type StoreSurroundings } from './mongo-site-store.ts';

/** The format of a database of this version. */
const storeFormat = 1;

const patienceMs = 2_000;
const serialDigits = 16;

/** Begins the names of the settings that say which collections are still to go, by the serial of their site. */
const removing = 'removing ';

interface SiteRow extends Row {
  readonly title: string;
  readonly createdAt: number;
  readonly serial: string;
}

interface SettingRow extends Row {
  readonly value: string;
}

interface KeptSite extends OpenSite {
  readonly serial: string;
  readonly store: MongoSiteStore;
}

/** Told when the installation becomes one of its own. */
type OnIdentity = (id: string) => Promise<void>;

/** A database with the collections of each site. Several processes, on any number of machines, may have it open. */
export class MongoInstallation implements Installation {
  readonly accounts: AccountStore;
  readonly sessions: SessionStore;
  readonly #connection: MongoConnection;
  readonly #surroundings: StoreSurroundings;
  readonly #open = new Map<string, Promise<KeptSite>>();
  readonly #onIdentity: OnIdentity;
  #id = '';

  private constructor(connection: MongoConnection, surroundings: StoreSurroundings, onIdentity: OnIdentity) {
    this.#onIdentity = onIdentity;
    this.#connection = connection;
    this.#surroundings = surroundings;
    this.accounts = new MongoAccountStore(connection.rows<AccountRow>('account'));
    this.sessions = new MongoSessionStore(connection.rows<SessionRow>('session'));
  }

  /** Opens the database; makes what is missing in it. It is closed with the installation. @throws StoreError CON-D003 when a newer version wrote it */
  static async open(
    connection: MongoConnection,
    surroundings: StoreSurroundings,
    onIdentity: OnIdentity = async () => undefined,
  ): Promise<MongoInstallation> {
    const installation = new MongoInstallation(connection, surroundings, onIdentity);
    await connection.prepare('session', [{ secretHash: 1 }, { seenAt: 1 }]);
    await installation.#settings.claim({ _id: 'format', value: String(storeFormat) });
    const found = await installation.#setting('format');
    if (Number(found) > storeFormat) {
      throw new StoreError(
        'CON-D003',
        `${connection.place} has format ${found ?? ''}, this version knows ${String(storeFormat)}`,
      );
    }
    await installation.#settings.claim({ _id: 'installation', value: surroundings.identifiers.random() });
    installation.#id = (await installation.#setting('installation')) ?? '';
    await installation.#endRemovals();
    return installation;
  }

  get id(): string {
    return this.#id;
  }

  async sites(): Promise<readonly SiteEntry[]> {
    return (await this.#sites.find({}, { sort: { _id: 1 } })).map(entryOf);
  }

  async addSite(id: string, title: string): Promise<SiteEntry> {
    checkedSiteId(id);
    const { identifiers, clock } = this.#surroundings;
    const serial = createHash('sha256').update(identifiers.random()).digest('hex').slice(0, serialDigits);
    const row: SiteRow = { _id: id, title, createdAt: clock.now(), serial };
    if (!(await this.#sites.claim(row))) throw new RequestError('CON-R006', `There is a site “${id}” already`);
    await this.#siteOf(row);
    return entryOf(row);
  }

  async removeSite(id: string): Promise<void> {
    const row = await this.#row(id);
    this.#open.delete(id);
    await this.#settings.put({ _id: removing + row.serial, value: id });
    await this.#sites.remove({ _id: id, serial: row.serial });
    await this.#connection.rows<SessionRow>('session').remove({ site: id });
    await this.#endRemoval(row.serial);
  }

  async site(id: string): Promise<OpenSite> {
    return this.#siteOf(await this.#row(id));
  }

  async setting(name: string): Promise<string | undefined> {
    return this.#setting(`of ${name}`);
  }

  async saveSetting(name: string, value: string): Promise<void> {
    await this.#settings.put({ _id: `of ${name}`, value });
  }

  async startIdentity(): Promise<void> {
    for (const { id } of await this.sites()) await (await this.site(id)).store.startEpoch();
    this.#id = this.#surroundings.identifiers.random();
    await this.#settings.put({ _id: 'installation', value: this.#id });
    await this.#onIdentity(this.#id);
  }

  async backup(_file: string): Promise<void> {
    throw new RequestError(
      'CON-R008',
      'The store is in MongoDB, which has its own tools: make a snapshot of its volume, or `mongodump --oplog`, and keep vault.key of the data directory with it; docs/guide/operation.md says more',
    );
  }

  async [Symbol.asyncDispose](): Promise<void> {
    for (const site of this.#open.values()) await (await site).store[Symbol.asyncDispose]();
    this.#open.clear();
    await this.#connection[Symbol.asyncDispose]();
  }

  async #row(id: string): Promise<SiteRow> {
    const row = await this.#sites.get(id);
    if (row === undefined) throw new RequestError('CON-R001', `There is no site “${id}”`, { site: id });
    return row;
  }

  async #siteOf(row: SiteRow): Promise<KeptSite> {
    const kept = await this.#open.get(row._id);
    if (kept?.serial === row.serial) return kept;
    // Another process may have removed the site and made a new one with the same id.
    const opening = this.#openSite(row);
    this.#open.set(row._id, opening);
    try {
      return await opening;
    } catch (error) {
      this.#open.delete(row._id);
      throw error;
    }
  }

  async #openSite({ _id, serial }: SiteRow): Promise<KeptSite> {
    await this.#connection.prepareSite(serial);
    const { identifiers, clock } = this.#surroundings;
    const tables = this.#connection.siteTables(serial);
    const queue = await MongoActivityQueue.open(tables, this.#surroundings, patienceMs);
    const parts = { tables, queue, patienceMs, identifiers, clock };
    const store = await MongoSiteStore.open(_id, parts);
    queue.beforeDistribute = async () => store.handOverActivities();
    return {
      ...{ serial, store, queue, accounts: new MongoAccountStore(tables.rows<AccountRow>('account')) },
      keyring: new MongoKeyring(tables.rows('openPgpKey')),
      parts: new MongoMessageParts(tables, () => identifiers.random()),
      carrierNotes: new MongoCarrierNotes(tables.rows('carrierNote')),
    };
  }

  /** Those that were cut off, unless before the site was off the list. What cannot be removed now is the next one's to remove. */
  async #endRemovals(): Promise<void> {
    const names = (await this.#settings.find({})).map(({ _id }) => _id).filter((name) => name.startsWith(removing));
    if (names.length === 0) return;
    const listed = new Set((await this.#sites.find({})).map(({ serial }) => serial));
    const left = names.map((name) => name.slice(removing.length)).filter((serial) => !listed.has(serial));
    try {
      for (const serial of left) await this.#endRemoval(serial);
    } catch (error) {
      if (!(error instanceof StoreError)) throw error;
    }
  }

  async #endRemoval(serial: string): Promise<void> {
    await this.#connection.drop(`${serial}.`);
    await this.#settings.remove({ _id: removing + serial });
  }

  async #setting(name: string): Promise<string | undefined> {
    return (await this.#settings.get(name))?.value;
  }

  get #sites(): MongoRows<SiteRow> {
    return this.#connection.rows<SiteRow>('site');
  }

  get #settings(): MongoRows<SettingRow> {
    return this.#connection.rows<SettingRow>('setting');
  }
}

function entryOf({ _id, title, createdAt }: SiteRow): SiteEntry {
  return { id: _id, title, createdAt };
}
