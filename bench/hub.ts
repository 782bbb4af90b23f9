/**
 * Measures a hub with very many subscribers: `npm run bench -- hub [--objects N] [--subscribers N] [--syncs N] [--fan-out N] [--quick] [--json FILE]`.
 * One subscriber is real; what it says is said again by simulated ones, of which the hub has a row each.
 */
import { DatabaseSync } from '@photostructure/sqlite';
import { mkdirSync, mkdtempSync, rmSync, writeFileSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { dirname, join } from 'node:path';
import { parseArgs } from 'node:util';
import { Crowd, measureFanOut, measureLatency, measureQuiet, type Hub } from './measure-hub.ts';
import { startRecordingProxy } from './recorded-sync.ts';
import { machine, markdownTable } from './report.ts';
import { makePair, SiteHost, syncPair } from './sites.ts';

const { values } = parseArgs({
  options: {
    objects: { type: 'string' },
    subscribers: { type: 'string' },
    syncs: { type: 'string' },
    'fan-out': { type: 'string', default: '200' },
    quick: { type: 'boolean', default: false },
    profile: { type: 'string' },
    json: { type: 'string', default: 'var/bench-hub.json' },
  },
});
const objects = Number(values.objects ?? (values.quick ? 1_000 : 10_000));
const subscribers = Number(values.subscribers ?? (values.quick ? 1_000 : 10_000));
const syncs = Number(values.syncs ?? (values.quick ? 500 : 2_000));
const rounds = values.quick ? 3 : 5;
const fanOut = Number(values['fan-out']);
const few = 10;

const directory = mkdtempSync(join(tmpdir(), 'concord-bench-'));
const measured = await (async () => {
  await using publisher = await SiteHost.open(join(directory, 'publisher'));
  await using subscriber = await SiteHost.open(join(directory, 'subscriber'));
  const origin = await publisher.ask({ do: 'serve' });
  await using proxy = await startRecordingProxy(origin);
  const hosts = { publisher, subscriber, url: proxy.url };
  const hubOf = async (site: string, offered: number): Promise<Hub> => {
    const pair = await makePair(hosts, { master: site, client: `${site}-client` }, { offered, own: 0 });
    await syncPair(pair);
    await syncPair(pair);
    return { pair, proxy, origins: [origin] };
  };
  console.log(`${objects} objects, ${few} and ${subscribers} subscribers`);
  const smallHub = await hubOf('few', objects);
  const largeHub = await hubOf('many', objects);
  await using small = await Crowd.gather(smallHub, few);
  await using large = await Crowd.gather(largeHub, subscribers);
  const both = [
    { hub: smallHub, crowd: small },
    { hub: largeHub, crowd: large },
  ];
  await measureQuiet(both, { syncs: Math.ceil(syncs / 2), rounds: 2 });
  if (values.profile !== undefined) await publisher.ask({ do: 'profile', file: undefined });
  const [atFew, atMany] = await measureQuiet(both, { syncs, rounds });
  if (values.profile !== undefined) await publisher.ask({ do: 'profile', file: `${values.profile}-quiet.cpuprofile` });
  const rowsAtRest = (await publisher.ask({ do: 'rows-at-rest', site: 'many' })) / (subscribers + 1);
  console.log('at half of saturation');
  const latency = await measureLatency(large, values.quick ? 3 : 10);
  console.log(`fan-out to ${fanOut}`);
  const fan = await measureFanOut(smallHub, { subscribers: fanOut, changes: 100, rounds: values.quick ? 6 : 12 });
  return { atFew, atMany, rowsAtRest, latency, fan };
})();

/** What a subscriber takes in the file: its row, and what of its pages is not filled. */
function octetsOfRow(): number {
  const database = new DatabaseSync(join(directory, 'publisher', 'sites', 'many.sqlite'), { readOnly: true });
  const row: unknown = database
    .prepare(
      "SELECT avg(length(record) + coalesce(length(packed), 0) + coalesce(length(message), 0)) AS octets FROM peer WHERE kind = 'subscriber'",
    )
    .get();
  database.close();
  // Holds: the statement names its only column.
  return (row as { readonly octets: number }).octets;
}

const octets = octetsOfRow();
rmSync(directory, { recursive: true, force: true });
const { atFew, atMany, rowsAtRest, latency, fan } = measured;
if (atFew === undefined || atMany === undefined) throw new Error('nothing was measured');

type Row = readonly [what: string, measured: string, wanted: string, isReached: boolean];
const rows: readonly Row[] = [
  ['one quiet sync at the hub: CPU', `${atMany.cpuMs.toFixed(3)} ms`, '≤ 1 ms', atMany.cpuMs <= 1],
  [
    `${few} → ${subscribers} subscribers: CPU`,
    `${atFew.cpuMs.toFixed(3)} → ${atMany.cpuMs.toFixed(3)} ms`,
    '≤ 1.1 ×',
    atMany.cpuMs <= 1.1 * atFew.cpuMs,
  ],
  [
    `${few} → ${subscribers} subscribers: rows read`,
    `${atFew.rowsRead.toFixed(1)} → ${atMany.rowsRead.toFixed(1)}`,
    '≤ 1.1 ×',
    atMany.rowsRead <= 1.1 * atFew.rowsRead,
  ],
  [
    `at half of saturation, ${Math.round(latency.perSecond)} quiet syncs/s: p50, p99`,
    `${latency.p50Ms.toFixed(1)} ms, ${latency.p99Ms.toFixed(1)} ms`,
    'p99 ≤ 10 × p50',
    latency.p99Ms <= 10 * latency.p50Ms,
  ],
  [
    `${fan.changes} changes to ${fan.subscribers} subscribers: CPU`,
    `${fan.allCpuMs.toFixed(0)} ms; one ${fan.oneCpuMs.toFixed(2)} ms`,
    `≤ 1.3 × ${fan.subscribers} × one`,
    fan.allCpuMs <= 1.3 * fan.subscribers * fan.oneCpuMs,
  ],
  [
    'the same: peak of memory, before and after',
    `${fan.peakMegabytes.before.toFixed(0)} → ${fan.peakMegabytes.after.toFixed(0)} MB`,
    '≤ 1.1 ×',
    fan.peakMegabytes.after <= 1.1 * fan.peakMegabytes.before,
  ],
  ['store per quiet subscriber: rows', rowsAtRest.toFixed(2), '1', rowsAtRest <= 1],
  ['store per quiet subscriber: octets', octets.toFixed(0), '≤ 1,000', octets <= 1_000],
];
const cells = rows.map(([what, found, wanted, isReached]) => [what, found, wanted, isReached ? 'yes' : '**no**']);
console.log(`\n${machine()}\n\n${markdownTable([['', 'measured', 'wanted', ''], ...cells])}`);
mkdirSync(dirname(values.json), { recursive: true });
writeFileSync(
  values.json,
  `${JSON.stringify({ machine: machine(), objects, subscribers, octets, ...measured }, undefined, 1)}\n`,
);
console.log(`\nwritten to ${values.json}`);
