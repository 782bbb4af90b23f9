import { XmldomXPathEvaluator } from '../../src/adapters/xpath/xmldom-xpath-evaluator.ts';
import { queryNamed } from '../../src/objects/query.ts';
import type { ActivityQueue } from '../../src/ports/activity-queue.ts';
import type { AccountStore } from '../../src/ports/account-store.ts';
import type { CarrierNote, CarrierNotes } from '../../src/ports/carrier-notes.ts';
import type { Clock } from '../../src/ports/clock.ts';
import type { Keyring } from '../../src/ports/keyring.ts';
import type { Batch, SiteStore } from '../../src/ports/site-store.ts';
import type { OpenPgp } from '../../src/ports/open-pgp.ts';
import { defaultBrake } from '../../src/synchronization/brake.ts';
import type { XmlLimits } from '../../src/xml/limits.ts';
import { SignInGuard } from '../../src/use-cases/administration/sign-in-guard.ts';
import type { EngineServices } from '../../src/use-cases/exchange/engine-services.ts';
import { FillingAhead } from '../../src/use-cases/exchange/filling-ahead.ts';
import type { Actor, SiteContext } from '../../src/use-cases/site-context.ts';
import type { Disk, OpenDisk } from './disk.ts';
import { KillSwitch } from './mortal-store.ts';
import type { SeededIdentifiers } from './random.ts';
import { plainSeals } from './seals.ts';
import { unused } from './unused.ts';

/** The one time of a history, that people, processes and the network take from it. */
export class WorldClock {
  at = Date.UTC(2026, 0, 1);
}

/** What is the same for all sites of a history. */
export interface Surroundings {
  readonly clock: WorldClock;
  readonly identifiers: SeededIdentifiers;
  /** Where sites are kept. */
  readonly openDisk: OpenDisk;
  readonly maxMessageOctets: number;
  readonly hasBrake: boolean;
  /** What a site takes of documents, where that is not what all take; as of the start of its process. */
  readonly limits: ReadonlyMap<string, XmlLimits>;
  /** The keys of a site, where messages are sealed. */
  readonly keyringOf: ((site: string) => Keyring) | undefined;
  /** Told of each batch that a site commits. */
  readonly onCommit: (batch: Batch) => void;
}

/** The account that all subscriptions use. */
export const account = { name: 'sync', password: 'a:b' };
/** Compares as the queries of the simulation do. */
// The queries of the simulation compare the title with a value: an evaluation of XPath for each object would take most of its time.
export const xpath = {
  compile: (expression: string) => {
    const value = /"([^"]*)"/.exec(expression)?.[1] ?? '';
    return (document: string): boolean => !document.includes(`<title type="string">${value}</title>`);
  },
};

/** The query for everything that has not this title; good XPath, too. */
export function queryWithout(title: string): string {
  const query = `not(./title = "${title}")`;
  new XmldomXPathEvaluator().compile(query);
  return query;
}

/** Nothing but who was told something is decided by them. */
function carrierNotesInMemory(): CarrierNotes {
  const known = new Map<string, CarrierNote>();
  return {
    notes: async () => known,
    note: async (about, { trouble, ...news }) => {
      known.set(about, { ...known.get(about), ...news, ...(trouble !== null && trouble !== undefined && { trouble }) });
    },
    forget: async (about) => {
      known.delete(about);
    },
  };
}

interface Made {
  readonly clock: MachineClock;
  readonly disk: Disk;
}

/** A clock that can be wrong. */
class MachineClock implements Clock {
  /** How far it is off. */
  offset = 0;
  readonly #world: WorldClock;

  constructor(world: WorldClock) {
    this.#world = world;
  }

  now(): number {
    return this.#world.at + this.offset;
  }

  async sleep(): Promise<void> {}
}

/** A computer with its process, which can be killed, and its disk, which can be restored. */
export class Machine {
  readonly name: string;
  /** For people: the name, with a mark at a copy. */
  label: string;
  readonly backups: OpenDisk[] = [];
  readonly killSwitch = new KillSwitch();
  readonly clock: MachineClock;
  readonly services: EngineServices;
  readonly #surroundings: Surroundings;
  readonly #carrierNotes = carrierNotesInMemory();
  #disk: Disk;
  #people: SiteContext;
  #process: SiteContext;

  private constructor(name: string, surroundings: Surroundings, made: Made) {
    this.name = name;
    this.label = name;
    this.#surroundings = surroundings;
    this.clock = made.clock;
    this.#disk = made.disk;
    this.#people = this.#contextWith(made.disk.store);
    this.#process = this.#people;
    const actor: Actor = { name: account.name, roles: ['Synchronizer'] };
    this.services = {
      identity: name,
      authenticate: async (user, password) =>
        user === account.name && password === account.password ? actor : undefined,
      actorNamed: async (user) => (user === account.name ? actor : undefined),
      query: (text) => queryNamed(text, xpath),
      brake: surroundings.hasBrake ? { objects: 1, percent: 0 } : defaultBrake,
      maxMessageOctets: surroundings.maxMessageOctets,
    };
  }

  /** A machine with its process, on a disk that is put into it. */
  static async start(name: string, surroundings: Surroundings, openDisk = surroundings.openDisk): Promise<Machine> {
    const clock = new MachineClock(surroundings.clock);
    const disk = await openDisk({ ...surroundings, site: name, clock });
    const machine = new Machine(name, surroundings, { clock, disk });
    await machine.startAgain();
    return machine;
  }

  get disk(): Disk {
    return this.#disk;
  }

  /** What people work with. */
  get context(): SiteContext {
    return this.#people;
  }

  /** What its process works with, which may be dead. */
  get process(): SiteContext {
    return this.#process;
  }

  /** A new process on what is on the disk; on another disk, where one is given. */
  async startAgain(openDisk?: OpenDisk): Promise<void> {
    this.killSwitch.restart();
    if (openDisk !== undefined) {
      this.#disk = await openDisk({ ...this.#surroundings, site: this.name, clock: this.clock });
      await this.#disk.store.startEpoch();
    }
    this.#process = this.#contextWith(await this.#disk.startProcess(this.killSwitch));
    this.#people = this.#contextWith(this.#disk.store);
  }

  /** Another installation with the same identity. */
  async copied(): Promise<Machine> {
    const copy = await Machine.start(this.name, this.#surroundings, await this.#disk.image());
    copy.label = `${this.label}’`;
    copy.clock.offset = this.clock.offset;
    return copy;
  }

  #contextWith(store: SiteStore): SiteContext {
    const keyring = this.#surroundings.keyringOf?.(this.name);
    const xmlLimits = this.#surroundings.limits.get(this.name);
    return {
      site: this.name,
      store,
      // What would deliver an answer once more is not done: who asked asks again.
      queue: unused<ActivityQueue>('queue', { add: async () => 1 }),
      accounts: unused<AccountStore>('accounts'),
      installationAccounts: unused<AccountStore>('accounts'),
      passwordHasher: unused('password hasher'),
      signInGuard: new SignInGuard(this.clock, { maxFailures: 1_000, lockOutMs: 1 }),
      clock: this.clock,
      identifiers: this.#surroundings.identifiers,
      vault: { seal: (secret) => `sealed:${secret}`, open: (sealed) => sealed.slice('sealed:'.length) },
      fillingAhead: new FillingAhead(this.clock),
      carrierNotes: this.#carrierNotes,
      ...(xmlLimits && { xmlLimits }),
      ...(keyring !== undefined && { keyring, openPgp: unused<OpenPgp>('OpenPGP', plainSeals) }),
    };
  }
}
