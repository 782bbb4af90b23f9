import { connect } from 'node:net';
import { onTestFinished } from 'vitest';
import { CronerCalendar } from '../../src/adapters/croner/croner-calendar.ts';
import { RememberingPasswordHasher } from '../../src/adapters/scrypt/remembering-password-hasher.ts';
import { UploadedDocumentSource } from '../../src/adapters/folder/uploaded-document-source.ts';
import { OpenPgpJs } from '../../src/adapters/openpgp/openpgp-js.ts';
import { ScryptPasswordHasher } from '../../src/adapters/scrypt/scrypt-password-hasher.ts';
import { KeyFileVault } from '../../src/adapters/system/key-file-vault.ts';
import { RandomIdentifiers } from '../../src/adapters/system/random-identifiers.ts';
import { XmldomXPathEvaluator } from '../../src/adapters/xpath/xmldom-xpath-evaluator.ts';
import type { Role } from '../../src/ports/account-store.ts';
import type { Clock } from '../../src/ports/clock.ts';
import { assessFlow } from '../../src/use-cases/administration/assess-flow.ts';
import { addAccount } from '../../src/use-cases/administration/accounts.ts';
import { setUpExample } from '../../src/use-cases/administration/example.ts';
import { addSite } from '../../src/use-cases/administration/manage-sites.ts';
import { queryNamed } from '../../src/objects/query.ts';
import { publish } from '../../src/use-cases/administration/publish.ts';
import { invoke, tic } from '../../src/use-cases/administration/run-activities.ts';
import type { RunOptions } from '../../src/use-cases/administration/run-activities.ts';
import { distribute } from '../../src/use-cases/administration/schedule.ts';
import { SignInGuard } from '../../src/use-cases/administration/sign-in-guard.ts';
import type { Actor, SiteContext } from '../../src/use-cases/site-context.ts';
import { subscribe } from '../../src/use-cases/administration/subscribe.ts';
import { createApp } from '../../src/web/app.ts';
import { messageClassesOf } from '../../src/web/messages.ts';
import { startServer } from '../../src/web/server.ts';
import type { WebServices, WebSettings } from '../../src/web/web-services.ts';
import { defaultWebSettings } from '../../src/web/web-services.ts';
import { openWebSites } from './web-sites.ts';

/** Who made the accounts and records of a test. */
export const manager: Actor = { name: 'the test', roles: ['Manager'] };

/** A server on loopback with the sites `cps` and `cps_client`, on a real store (web-sites.ts says where); closed after the test. */
export interface WebFixture {
  readonly address: string;
  readonly services: WebServices;
  readonly site: SiteContext;
  /** The time moves only when a test says so. */
  readonly time: { now: number };
  /** What was reported as a fault of the server. */
  readonly faults: unknown[];
  /** As `fetch` of an address below the server, as the account `name` unless that is empty; its password is `NAME:secret`. */
  ask(path: string, options?: AskOptions): Promise<Answered>;
}

/** What to ask with. */
export interface AskOptions {
  readonly method?: string;
  readonly as?: string;
  readonly password?: string;
  readonly headers?: Readonly<Record<string, string>>;
  readonly body?: string | Uint8Array<ArrayBuffer>;
  readonly json?: unknown;
}

/** What was answered. */
export interface Answered {
  readonly status: number;
  readonly headers: Headers;
  readonly text: string;
  /** The body, when it is JSON. */
  readonly json: Record<string, unknown>;
}

const cheap = { cost: 2, blockSize: 1, parallelization: 1 };
const accounts: readonly (readonly [name: string, role: Role])[] = [
  ['seb', 'Manager'],
  ['paula', 'Publisher'],
  ['mia', 'Member'],
  ['sync', 'Synchronizer'],
];
const flowLimits = { silenceMs: 120_000, overdueActivityMs: 600_000, overdueSyncMs: 3_600_000 };

/** Starts one, with some services or settings replaced. */
export async function startWeb(
  replaced: { readonly services?: Partial<WebServices>; readonly settings?: Partial<WebSettings> } = {},
): Promise<WebFixture> {
  const time = { now: Date.UTC(2026, 10, 20) };
  const faults: unknown[] = [];
  const clock: Clock = { now: () => time.now, sleep: async () => undefined };
  const services = { ...(await openServices(clock, faults)), ...replaced.services };
  const app = createApp(services, { ...defaultWebSettings, ...replaced.settings });
  const server = await startServer(app, { host: '127.0.0.1', port: 0, stopMs: 1_000 }, messageClassesOf(app));
  onTestFinished(() => server[Symbol.asyncDispose]());
  const { address } = server;
  return { address, services, site: await services.site('cps'), time, faults, ask: asker(address) };
}

async function openServices(clock: Clock, faults: unknown[]): Promise<WebServices> {
  const identifiers = new RandomIdentifiers(() => clock.now());
  const { installation, open } = await openWebSites({ identifiers, clock });
  const common = {
    installationAccounts: installation.accounts,
    passwordHasher: new RememberingPasswordHasher(new ScryptPasswordHasher(cheap), clock),
    signInGuard: new SignInGuard(clock),
    clock,
    identifiers,
    vault: new KeyFileVault(':memory:'),
    openPgp: new OpenPgpJs(),
  };
  const site = async (id: string): Promise<SiteContext> => ({ ...(await open(id)), ...common, site: id });
  for (const id of ['cps', 'cps_client']) {
    await installation.addSite(id, id);
    for (const [name, role] of accounts)
      await addAccount(await site(id), manager, { name, roles: [role], password: `${name}:secret` });
  }
  const admin = { accounts: installation.accounts, passwordHasher: common.passwordHasher, clock };
  await addAccount(admin, manager, { name: 'admin', roles: ['Manager'], password: 'admin:secret' });
  const xpath = new XmldomXPathEvaluator();
  const calendar = new CronerCalendar();
  return {
    installation,
    site,
    operators: {
      ...common,
      accounts: { account: async () => undefined },
      store: { record: async () => undefined },
    },
    watch: {
      flow: () => assessFlow({ installation, site, clock, calendar, startedAt: clock.now(), limits: flowLimits }),
      exposition: async () => '# TYPE process_counted_total counter\nprocess_counted_total 1\n',
    },
    guide: {
      addSite: (entry) => addSite(installation, entry),
      setUpExample: async (address) => {
        await setUpExample({ installation, site, xpath, calendar, address });
      },
      testConnection: async () => ({ objects: 3, mayPull: true, mayPush: false }),
      openUpload: (files) => new UploadedDocumentSource(files),
    },
    sessions: {
      sessions: installation.sessions,
      clock,
      identifiers,
      limits: { idleMs: 12 * 3_600_000, longestMs: 30 * 24 * 3_600_000 },
    },
    answerMessage: async (_, { body }) => body,
    receiveMail: async () => ({ outcome: 'taken' }),
    query: (text) => queryNamed(text, xpath),
    publish: (context, request) => publish(context, request, xpath),
    subscribe: (context, request) => subscribe(context, request, { xpath, calendar }),
    previewSync: async (_, { refreshFrom, slow }) => ({
      kind: refreshFrom === undefined ? (slow === true ? 'comparison' : 'changes') : `refresh-from-${refreshFrom}`,
      send: [],
      receive: [],
      isComplete: true,
      members: refreshFrom === undefined ? undefined : { publisher: 3, subscriber: 2 },
      name: 'a.1.b:c.2.d',
    }),
    distribute: (context) => distribute(context, calendar),
    tic: (context, node) => tic(context, runOptions(node)),
    invoke: (context, id) => invoke(context, id, runOptions('invoke')),
    reportFault: (error) => faults.push(error),
  };
}

/** Work that is done by doing nothing: what an activity does is not the web's business. */
function runOptions(node: string): RunOptions {
  const nothing = async (): Promise<void> => undefined;
  return {
    node,
    handlers: { synchronize: nothing, import: nothing, 'collect-garbage': nothing, 'deliver-answer': nothing },
    retry: { firstMs: 1, longestMs: 1 },
    leaseMs: 60_000,
    random: () => 0.5,
    signal: new AbortController().signal,
  };
}

function asker(address: string): WebFixture['ask'] {
  return async (path, options = {}) => {
    const { method = 'GET', as = 'seb', password = `${as}:secret`, headers = {}, json } = options;
    const credentials = Buffer.from(`${as}:${password}`).toString('base64');
    const body = json === undefined ? options.body : JSON.stringify(json);
    const response = await fetch(address + path, {
      method,
      redirect: 'manual',
      headers: {
        ...(as === '' ? {} : { authorization: `Basic ${credentials}` }),
        ...(json === undefined ? {} : { 'content-type': 'application/json' }),
        ...headers,
      },
      ...(body === undefined ? {} : { body }),
    });
    const text = await response.text();
    return { status: response.status, headers: response.headers, text, json: parsedJson(text) };
  };
}

function parsedJson(text: string): Record<string, unknown> {
  // What is no JSON object is looked at as text.
  return text.startsWith('{') ? (JSON.parse(text) as Record<string, unknown>) : {};
}

/** Sends a request as it is written, octet by octet, and gives the whole answer: for what no client would send. */
export function askRaw(address: string, request: string): Promise<string> {
  return new Promise((resolve, reject) => {
    const socket = connect(Number(new URL(address).port), '127.0.0.1');
    let answer = '';
    socket.on('data', (chunk) => {
      answer += chunk.toString('latin1');
    });
    socket.on('close', () => {
      resolve(answer);
    });
    socket.on('error', reject);
    socket.write(request);
  });
}

/** The header with which the Manager `seb` signs in. */
export const signedIn = `Authorization: Basic ${Buffer.from('seb:seb:secret').toString('base64')}`;
