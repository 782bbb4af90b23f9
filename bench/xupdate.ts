/**
 * Measures parsing, comparing, applying and merging of documents beside erp5diff and xmldiff, and how the time grows. `npm run bench -- xupdate [--rounds N] [--only NAME,…]
 * [--quick] [--no-peers] [--no-growth] [--json FILE]`
 */
import { mkdirSync, writeFileSync } from 'node:fs';
import { dirname, join } from 'node:path';
import { parseArgs } from 'node:util';
import { measureGrowth } from './measure-growth.ts';
import type { XmlMeasured } from './measure-xml.ts';
import { measureXml } from './measure-xml.ts';
import type { Peer } from './python-peers.ts';
import { measurePeers } from './python-peers.ts';
import { Reading } from './reading.ts';
import { machine } from './report.ts';
import { pairSets, readPairs } from './xml-pairs.ts';
import { growthTable, overGrown, pairTable, ratioTable } from './xupdate-report.ts';

const { values } = parseArgs({
  options: {
    rounds: { type: 'string', default: '9' },
    only: { type: 'string' },
    quick: { type: 'boolean', default: false },
    peers: { type: 'boolean', default: true },
    growth: { type: 'boolean', default: true },
    json: { type: 'string', default: 'var/bench-xupdate.json' },
  },
  allowNegative: true,
});

/** Each half of V8's room for what is young, where growth is measured: trees of 10,000 records fit in. */
const youngMb = 64;
const rounds = values.quick ? 3 : Number(values.rounds);
// Compiled, this file stands in dist/bench/.
const root = join(import.meta.dirname, '../..');
await using bare = new Reading(false);
await using withNamespaces = new Reading(true);
const readings = { bare, withNamespaces };

const sets = readPairs(join(root, '../shared'), values.only?.split(',') ?? pairSets);
const ready = sets.filter((set) => set.state === 'ready');
for (const set of sets) if (set.state === 'skipped') console.log(`${set.name} is skipped: ${set.reason}`);

const measured = new Map<string, XmlMeasured>();
for (const { name, pairs } of ready) {
  console.log(`${name}: ${rounds} rounds`);
  const [own] = await measureXml([{ pairs }], readings, rounds);
  if (own !== undefined) measured.set(name, own);
}
const growth = values.growth ? await measureGrowth({ count: 1000, rounds, youngMb }) : [];
const growthWithoutRoom = values.growth ? await measureGrowth({ count: 1000, rounds }) : [];

let peers: ReadonlyMap<string, Peer> = new Map();
if (values.peers) {
  console.log('erp5diff and xmldiff: some minutes');
  peers = await measurePeers(root, ready);
  for (const [name, peer] of peers) if (peer.state === 'skipped') console.log(`${name} is skipped: ${peer.reason}`);
}

const at = new Date().toISOString();
console.log(`\n${machine()}; ${at.slice(0, 10)}; processor’s time, best of ${rounds}\n`);
console.log([pairTable(measured, peers), ratioTable(measured), growthTable(growth)].join('\n\n'));
console.log(
  `\nGrowth: ${overGrown(growth)} with ${youngMb} MB for what is young; ${overGrown(growthWithoutRoom)} with V8’s own.`,
);
mkdirSync(dirname(values.json), { recursive: true });
const figures = {
  at,
  machine: machine(),
  rounds,
  pairs: [...measured],
  growth,
  growthWithoutRoom,
  peers: [...peers].map(inJson),
};
writeFileSync(values.json, `${JSON.stringify(figures, undefined, 1)}\n`);
console.log(`\nwritten to ${values.json}`);

function inJson([name, peer]: readonly [string, Peer]): unknown {
  return peer.state === 'ready' ? { name, ...peer, sets: [...peer.sets] } : { name, ...peer };
}
