import { expect } from 'vitest';
import { SqliteAccountStore } from '../../src/adapters/sqlite/sqlite-account-store.ts';
import { SqliteActivityQueue } from '../../src/adapters/sqlite/sqlite-activity-queue.ts';
import type { SqliteDatabase } from '../../src/adapters/sqlite/sqlite-database.ts';
import { SqliteMessageParts } from '../../src/adapters/sqlite/sqlite-message-parts.ts';
import { SqliteCarrierNotes } from '../../src/adapters/sqlite/sqlite-carrier-notes.ts';
import { SqliteKeyring } from '../../src/adapters/sqlite/sqlite-keyring.ts';
import { OpenPgpJs } from '../../src/adapters/openpgp/openpgp-js.ts';
import { openSiteDatabase, SqliteSiteStore } from '../../src/adapters/sqlite/sqlite-site-store.ts';
import { RandomIdentifiers } from '../../src/adapters/system/random-identifiers.ts';
import { CronerCalendar } from '../../src/adapters/croner/croner-calendar.ts';
import { XmldomXPathEvaluator } from '../../src/adapters/xpath/xmldom-xpath-evaluator.ts';
import { TransportError } from '../../src/errors/concord-error.ts';
import { queryNamed } from '../../src/objects/query.ts';
import { parsePath } from '../../src/objects/path.ts';
import type { Version } from '../../src/objects/version.ts';
import type { Boots } from '../../src/ports/boots.ts';
import type { Identifiers } from '../../src/ports/identifiers.ts';
import type { PasswordHasher } from '../../src/ports/password-hasher.ts';
import type { OutgoingMessage, Transport } from '../../src/ports/transport.ts';
import { defaultBrake } from '../../src/synchronization/brake.ts';
import { answerPosted } from '../../src/use-cases/exchange/answer-posted.ts';
import { looksSealed } from '../../src/use-cases/exchange/seals.ts';
import type { EngineServices } from '../../src/use-cases/exchange/engine-services.ts';
import { FillingAhead } from '../../src/use-cases/exchange/filling-ahead.ts';
import { publish } from '../../src/use-cases/administration/publish.ts';
import type { PublicationSettings } from '../../src/use-cases/administration/publish.ts';
import { resolvePath } from '../../src/use-cases/objects/read-object.ts';
import type { SyncReport } from '../../src/use-cases/subscriber/run-sync.ts';
import type { SyncOptions } from '../../src/use-cases/subscriber/running-sync.ts';
import { runSync } from '../../src/use-cases/subscriber/run-sync.ts';
import { SignInGuard } from '../../src/use-cases/administration/sign-in-guard.ts';
import type { Actor, SiteContext } from '../../src/use-cases/site-context.ts';
import type { SubscriptionSettings } from '../../src/use-cases/administration/subscribe.ts';
import { subscribe } from '../../src/use-cases/administration/subscribe.ts';
import { deleteObject, moveObject, putObject } from '../../src/use-cases/objects/write-object.ts';
import type { XmlLimits } from '../../src/xml/limits.ts';
import { HandClock } from './memory-site.ts';
import { expectValidSyncMl } from './syncml-grammar.ts';

const plainHasher: PasswordHasher = {
  hash: (password) => Promise.resolve(password),
  verify: (password, hash) => Promise.resolve(password === hash),
};

const plainVault = {
  seal: (secret: string): string => `sealed:${secret}`,
  open: (sealed: string): string => sealed.slice('sealed:'.length),
};

const xpath = new XmldomXPathEvaluator();
const calendar = new CronerCalendar();
export const manager: Actor = { name: 'admin', roles: ['Manager'] };

/** A site on its own database, with all that the engine needs, and short ways to look at it and change it. */
export class TestSite {
  readonly context: SiteContext;
  readonly services: EngineServices;
  readonly clock: HandClock;
  readonly database: SqliteDatabase;

  constructor(
    id: string,
    clock: HandClock,
    options: {
      readonly maxMessageOctets?: number;
      readonly file?: string;
      readonly identifiers?: Identifiers;
      readonly xmlLimits?: XmlLimits;
      readonly boots?: Boots;
    } = {},
  ) {
    const identifiers = options.identifiers ?? new RandomIdentifiers();
    this.clock = clock;
    this.database = openSiteDatabase(options.file ?? ':memory:');
    const store = new SqliteSiteStore(this.database, id, { clock, identifiers, boots: options.boots });
    const accounts = new SqliteAccountStore(this.database);
    const nobody = {
      accounts: () => Promise.resolve([]),
      account: () => Promise.resolve(undefined),
      saveAccount: () => Promise.resolve(),
      changeAccount: () => Promise.resolve(false),
      removeAccount: () => Promise.resolve(false),
    };
    this.context = {
      site: id,
      store,
      queue: new SqliteActivityQueue(this.database, clock),
      accounts,
      installationAccounts: nobody,
      passwordHasher: plainHasher,
      signInGuard: new SignInGuard(clock, { maxFailures: 10, lockOutMs: 60_000 }),
      clock,
      identifiers,
      vault: plainVault,
      keyring: new SqliteKeyring(this.database),
      carrierNotes: new SqliteCarrierNotes(this.database),
      parts: new SqliteMessageParts(this.database),
      openPgp: new OpenPgpJs(),
      fillingAhead: new FillingAhead(clock),
      ...(options.xmlLimits && { xmlLimits: options.xmlLimits }),
    };
    this.services = {
      identity: id,
      authenticate: async (name, password) => {
        const account = await accounts.account(name);
        return account?.passwordHash === password ? { name, roles: account.roles } : undefined;
      },
      actorNamed: async (name) => {
        const account = await accounts.account(name);
        return account && { name, roles: account.roles };
      },
      query: (text) => queryNamed(text, xpath),
      brake: defaultBrake,
      maxMessageOctets: options.maxMessageOctets ?? 1_000_000,
    };
  }

  get url(): string {
    return `http://localhost:9673/${this.context.site}`;
  }

  async addAccount(name: string, password: string, roles: Actor['roles'] = ['Synchronizer']): Promise<void> {
    await this.context.accounts.saveAccount({
      name,
      roles,
      passwordHash: password,
      mustChangePassword: false,
      createdAt: this.clock.now(),
    });
  }

  /** Writes a document at a path; folders on the way are made. A moment passes. */
  async put(path: string, document: string, by = 'somebody'): Promise<Version> {
    this.clock.at += 1000;
    const written = await putObject(
      this.context,
      { name: by },
      { path: parsePath(path), document, createParents: true },
    );
    return written.version;
  }

  async remove(path: string, by = 'somebody'): Promise<void> {
    this.clock.at += 1000;
    await deleteObject(this.context, { name: by }, { path: parsePath(path), recursive: true });
  }

  async move(path: string, to: string, by = 'somebody'): Promise<void> {
    this.clock.at += 1000;
    await moveObject(this.context, { name: by }, { path: parsePath(path), to: parsePath(to) });
  }

  async get(path: string): Promise<string | undefined> {
    return (await resolvePath(this.context.store, parsePath(path)))?.document;
  }

  /** All objects below a path, as path and document: what must be the same at two sites. */
  async tree(path: string): Promise<Readonly<Record<string, string>>> {
    const root = await resolvePath(this.context.store, parsePath(path));
    const found: Record<string, string> = {};
    const walk = async (gid: Version['gid'], at: string): Promise<void> => {
      for (const child of await this.context.store.children(gid)) {
        found[`${at}/${child.id}`] = `${child.gid} ${child.document}`;
        await walk(child.gid, `${at}/${child.id}`);
      }
    };
    if (root !== undefined) await walk(root.gid, '');
    return found;
  }

  async publish(id: string, path: string, settings: Partial<PublicationSettings> = {}): Promise<void> {
    await publish(this.context, { id, actor: manager, path, ...settings }, xpath);
  }

  async subscribe(id: string, publisher: TestSite, path: string, settings: SubscriptionSettings = {}): Promise<void> {
    const addresses = { publicationUrl: publisher.url, subscriptionUrl: `${this.url}/${id}`, publication: id, path };
    await subscribe(
      this.context,
      { id, actor: manager, user: 'sync', password: 'a:b', ...addresses, ...settings },
      { calendar, xpath },
    );
  }
}

/** A message on the wire, as a transcript keeps it. */
export interface Exchanged {
  readonly request: string;
  readonly answer: string;
}

/** Carries messages between test sites in this process, checks each against the grammar, keeps them, and fails where a test wants it. */
export class Wire implements Transport {
  readonly schemes = ['http', 'https'];
  readonly exchanges: Exchanged[] = [];
  /** Called before the publisher sees a message and before the subscriber sees the answer; throws to break off there. */
  fault: (where: 'request' | 'answer', count: number) => void = () => undefined;
  readonly #sites: readonly TestSite[];
  #count = 0;

  constructor(...sites: readonly TestSite[]) {
    this.#sites = sites;
  }

  get requests(): number {
    return this.exchanges.length;
  }

  async deliver(message: OutgoingMessage): Promise<{ readonly outcome: 'answered'; readonly body: Uint8Array }> {
    this.#count += 1;
    const site = this.#sites.find((one) => one.url === message.url);
    if (site === undefined) throw new Error(`no site at ${message.url}`);
    const request = new TextDecoder().decode(message.body);
    if (!looksSealed(message.body)) expectValidSyncMl(request);
    this.fault('request', this.#count);
    const body = await answerPosted(site.context, site.services, { body: message.body, remoteAddress: '127.0.0.1' });
    const answer = new TextDecoder().decode(body);
    if (!looksSealed(body)) expectValidSyncMl(answer);
    this.exchanges.push({ request, answer });
    this.fault('answer', this.#count);
    return { outcome: 'answered', body };
  }
}

/** Synchronises a subscription of a site over a wire. */
export async function sync(
  site: TestSite,
  id: string,
  wire: Wire,
  options: Partial<SyncOptions> = {},
): Promise<SyncReport> {
  site.clock.at += 1000;
  return runSync(
    site.context,
    { id, options: { holder: 'test', ...options } },
    { services: site.services, transport: wire },
  );
}

/** A sync of which an answer is lost, the first one or a later: the publisher has received what was sent, and the subscriber hears nothing of it. */
export async function syncUnheard(site: TestSite, wire: Wire, answer = 1): Promise<void> {
  const last = wire.requests + answer;
  const lost = new TransportError('CON-T001', 'lost', { retry: 'later' });
  wire.fault = (where) => {
    if (where === 'answer' && wire.requests >= last) throw lost;
  };
  await expect(sync(site, 'Repository', wire)).rejects.toBe(lost);
  wire.fault = () => undefined;
}

/** A publisher `cps` with /portal_repository published as Repository, and a subscriber `cps_client`, as in the seed. */
export interface Pair {
  readonly publisher: TestSite;
  readonly subscriber: TestSite;
  readonly wire: Wire;
  readonly clock: HandClock;
}

export async function seedPair(
  settings: SubscriptionSettings = {},
  options: { readonly maxMessageOctets?: number } = {},
  limits: { readonly publisher?: XmlLimits } = {},
): Promise<Pair> {
  const clock = new HandClock();
  const xmlLimits = limits.publisher && { xmlLimits: limits.publisher };
  const publisher = new TestSite('cps', clock, { ...options, ...xmlLimits });
  const subscriber = new TestSite('cps_client', clock, options);
  await publisher.addAccount('sync', 'a:b');
  await publisher.put(
    '/portal_repository/first',
    '<object portal_type="Document"><title type="string">First</title></object>',
  );
  await publisher.publish('Repository', '/portal_repository');
  await subscriber.subscribe('Repository', publisher, '/portal_repository', settings);
  return { publisher, subscriber, wire: new Wire(publisher, subscriber), clock };
}

/** Two sites that both have the object `a`, and have told each other so. */
export async function haveMet(publisher: TestSite, subscriber: TestSite): Promise<Wire> {
  const at = '/portal_repository';
  await publisher.addAccount('sync', 'a:b');
  await publisher.put(`${at}/a`, card('A', '1'));
  await publisher.publish('Repository', at);
  await subscriber.subscribe('Repository', publisher, at);
  const wire = new Wire(publisher, subscriber);
  for (let round = 0; round < 2; round += 1) await sync(subscriber, 'Repository', wire);
  return wire;
}

/** An object document with two fields. */
export function card(title: string, phone: string): string {
  return `<object portal_type="Person"><title type="string">${title}</title><phone type="string">${phone}</phone></object>`;
}
