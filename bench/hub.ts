/**
 * Measures a hub with very many subscribers: `npm run bench -- hub [--parts quiet,one,shared,mongodb] [--objects N] [--subscribers N] [--sessions N] [--seconds N]`
 * `[--syncs N] [--fan-out N] [--mongodb-objects N] [--limit SECONDS] [--quick] [--json FILE]`. Quiet: a publisher in a process of its own. One: `concord start`,
 * at which simulated subscribers poll while real ones bring something, and imports are queued. Shared: the same with 2 web, 2 worker and a clock process on the same files,
 * and MongoDB: the same on a MongoDB-compatible server and Redis. It ends by itself: after `--limit` seconds with what was measured until then.
 */
import { mkdirSync, mkdtempSync, rmSync, writeFileSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { dirname, join } from 'node:path';
import { parseArgs } from 'node:util';
import { busyRows, type HubRow, quietRows } from './hub-report.ts';
import type { HubShape } from './hub-processes.ts';
import { type HubSize, measureBusyHub, type PreparedHub, prepareHub } from './measure-busy-hub.ts';
import { measureQuietHub } from './measure-quiet-hub.ts';
import { machine, markdownTable } from './report.ts';
import { startMongoDb, startRedis } from './servers.ts';

const { values } = parseArgs({
  options: {
    parts: { type: 'string', default: 'quiet,one,shared,mongodb' },
    objects: { type: 'string' },
    subscribers: { type: 'string' },
    sessions: { type: 'string' },
    seconds: { type: 'string' },
    syncs: { type: 'string' },
    'fan-out': { type: 'string', default: '200' },
    'mongodb-objects': { type: 'string' },
    limit: { type: 'string' },
    quick: { type: 'boolean', default: false },
    profile: { type: 'string' },
    json: { type: 'string', default: 'var/bench-hub.json' },
  },
});
const { quick } = values;
const numberOf = (given: string | undefined, usual: number, quickly: number): number =>
  Number(given ?? (quick ? quickly : usual));
const size: HubSize = {
  objects: numberOf(values.objects, 10_000, 1_000),
  simulated: numberOf(values.subscribers, 10_000, 1_000),
  sessions: numberOf(values.sessions, 100, 20),
  seconds: numberOf(values.seconds, 20, 6),
};
// FerretDB walks through a collection for what it does not find by key: what it can hold in a bounded time is little.
const small: HubSize = { ...size, objects: Math.min(size.objects, numberOf(values['mongodb-objects'], 300, 100)) };
const mongoDbSize: HubSize = {
  ...small,
  simulated: Math.min(small.objects, size.simulated),
  sessions: Math.min(20, size.sessions),
};
const limitSeconds = numberOf(values.limit, size.objects > 10_000 || size.sessions > 100 ? 3_600 : 290, 150);
const parts = new Set(values.parts.split(','));

const begin = performance.now();
const directory = mkdtempSync(join(tmpdir(), 'concord-bench-'));
const rows: HubRow[] = [];
const found: Record<string, unknown> = {};
let exitCode = 0;

function tell(what: string): void {
  console.log(`${((performance.now() - begin) / 1000).toFixed(0).padStart(4)} s  ${what}`);
}

/** A hub in files, by one process and by several, and what came of it. */
async function measureBusy(
  name: string,
  shape: HubShape,
  hub: { readonly prepared: PreparedHub; readonly size: HubSize },
): Promise<void> {
  const measured = await measureBusyHub(hub.prepared, shape, {
    size: hub.size,
    tell: (what) => {
      tell(`${name}: ${what}`);
    },
  });
  found[name] = measured;
  rows.push(...busyRows(name, measured));
}

async function measureAll(): Promise<void> {
  if (parts.has('quiet')) {
    const rounds = { rounds: quick ? 3 : 5, fanOutRounds: quick ? 6 : 12, latencySeconds: quick ? 1 : 4 };
    const { objects, simulated: subscribers } = size;
    const quietSize = {
      objects,
      subscribers,
      syncs: numberOf(values.syncs, 1_000, 500),
      fanOut: Number(values['fan-out']),
      ...rounds,
    };
    const quiet = await measureQuietHub(join(directory, 'quiet'), quietSize, { tell, profile: values.profile });
    found['quiet'] = quiet;
    rows.push(...quietRows(quiet, subscribers));
  }
  const shapes = (['one', 'shared'] as const).filter((shape) => parts.has(shape));
  if (shapes.length > 0) {
    tell(`a hub with ${size.objects} objects and ${size.simulated} simulated subscribers is made`);
    const prepared = await prepareHub(join(directory, 'busy'), size, {});
    for (const shape of shapes)
      await measureBusy(shape === 'one' ? 'one process' : '2 web + 2 worker, files', shape, { prepared, size });
  }
  if (parts.has('mongodb')) await measureMongoDb('2 web + 2 worker, MongoDB and Redis');
}

async function measureMongoDb(name: string): Promise<void> {
  await using mongodb = await startMongoDb();
  await using redis = await startRedis('REDIS_URL');
  if (mongodb === undefined || redis === undefined) {
    console.log(`${name}: skipped, no MONGODB_URL and no server built by .ci/run, or no redis-server and no REDIS_URL`);
    return;
  }
  const store = new URL(mongodb.url);
  store.pathname = `/bench-hub-${Date.now()}`;
  tell(`${name}: a hub with ${mongoDbSize.objects} objects and ${mongoDbSize.simulated} simulated subscribers is made`);
  const prepared = await prepareHub(join(directory, 'mongodb'), mongoDbSize, { store: store.href, queue: redis.url });
  await measureBusy(name, 'shared', { prepared, size: mongoDbSize });
}

function report(): void {
  if (rows.length === 0) return;
  console.log(`\n${machine()}\n\n${markdownTable([['', 'measured', 'wanted', ''], ...rows])}`);
  mkdirSync(dirname(values.json), { recursive: true });
  writeFileSync(values.json, `${JSON.stringify({ machine: machine(), size, mongoDbSize, ...found }, undefined, 1)}\n`);
  console.log(`\nwritten to ${values.json}`);
}

/** Ends everything at once, and tells what was measured until now. */
function giveUp(why: string): void {
  console.error(`${why}; what was measured until then:`);
  report();
  rmSync(directory, { recursive: true, force: true });
  process.exit(1);
}

const limit = setTimeout(giveUp, limitSeconds * 1000, `The time is over (--limit ${limitSeconds})`);
for (const signal of ['SIGINT', 'SIGTERM'] as const) process.once(signal, () => giveUp(signal));
try {
  await measureAll();
} catch (error) {
  console.error(error);
  exitCode = 1;
} finally {
  clearTimeout(limit);
}
report();
rmSync(directory, { recursive: true, force: true });
process.exit(exitCode);
