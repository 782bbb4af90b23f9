import { mkdirSync, writeFileSync } from 'node:fs';
import { join } from 'node:path';
import { setTimeout as sleep } from 'node:timers/promises';
import type { Composition } from '../src/compose/compose.ts';
import { compose } from '../src/compose/compose.ts';
import { readConfiguration } from '../src/configuration/read-configuration.ts';
import { fingerprintOf } from './fingerprint.ts';
import { HubProcesses, type HubShape, type RoleUsed } from './hub-processes.ts';
import { Crowd, type Hub } from './measure-hub.ts';
import { type Load, saturate, type Workforce, workAtRandom } from './measure-load.ts';
import { RealSubscribers, reportsOf } from './real-subscribers.ts';
import { startRecordingProxy } from './recorded-sync.ts';
import { makePair, SiteHost, syncPair } from './sites.ts';

/** How large a hub is to be, and how long it is worked at. */
export interface HubSize {
  readonly objects: number;
  readonly simulated: number;
  readonly sessions: number;
  readonly seconds: number;
}

/** What a busy hub was measured to do. */
export interface BusyHub {
  readonly shape: HubShape;
  readonly most: Load;
  readonly half: Load;
  /** What each role used while half of saturation came. */
  readonly used: readonly RoleUsed[];
  readonly imports: { readonly queued: number; readonly left: number; readonly failed: number };
  /** Reports that were written by real subscribers, of which these were brought in sessions that ended well; and those that the hub has. */
  readonly reports: { readonly written: number; readonly brought: number; readonly there: number };
  /** So many of the real subscribers that were asked hold the same reports as the hub. */
  readonly agreeing: number;
  readonly asked: number;
}

const site = 'many';
const importSize = 10;
const lookedAt = 5;
const connections = 64;
/** Nobody is to be turned away for coming from one address, as all of a benchmark does. */
const settings = {
  publisher: { messagesAtOnce: 100_000, messagesPerMinute: 10_000_000 },
  access: { requestsPerMinute: 10_000_000 },
  log: { level: 'warn' },
};

/** A hub whose processes are not running: what a crowd says, and where its data is. */
export interface PreparedHub {
  readonly crowd: Crowd;
  readonly environment: Readonly<Record<string, string>>;
  readonly folder: string;
}

/** Makes a hub with one real subscriber that holds everything, records what that one says, and gives the others its row. */
export async function prepareHub(
  folder: string,
  { objects, simulated }: HubSize,
  servers: { readonly store?: string; readonly queue?: string },
): Promise<PreparedHub> {
  const data = join(folder, 'publisher');
  mkdirSync(data, { recursive: true });
  // The pair speaks over a proxy that may be slow; the store may be, too.
  const transport = { timeoutMs: 30 * 60_000 };
  const { store, queue } = servers;
  const own = {
    ...(store !== undefined && { store: { url: store } }),
    ...(queue !== undefined && { queue: { url: queue } }),
  };
  writeFileSync(join(data, 'concord.json'), JSON.stringify({ ...settings, ...own, transport }));
  await using publisher = await SiteHost.open(data);
  await using subscriber = await SiteHost.open(join(folder, 'subscriber'));
  await using proxy = await startRecordingProxy(await publisher.ask({ do: 'serve' }));
  const hosts = { publisher, subscriber, url: proxy.url };
  const pair = await makePair(hosts, { master: site, client: `${site}-client` }, { offered: objects, own: 0 });
  // One for each shape: real subscribers of the second one must not begin with all that those of the first have brought.
  for (const id of [reportsOf('one'), reportsOf('shared')]) {
    await publisher.ask({ do: 'load', site, path: `/${id}`, first: 0, count: 1 });
    await publisher.ask({ do: 'publish', site, path: `/${id}`, id });
  }
  await syncPair(pair);
  await syncPair(pair);
  const hub: Hub = { pair, proxy, origins: [proxy.url] };
  await using crowd = await Crowd.gather(hub, simulated);
  return { crowd, folder, environment: { CONCORD_DATA: data } };
}

/** Works at a hub whose processes are started for it, and stopped afterwards. */
export async function measureBusyHub(
  prepared: PreparedHub,
  shape: HubShape,
  { size, tell }: { readonly size: HubSize; readonly tell: (what: string) => void },
): Promise<BusyHub> {
  const { environment, folder } = prepared;
  await using processes = await HubProcesses.start(shape, environment);
  const address = `${processes.origins[0] ?? ''}/${site}`;
  tell(`${size.sessions} real subscribers are made`);
  await using real = await RealSubscribers.gather(join(folder, `leaves-${shape}`), {
    ...{ count: size.sessions, shape, publisher: address },
  });
  await using crowd = prepared.crowd.movedTo(processes.origins, site, connections);
  await using here = await compose(readConfiguration(environment, { port: 0 }));
  let queued = 0;
  const queueImport = async (): Promise<void> => {
    queued += 1;
    await queueOne(here, join(folder, `imports-${shape}`), queued);
  };
  const workforce: Workforce = { crowd, real, queueImport };
  tell('saturated');
  // First contacts, and code that is not compiled yet, are not what it can do.
  await saturate(workforce, size.seconds / 5);
  const most = await saturate(workforce, size.seconds / 3);
  tell(`at half of ${most.perSecond.toFixed(0)} a second`);
  const before = processes.used();
  const half = await workAtRandom(workforce, {
    ...{ perSecond: most.perSecond / 2, sessions: size.sessions, seconds: size.seconds },
    tell: (done) => {
      tell(`${real.done} of ${size.sessions} real sessions, ${done} of them at half of saturation`);
    },
  });
  const after = processes.used();
  tell('looking whether all is there');
  const imports = { queued, ...(await emptied(here)) };
  const agreed = await agreement(here, real, size.sessions);
  if (processes.hasLost) throw new Error('a process of the hub has ended by itself');
  return { shape, most, half, used: after.map((role, at) => usedSince(role, before[at])), imports, ...agreed };
}

async function queueOne(here: Composition, folder: string, number: number): Promise<void> {
  const file = join(folder, `${number}`);
  mkdirSync(file, { recursive: true });
  for (let at = 0; at < importSize; at++)
    writeFileSync(join(file, `i-${at}.xml`), `<note><import>${number}</import><at>${at}</at></note>`);
  const { queue } = await here.site(site);
  await queue.add({ work: { name: 'import', path: '/elsewhere', file } });
}

/** Waits, not for ever, until the workers have done what was queued. */
async function emptied(here: Composition): Promise<{ readonly left: number; readonly failed: number }> {
  const { queue } = await here.site(site);
  for (let look = 0; ; look++) {
    const { waiting, runnable, running, failed } = await queue.count();
    const left = waiting + runnable + running;
    if (left === 0 || look > 150) return { left, failed };
    await sleep(200);
  }
}

/** Some of the real ones synchronise once more, with nothing new to bring: then they hold what the hub holds. */
async function agreement(
  here: Composition,
  real: RealSubscribers,
  sessions: number,
): Promise<Pick<BusyHub, 'reports' | 'agreeing' | 'asked'>> {
  const asked = Math.min(lookedAt, sessions);
  const { store } = await here.site(site);
  let agreeing = 0;
  for (let at = 0; at < asked; at++) {
    const index = Math.floor((at * sessions) / asked);
    await real.catchUp(index);
    if ((await real.fingerprint(index)) === (await fingerprintOf(store, `/${real.publication}`))) agreeing += 1;
  }
  return {
    reports: { written: real.written, brought: real.done, there: await countOf(here, real) },
    agreeing,
    asked,
  };
}

async function countOf(here: Composition, real: RealSubscribers): Promise<number> {
  const { store } = await here.site(site);
  const publication = await store.publication(real.publication);
  if (publication === undefined) return Number.NaN;
  let count = 0;
  let after = '';
  for (;;) {
    const page = await store.children(publication.root, { after, limit: 1_000 });
    count += page.filter(({ id }) => id.startsWith(real.prefix)).length;
    if (page.length < 1_000) return count;
    after = page.at(-1)?.id ?? '';
  }
}

function usedSince(now: RoleUsed, before: RoleUsed | undefined): RoleUsed {
  return { ...now, cpuMs: now.cpuMs - (before?.cpuMs ?? 0) };
}
