/**
 * Measures the main sync beside PouchDB, in turn, and how its cost grows. `npm run bench -- [sync] [--runs N] [--documents N] [--quick] [--no-peer] [--no-scale] [--json FILE]
 * [--profile PREFIX]`
 */
import { mkdirSync, writeFileSync } from 'node:fs';
import { dirname, join } from 'node:path';
import { parseArgs } from 'node:util';
import type { ConcordRun } from './measure-concord.ts';
import { measureConcord } from './measure-concord.ts';
import { measureScale } from './measure-scale.ts';
import type { PouchRun } from './pouchdb-peer.ts';
import { openPouchPeer } from './pouchdb-peer.ts';
import { machine, reportRows, tableOf } from './report.ts';

const { values } = parseArgs({
  options: {
    runs: { type: 'string', default: '3' },
    documents: { type: 'string' },
    quick: { type: 'boolean', default: false },
    peer: { type: 'boolean', default: true },
    scale: { type: 'boolean', default: true },
    json: { type: 'string', default: 'var/bench.json' },
    profile: { type: 'string' },
  },
  allowNegative: true,
});

const runs = values.quick ? 1 : Number(values.runs);
const documents = Number(values.documents ?? (values.quick ? 1000 : 10_000));
// Compiled, this file stands in dist/bench/.
const root = join(import.meta.dirname, '../..');

const peer = values.peer ? await openPouchPeer(root) : ({ state: 'skipped', reason: '--no-peer' } as const);
if (peer.state === 'skipped') console.log(`PouchDB is skipped: ${peer.reason}`);

const concord: ConcordRun[] = [];
const pouchdb: PouchRun[] = [];
for (let run = 1; run <= runs; run++) {
  if (peer.state === 'ready') {
    console.log(`run ${run} of ${runs}: PouchDB, ${documents} documents`);
    pouchdb.push(await peer.measure(documents));
  }
  console.log(`run ${run} of ${runs}: Concord, ${documents} documents`);
  concord.push(await measureConcord(documents, values.profile));
}

const large = values.quick ? 10_000 : 100_000;
if (values.scale) console.log(`scale: 1000 and ${large} objects`);
const scale = values.scale ? await measureScale(1000, large) : undefined;
const measured = { documents, concord, pouchdb, scale };
const rows = reportRows(measured);
const at = new Date().toISOString();
console.log(`\n${machine()}; ${at.slice(0, 10)}; medians of ${runs}\n\n${tableOf(rows)}`);
mkdirSync(dirname(values.json), { recursive: true });
writeFileSync(values.json, `${JSON.stringify({ at, machine: machine(), runs, rows, measured }, undefined, 1)}\n`);
console.log(`\nwritten to ${values.json}`);
