import type { AccountStore } from './account-store.ts';
import type { ActivityQueue } from './activity-queue.ts';
import type { SessionStore } from './session-store.ts';
import type { CarrierNotes } from './carrier-notes.ts';
import type { Keyring } from './keyring.ts';
import type { MessageParts } from './message-parts.ts';
import type { SiteStore } from './site-store.ts';

/** A site as the installation lists it. */
export interface SiteEntry {
  readonly id: string;
  readonly title: string;
  readonly createdAt: number;
}

/** One site opened: its store, and the queue that lives in it. */
export interface OpenSite {
  readonly store: SiteStore;
  readonly queue: ActivityQueue;
  readonly accounts: AccountStore;
  readonly keyring: Keyring;
  readonly parts: MessageParts;
  readonly carrierNotes: CarrierNotes;
}

/** A data directory: its sites, and what is common to them. Several processes may have it open. */
export interface Installation extends AsyncDisposable {
  /** A random name made once; it changes when the directory becomes an installation of its own. */
  readonly id: string;
  sites(): Promise<readonly SiteEntry[]>;
  /** @throws RequestError CON-R006 when there is one, CON-R008 when the id cannot stand in a URL */
  addSite(id: string, title: string): Promise<SiteEntry>;
  /** With all its data. @throws RequestError CON-R001 */
  removeSite(id: string): Promise<void>;
  /** Opens once per process and keeps it. @throws RequestError CON-R001 */
  site(id: string): Promise<OpenSite>;
  /** Accounts that are good on all sites: the administrator. */
  readonly accounts: AccountStore;
  /** Who has signed in at the pages, of all sites. */
  readonly sessions: SessionStore;
  /** Small settings by name: the first password was printed, and such. */
  setting(name: string): Promise<string | undefined>;
  saveSetting(name: string, value: string): Promise<void>;
  /**
   * Makes an installation of its own out of a copy: a new id, and a new epoch for every site, so that peers see where the logs part. Nobody else may have the
   * directory open.
   */
  startIdentity(): Promise<void>;
  /** Writes a consistent copy of everything into one file, while others go on working. */
  backup(file: string): Promise<void>;
}
