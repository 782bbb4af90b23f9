import { topGid } from '../../src/objects/gid.ts';
import type { Gid } from '../../src/objects/gid.ts';
import { parsePath } from '../../src/objects/path.ts';
import type { Version } from '../../src/objects/version.ts';
import type { Clock } from '../../src/ports/clock.ts';
import type { PublicationSettings } from '../../src/use-cases/administration/publish.ts';
import { publish } from '../../src/use-cases/administration/publish.ts';
import type { SubscriptionSettings } from '../../src/use-cases/administration/subscribe.ts';
import { subscribe } from '../../src/use-cases/administration/subscribe.ts';
import type { SiteStore } from '../../src/ports/site-store.ts';
import type { EngineServices } from '../../src/use-cases/exchange/engine-services.ts';
import { resolvePath } from '../../src/use-cases/objects/read-object.ts';
import { putObject } from '../../src/use-cases/objects/write-object.ts';
import type { Actor, SiteContext } from '../../src/use-cases/site-context.ts';
import type { Disk, DiskContents, OpenDisk } from './disk.ts';
import type { Machine } from './machine.ts';
import { account, xpath } from './machine.ts';
import { keyName } from './seals.ts';
import type { KillSwitch } from './mortal-store.ts';

/** What is published, and where it is, at every site. */
export interface Collection {
  readonly publication: string;
  readonly path: string;
}

/** What every history has. */
export const firstCollection: Collection = { publication: 'Repo', path: '/repo' };
/** What histories with two publications have besides. */
export const secondCollection: Collection = { publication: 'Other', path: '/other' };

/** How messages travel. */
export type Way = 'http' | 'mail' | 'folder';

export const manager: Actor = { name: 'admin', roles: ['Manager'] };

/** One collection of a site, on the machine that it shares with the others. */
export class SimulatedSite {
  readonly machine: Machine;
  readonly collection: Collection;
  readonly way: Way;
  root: Gid = topGid;

  constructor(machine: Machine, way: Way, collection: Collection = firstCollection) {
    this.machine = machine;
    this.way = way;
    this.collection = collection;
  }

  get name(): string {
    return this.machine.name;
  }

  get label(): string {
    return this.collection === firstCollection
      ? this.machine.label
      : `${this.machine.label}/${this.collection.publication}`;
  }

  get clock(): Clock {
    return this.machine.clock;
  }

  get clockOffset(): number {
    return this.machine.clock.offset;
  }

  set clockOffset(offset: number) {
    this.machine.clock.offset = offset;
  }

  get backups(): OpenDisk[] {
    return this.machine.backups;
  }

  get killSwitch(): KillSwitch {
    return this.machine.killSwitch;
  }

  get services(): EngineServices {
    return this.machine.services;
  }

  get store(): SiteStore {
    return this.machine.disk.store;
  }

  get disk(): Disk {
    return this.machine.disk;
  }

  /** What is on its disk now. */
  async contents(): Promise<DiskContents> {
    return this.disk.contents();
  }

  /** What people work with. */
  get context(): SiteContext {
    return this.machine.context;
  }

  /** What its process works with, which may be dead. */
  get process(): SiteContext {
    return this.machine.process;
  }

  get url(): string {
    switch (this.way) {
      case 'http':
        return `http://localhost:9673/${this.name}`;
      case 'mail':
        return `mailto:${this.name}@example.org`;
      case 'folder':
        return `file:///boxes/${this.name}`;
      default:
        return this.way satisfies never;
    }
  }

  /** Where its subscription has its identity. */
  get subscriptionUrl(): string {
    const { publication } = this.collection;
    return this.way === 'mail'
      ? `mailto:${this.name}+${publication}@example.org`
      : `http://localhost:9673/${this.name}/${publication}`;
  }

  get #seal(): { readonly keyName?: string } {
    return this.context.keyring === undefined ? {} : { keyName };
  }

  async startAgain(openDisk?: OpenDisk): Promise<void> {
    await this.machine.startAgain(openDisk);
  }

  /** Another installation with the same identity. */
  async copied(): Promise<SimulatedSite> {
    const copy = new SimulatedSite(await this.machine.copied(), this.way, this.collection);
    copy.root = this.root;
    return copy;
  }

  async put(path: string, document: string): Promise<Version> {
    const request = { path: parsePath(path), document, createParents: true };
    return (await putObject(this.context, { name: this.name }, request)).version;
  }

  async makeRepository(): Promise<void> {
    const { path } = this.collection;
    await this.put(path, '<object portal_type="Folder"></object>');
    this.root = (await resolvePath(this.store, parsePath(path)))?.gid ?? topGid;
  }

  async publish(settings: Partial<PublicationSettings> = {}): Promise<void> {
    const { publication: id, path } = this.collection;
    const url = this.way === 'http' ? {} : { url: this.url };
    await publish(this.context, { id, actor: manager, path, ...url, ...this.#seal, ...settings }, xpath);
  }

  async subscribe(publisher: SimulatedSite, settings: SubscriptionSettings = {}): Promise<void> {
    const { publication, path } = this.collection;
    const addresses = { publicationUrl: publisher.url, subscriptionUrl: this.subscriptionUrl, publication };
    await subscribe(
      this.context,
      {
        id: publication,
        actor: manager,
        user: account.name,
        password: account.password,
        path,
        ...addresses,
        ...this.#seal,
        ...settings,
      },
      { calendar: { next: () => undefined }, xpath },
    );
  }
}
