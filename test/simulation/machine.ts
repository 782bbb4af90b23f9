import { XmldomXPathEvaluator } from '../../src/adapters/xpath/xmldom-xpath-evaluator.ts';
import { queryNamed } from '../../src/objects/query.ts';
import type { ActivityQueue } from '../../src/ports/activity-queue.ts';
import type { AccountStore } from '../../src/ports/account-store.ts';
import type { CarrierNote, CarrierNotes } from '../../src/ports/carrier-notes.ts';
import type { Clock } from '../../src/ports/clock.ts';
import type { Identifiers } from '../../src/ports/identifiers.ts';
import type { Keyring } from '../../src/ports/keyring.ts';
import type { SiteNotes } from '../../src/ports/site-notes.ts';
import type { Batch, SiteStore } from '../../src/ports/site-store.ts';
import type { OpenPgp } from '../../src/ports/open-pgp.ts';
import { defaultBrake } from '../../src/synchronization/brake.ts';
import { SignInGuard } from '../../src/use-cases/administration/sign-in-guard.ts';
import type { EngineServices } from '../../src/use-cases/exchange/engine-services.ts';
import { FillingAhead } from '../../src/use-cases/exchange/filling-ahead.ts';
import type { Actor, SiteContext } from '../../src/use-cases/site-context.ts';
import type { MemoryData } from '../support/memory-site-data.ts';
import { MemorySiteStore } from '../support/memory-site-store.ts';
import { plainSeals } from './seals.ts';
import { KillSwitch, mortal } from './mortal-store.ts';

/** The one time of a history, that people, processes and the network take from it. */
export class WorldClock {
  at = Date.UTC(2026, 0, 1);
}

/** What is the same for all sites of a history. */
export interface Surroundings {
  readonly clock: WorldClock;
  readonly identifiers: Identifiers;
  readonly maxMessageOctets: number;
  readonly hasBrake: boolean;
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

/** A service that the engine asks for and the simulation has no part in, but for the methods that are given. */
function unused<Service extends object>(name: string, given: Partial<Service> = {}): Service {
  // Nothing else of it is called: whoever does is told.
  return new Proxy(given as Service, {
    get: (target, method) =>
      Reflect.get(target, method) ??
      (async () => {
        throw new Error(`the simulation has no ${name}: ${String(method)}`);
      }),
  });
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

/** A computer with its process, which can be killed, and its disk, which can be restored. */
export class Machine {
  readonly name: string;
  /** For people: the name, with a mark at a copy. */
  label: string;
  /** How far its clock is off. */
  clockOffset = 0;
  readonly backups: MemoryData[] = [];
  readonly killSwitch = new KillSwitch();
  readonly clock: Clock;
  readonly services: EngineServices;
  readonly #surroundings: Surroundings;
  readonly #carrierNotes = carrierNotesInMemory();
  #store: MemorySiteStore;
  #people: SiteContext;
  #process: SiteContext;

  constructor(name: string, surroundings: Surroundings, data?: MemoryData) {
    this.name = name;
    this.label = name;
    this.#surroundings = surroundings;
    this.clock = { now: () => surroundings.clock.at + this.clockOffset, sleep: async () => undefined };
    this.#store = this.#open(data);
    this.#people = this.#contextWith(this.#store);
    this.#process = this.#contextWith(mortal(this.#store, this.killSwitch));
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

  get store(): MemorySiteStore {
    return this.#store;
  }

  /** What people work with. */
  get context(): SiteContext {
    return this.#people;
  }

  /** What its process works with, which may be dead. */
  get process(): SiteContext {
    return this.#process;
  }

  /** A new process on what is on the disk; another disk, where one is given. */
  async startAgain(data?: MemoryData): Promise<void> {
    this.killSwitch.restart();
    if (data !== undefined) {
      this.#store = this.#open(data);
      await this.#store.startEpoch();
    }
    this.#people = this.#contextWith(this.#store);
    this.#process = this.#contextWith(mortal(this.#store, this.killSwitch));
  }

  /** Another installation with the same identity. */
  copied(): Machine {
    const copy = new Machine(this.name, this.#surroundings, this.#store.backUp());
    copy.label = `${this.label}’`;
    copy.clockOffset = this.clockOffset;
    return copy;
  }

  #open(data: MemoryData | undefined): MemorySiteStore {
    const { identifiers, onCommit } = this.#surroundings;
    const notes = unused<SiteNotes>('notes', { addSyncEvent: async () => 1, conflictRules: async () => [] });
    return new MemorySiteStore(this.name, { identifiers, onCommit, notes }, data);
  }

  #contextWith(store: SiteStore): SiteContext {
    const keyring = this.#surroundings.keyringOf?.(this.name);
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
      ...(keyring !== undefined && { keyring, openPgp: unused<OpenPgp>('OpenPGP', plainSeals) }),
    };
  }
}
