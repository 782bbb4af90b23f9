import { writeFileSync } from 'node:fs';
import type { Composition } from '../../src/compose/compose.ts';
import { compose } from '../../src/compose/compose.ts';
import { readConfiguration } from '../../src/configuration/read-configuration.ts';
import type { Workplace } from '../cli/run-concord.ts';
import { makeWorkplace } from '../cli/run-concord.ts';
import { balance } from './balancer.ts';
import type { ConcordProcess } from './concord-process.ts';
import { freePort, Processes } from './concord-process.ts';
import type { CuttableLine } from './cuttable-line.ts';
import { cuttableLine } from './cuttable-line.ts';
import { hasMongoDb, startMongoDb } from './mongodb/mongodb-server.ts';
import type { RedisServer } from './redis/redis-server.ts';
import { hasRedis, startRedis } from './redis/redis-server.ts';

export const hasServers = hasRedis && hasMongoDb;
const title = 'an installation in MongoDB and Redis';
/** What tests of such an installation are called, where it cannot be had, too. */
export const sharedTitle = hasServers ? title : `${title} (skipped: no servers for both)`;

const password = 'a password of the test';
/** The name and the password that are good at both sites, for HTTP. */
export const credential = `Basic ${Buffer.from(`editor:${password}`).toString('base64')}`;

/** A process that is started again whenever it is killed, with a line of its own to the store. */
export interface Seat {
  readonly line: CuttableLine;
  /** Ends it without a chance to finish anything, and starts another. */
  readonly kill: () => Promise<void>;
}

/** The site `cps`, its subscriber `cps_client`, and 2 web, 2 worker and a clock process. Disposing ends everything. */
export interface SharedInstallation extends AsyncDisposable {
  readonly webs: readonly Seat[];
  readonly workers: readonly Seat[];
  readonly redis: RedisServer;
  /** Where the balancer before the web processes listens. */
  readonly address: string;
  readonly place: Workplace;
  /** What all of its processes are told. */
  readonly environment: Readonly<Record<string, string>>;
  /** The same installation, looked at from here, past all lines. */
  readonly open: () => Promise<Composition>;
}

const settings = {
  activities: { leaseMs: 1_500, pollMs: 200, firstRetryMs: 50, longestRetryMs: 500 },
  sync: { messageOctets: 8_192, leaseMs: 3_000 },
  transport: { timeoutMs: 5_000 },
  access: { requestsPerMinute: 1_000_000 },
};

/** Starts it, with a published folder `/notes` that the other site subscribes to. */
export async function startSharedInstallation(): Promise<SharedInstallation> {
  const place = makeWorkplace();
  const ends: AsyncDisposable[] = [{ [Symbol.asyncDispose]: async () => place[Symbol.dispose]() }];
  const use = <Resource extends AsyncDisposable>(resource: Resource): Resource => {
    ends.unshift(resource);
    return resource;
  };
  const [mongodb, redis] = [use(await startMongoDb()), use(await startRedis())];
  const url = mongodb.freshUrl();
  const environment = { CONCORD_DATA: place.data, CONCORD_STORE_URL: url, CONCORD_QUEUE_URL: redis.url };
  await place.must(['site', 'add', 'cps'], { environment });
  await place.must(['site', 'add', 'cps_client'], { environment });
  writeFileSync(`${place.data}/concord.json`, JSON.stringify(settings));
  const processes = use(new Processes(environment));
  const seatOf = async (worker: 'web' | 'worker', own: Readonly<Record<string, string>> = {}): Promise<Seat> => {
    const store = new URL(url);
    const line = use(await cuttableLine(Number(store.port)));
    store.port = `${line.port}`;
    const start = (): ConcordProcess => processes.start(worker, { ...own, CONCORD_STORE_URL: store.href });
    let process = start();
    const kill = async (): Promise<void> => {
      await process.kill();
      process = start();
    };
    return { line, kill };
  };
  const ports = [await freePort(), await freePort()];
  const balancer = use(await balance(ports));
  const webs = await Promise.all(ports.map(async (port) => seatOf('web', { CONCORD_PORT: `${port}` })));
  const workers = [await seatOf('worker'), await seatOf('worker')];
  processes.start('clock');
  await setUp(place, environment, balancer.address);
  const open = async (): Promise<Composition> => compose(readConfiguration(environment));
  const dispose = async (): Promise<void> => {
    for (const end of ends) await end[Symbol.asyncDispose]();
  };
  const { address } = balancer;
  return { ...{ webs, workers, redis, address, place, environment, open }, [Symbol.asyncDispose]: dispose };
}

async function setUp(
  place: Workplace,
  environment: Readonly<Record<string, string>>,
  address: string,
): Promise<undefined> {
  const who = ['user', 'add', 'editor', '--site'];
  const roles = ['--role', 'Publisher,Synchronizer,Manager', '--password-stdin'];
  for (const site of ['cps', 'cps_client'])
    await place.must([...who, site, ...roles], { environment, input: password });
  const note = place.put('notes/ledger.xml', '<note><there>0</there><here>0</here></note>');
  await place.must(['import', 'cps', '/notes', note], { environment });
  await place.must(['publish', 'cps', 'Notes', '--path', '/notes'], { environment });
  const urls = ['--publication-url', `${address}/cps`, '--subscription-url', `${address}/cps_client/Notes`];
  const from = [...urls, '--path', '/notes', '--user', 'editor', '--password-stdin'];
  await place.must(['subscribe', 'cps_client', 'Notes', ...from], { environment, input: password });
}
