/**
 * A process of the benchmark that holds the sites of one data directory, as `concord start` and `concord sync` do, and does what it is asked over IPC.
 */
import { subscribe as listenTo } from 'node:diagnostics_channel';
import { readFileSync, writeFileSync } from 'node:fs';
import { Session } from 'node:inspector/promises';
import type { Socket } from 'node:net';
import { engineServices } from '../src/compose/engine.ts';
import { startMail } from '../src/compose/mail.ts';
import { startWeb } from '../src/compose/web.ts';
import type { Composition } from '../src/compose/compose.ts';
import { compose } from '../src/compose/compose.ts';
import { readConfiguration } from '../src/configuration/read-configuration.ts';
import { addAccount } from '../src/use-cases/administration/accounts.ts';
import { addSite } from '../src/use-cases/administration/manage-sites.ts';
import { publish } from '../src/use-cases/administration/publish.ts';
import { runSync } from '../src/use-cases/subscriber/run-sync.ts';
import type { Actor } from '../src/use-cases/site-context.ts';
import { subscribe } from '../src/use-cases/administration/subscribe.ts';
import type { RunningServer } from '../src/web/server.ts';
import { account } from './bench-account.ts';
import { fingerprintOf } from './fingerprint.ts';
import { editRecords, loadRecords } from './load-records.ts';
import { simulateSubscribers } from './site-subscribers.ts';
import { changeAfter, makeOwnKey, syncByMail, trustKeyOf } from './site-mail.ts';
import type { SiteReply, SiteRequest, SiteResults, SyncMeasured, Used } from './site-messages.ts';

const actor: Actor = { name: 'bench', roles: ['Manager'] };
const name = 'Records';

const sockets = new Set<Socket>();
const closed = { octetsIn: 0, octetsOut: 0 };
let requests = 0;
let composition: Composition | undefined;
let server: RunningServer | undefined;
let mail: AsyncDisposable | undefined;
let profiler: Session | undefined;
let isClosed = false;

listenTo('http.server.request.start', (message) => {
  // Node's own channel: the message has the request's socket (Node 20, Diagnostics Channel, HTTP).
  const { socket } = message as { readonly socket: Socket };
  requests += 1;
  if (sockets.has(socket)) return;
  sockets.add(socket);
  socket.once('close', () => {
    sockets.delete(socket);
    closed.octetsIn += socket.bytesRead;
    closed.octetsOut += socket.bytesWritten;
  });
});

process.on('message', (message) => {
  // Only the benchmark writes to this channel.
  const request = message as SiteRequest;
  carryOut(request).then(
    (result) => {
      reply({ outcome: 'done', result });
      if (request.do === 'close') process.disconnect();
    },
    (error: unknown) => {
      reply({ outcome: 'failed', text: error instanceof Error ? (error.stack ?? error.message) : String(error) });
    },
  );
});

// Whoever started it is gone: nobody else would end it.
process.once('disconnect', () => {
  if (!isClosed) void close();
});

function reply(answer: SiteReply): void {
  process.send?.(answer);
}

async function carryOut(request: SiteRequest): Promise<SiteResults[keyof SiteResults]> {
  switch (request.do) {
    case 'open':
      return open(request.data);
    case 'serve':
      server = await startWeb(opened(), {
        reportFault: (error) => console.error(error),
        whenListening: async () => {},
      });
      return `http://127.0.0.1:${server.port}`;
    case 'add-site':
      await addSite(opened().installation, { id: request.site, title: '' });
      return undefined;
    case 'load':
      await loadRecords(await opened().site(request.site), request);
      return undefined;
    case 'publish':
      return publishRecords(request);
    case 'subscribe':
      return subscribeToRecords(request);
    case 'edit':
      await editRecords(await opened().site(request.site), request);
      return undefined;
    case 'make-key':
      return makeOwnKey(await opened().site(request.site), request.keyName);
    case 'trust-key':
      return trustKeyOf(await opened().site(request.site), { ...request, id: name, account: account.name });
    case 'receive-mail':
      mail = await startMail(opened(), (error) => {
        console.error(error);
      });
      return undefined;
    case 'sync-by-mail':
      return syncByMail(opened(), { site: request.site, id: name });
    case 'wait-for-change':
      return changeAfter(await opened().site(request.site), request.after);
    case 'sync':
      return sync(request);
    case 'simulate':
      return simulateSubscribers(await opened().site(request.site), { ...request, publication: name });
    case 'measure':
      return used(request.site);
    case 'rows-at-rest':
      return rowsAtRest(request.site);
    case 'fingerprint':
      return fingerprintOf((await opened().site(request.site)).store, request.path);
    case 'profile':
      return profile(request.file);
    case 'close':
      return close();
    default:
      return request satisfies never;
  }
}

/** One account is good for all sites of the installation, so that its password is known to a warm process. */
async function open(data: string): Promise<undefined> {
  const reportFault = (fault: unknown): void => {
    console.error(fault);
  };
  composition = await compose(readConfiguration({}, { data, port: 0 }), 'server', { reportFault });
  const { installation, passwordHasher, clock } = composition;
  const isThere = (await installation.accounts.account(account.name)) !== undefined;
  const accounts = { accounts: installation.accounts, passwordHasher, clock };
  if (!isThere) await addAccount(accounts, actor, { ...account, roles: ['Synchronizer'] });
  return undefined;
}

function opened(): Composition {
  if (composition === undefined) throw new Error('the data directory has not been opened');
  return composition;
}

async function publishRecords(request: Extract<SiteRequest, { do: 'publish' }>): Promise<undefined> {
  const { do: _, site, ...settings } = request;
  const context = await opened().site(site);
  await publish(context, { id: name, actor, ...settings }, opened().xpath);
  return undefined;
}

async function subscribeToRecords(request: Extract<SiteRequest, { do: 'subscribe' }>): Promise<undefined> {
  const context = await opened().site(request.site);
  const { calendar, xpath } = opened();
  const addresses = {
    publicationUrl: request.publisher,
    subscriptionUrl: request.own ?? `http://localhost:9673/${request.site}/${name}`,
    publication: name,
    path: request.path,
    ...(request.keyName !== undefined && { keyName: request.keyName }),
  };
  const { password } = account;
  await subscribe(context, { id: name, actor, user: account.name, password, ...addresses }, { calendar, xpath });
  return undefined;
}

async function sync({ site, listConflicts = false }: Extract<SiteRequest, { do: 'sync' }>): Promise<SyncMeasured> {
  const { node, transport } = opened();
  const context = await opened().site(site);
  const services = engineServices(context, opened());
  const begin = performance.now();
  const report = await runSync(context, { id: name, options: { holder: node } }, { services, transport });
  const conflicts = listConflicts ? (await context.store.conflicts({ state: 'open' })).length : report.conflicts;
  const ms = performance.now() - begin;
  if (report.outcome !== 'done') throw new Error(`the sync ended as ${report.outcome}`);
  return { ms, sent: total(report.sent), received: total(report.received), conflicts };
}

function total(tally: { readonly created: number; readonly updated: number; readonly deleted: number }): number {
  return tally.created + tally.updated + tally.deleted;
}

async function used(site: string | undefined): Promise<Used> {
  const { user, system } = process.cpuUsage();
  const rowsRead = site === undefined ? 0 : (await opened().site(site)).store.statistics.rowsRead;
  let { octetsIn, octetsOut } = closed;
  for (const { bytesRead, bytesWritten } of sockets) {
    octetsIn += bytesRead;
    octetsOut += bytesWritten;
  }
  const residentMegabytes = process.memoryUsage.rss() / 1024 ** 2;
  const traffic = { octetsIn, octetsOut, requests };
  return { cpuMs: (user + system) / 1000, rowsRead, ...traffic, peakMegabytes: peakMegabytes(), residentMegabytes };
}

/** Linux counts it itself (proc(5), VmHWM); elsewhere the system's own figure for the process is taken. */
function peakMegabytes(): number {
  const kilobytes =
    process.platform === 'linux'
      ? Number(/^VmHWM:\s+(\d+) kB/m.exec(readFileSync('/proc/self/status', 'utf8'))?.[1])
      : process.resourceUsage().maxRSS;
  return kilobytes / 1024;
}

/** The rows that a publisher has about its subscribers, and none of the objects. */
async function rowsAtRest(site: string): Promise<number> {
  const { store } = await opened().site(site);
  const subscribers = await store.subscribers(name);
  let rows = subscribers.length;
  for (const { peer } of subscribers)
    rows += (await store.countExceptions(peer)) + (await store.countConflicts({ peer }));
  return rows;
}

/** Begins to profile, or ends and writes the profile to the file. */
async function profile(file: string | undefined): Promise<undefined> {
  if (file === undefined) {
    profiler = new Session();
    profiler.connect();
    await profiler.post('Profiler.enable');
    await profiler.post('Profiler.setSamplingInterval', { interval: 500 });
    await profiler.post('Profiler.start');
  } else if (profiler !== undefined) {
    const { profile: samples } = await profiler.post('Profiler.stop');
    profiler.disconnect();
    writeFileSync(file, JSON.stringify(samples));
  }
  return undefined;
}

async function close(): Promise<undefined> {
  isClosed = true;
  await server?.[Symbol.asyncDispose]();
  await mail?.[Symbol.asyncDispose]();
  await composition?.[Symbol.asyncDispose]();
  return undefined;
}
