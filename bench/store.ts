/**
 * Measures a first sync with sites and queues in files, and in MongoDB and Redis, in turn: `npm run bench -- store [--documents N] [--runs N] [--json FILE]`
 * `[--profile PREFIX]`. The servers are those of MONGODB_URL and REDIS_URL, or the one that `.ci/run` builds and Debian's. What counts is the CPU time of
 * Concord's own processes.
 */
import { mkdirSync, mkdtempSync, rmSync, writeFileSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { dirname, join } from 'node:path';
import { setTimeout as sleep } from 'node:timers/promises';
import { parseArgs } from 'node:util';
import { median } from './median.ts';
import { machine } from './report.ts';
import { startMongoDb, startRedis } from './servers.ts';
import { type Cost, expectAgreement, makePair, type Pair, SiteHost, syncPair } from './sites.ts';

// A server that walks through everything takes its time over a message, and more on a machine that is used.
const transport = { timeoutMs: 30 * 60_000 };

interface Measured {
  readonly firstCpuMs: number;
  /** Without what both processes take while nothing is done, for as long as the sync took: a slow server makes them wait. */
  readonly firstOwnCpuMs: number;
  readonly firstMs: number;
  readonly quietCpuMs: number;
}

const { values } = parseArgs({
  options: {
    documents: { type: 'string', default: '10000' },
    runs: { type: 'string', default: '1' },
    json: { type: 'string', default: 'var/bench-store.json' },
    profile: { type: 'string' },
  },
});
const idleMs = 20_000;
const documents = Number(values.documents);
const runs = Number(values.runs);

/** Where both processes of a pair have their sites and their queues. */
interface Elsewhere {
  readonly stores: readonly [string, string];
  readonly queue: string | undefined;
}

/** Both processes on fresh stores; a smaller sync comes first, as in a server that has been running for a while. */
async function measure(elsewhere: Elsewhere | undefined): Promise<Measured> {
  const directory = mkdtempSync(join(tmpdir(), 'concord-bench-'));
  try {
    const [there, here] = ['publisher', 'subscriber'].map((name) => join(directory, name));
    for (const [at, data] of [there ?? '', here ?? ''].entries()) {
      mkdirSync(data);
      if (elsewhere === undefined) continue;
      const { stores, queue } = elsewhere;
      const settings = { store: { url: stores[at] }, transport, ...(queue !== undefined && { queue: { url: queue } }) };
      writeFileSync(join(data, 'concord.json'), JSON.stringify(settings));
    }
    await using publisher = await SiteHost.open(there ?? '');
    await using subscriber = await SiteHost.open(here ?? '');
    const hosts = { publisher, subscriber, url: await publisher.ask({ do: 'serve' }) };
    const warm = await makePair(hosts, { master: 'warm-master', client: 'warm-client' }, { offered: 2_000, own: 0 });
    for (let round = 0; round < 10; round++) await syncPair(warm);
    const pair = await makePair(hosts, { master: 'master', client: 'client' }, { offered: documents, own: 0 });
    const first = await profiled(pair, elsewhere === undefined ? 'files' : 'mongodb');
    await expectAgreement(pair);
    for (let round = 0; round < 5; round++) await syncPair(pair);
    const quiet = await syncPair(pair);
    const firstOwnCpuMs = first.cpuMs - first.ms * (await idleShare(pair));
    return { firstCpuMs: first.cpuMs, firstOwnCpuMs, firstMs: first.ms, quietCpuMs: quiet.cpuMs };
  } finally {
    rmSync(directory, { recursive: true, force: true });
  }
}

/** The milliseconds of processor time of both processes in a millisecond in which nothing is done. */
async function idleShare({ publisher, subscriber }: Pair): Promise<number> {
  const cpuMs = async (): Promise<number> => {
    const used = [await publisher.ask({ do: 'measure' }), await subscriber.ask({ do: 'measure' })];
    return used.reduce((sum, each) => sum + each.cpuMs, 0);
  };
  const before = await cpuMs();
  await sleep(idleMs);
  return ((await cpuMs()) - before) / idleMs;
}

/** The first sync, with a profile of each process where that is asked for. */
async function profiled(pair: Pair, name: string): Promise<Cost> {
  const { profile } = values;
  const hosts = { publisher: pair.publisher, subscriber: pair.subscriber };
  if (profile === undefined) return syncPair(pair);
  for (const host of Object.values(hosts)) await host.ask({ do: 'profile', file: undefined });
  const cost = await syncPair(pair);
  for (const [side, host] of Object.entries(hosts))
    await host.ask({ do: 'profile', file: `${profile}${name}-${side}.cpuprofile` });
  return cost;
}

await using server = await startMongoDb();
await using redis = await startRedis('REDIS_URL');
if (server === undefined) {
  console.log('MongoDB is skipped: no MONGODB_URL, and no server was built by .ci/run');
} else {
  if (redis === undefined) console.log('Redis is skipped: no REDIS_URL, and no redis-server here');
  const stamp = Date.now();
  const embedded: Measured[] = [];
  const mongodb: Measured[] = [];
  for (let run = 1; run <= runs; run++) {
    console.log(`run ${run} of ${runs}: files`);
    embedded.push(await measure(undefined));
    console.log(`run ${run} of ${runs}: MongoDB`);
    const databases = ['publisher', 'subscriber'].map((name) => {
      const url = new URL(server.url);
      url.pathname = `/bench-${stamp}-${run}-${name}`;
      return url.href;
    });
    mongodb.push(await measure({ stores: [databases[0] ?? '', databases[1] ?? ''], queue: redis?.url }));
  }
  const of = (all: readonly Measured[], name: keyof Measured): number => median(all.map((one) => one[name]));
  const rows = (['firstCpuMs', 'firstOwnCpuMs', 'firstMs', 'quietCpuMs'] as const).map((name) => ({
    name,
    files: of(embedded, name),
    mongodb: of(mongodb, name),
    ratio: of(mongodb, name) / of(embedded, name),
  }));
  console.log(`\n${machine()}; ${documents} documents; medians of ${runs}\n`);
  for (const { name, files, mongodb: other, ratio } of rows)
    console.log(
      `${name.padEnd(13)} files ${files.toFixed(1).padStart(9)}  MongoDB ${other.toFixed(1).padStart(9)}  × ${ratio.toFixed(2)}`,
    );
  mkdirSync(dirname(values.json), { recursive: true });
  writeFileSync(values.json, `${JSON.stringify({ machine: machine(), documents, embedded, mongodb }, undefined, 1)}\n`);
}
