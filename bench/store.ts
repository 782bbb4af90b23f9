/**
 * Measures a first sync with the sites in files, and in MongoDB, in turn: `npm run bench -- store [--documents N] [--runs N] [--json FILE]`. The server is that of
 * MONGODB_URL, or the one that `.ci/run` builds. What counts is the CPU time of Concord's own processes.
 */
import { spawn } from 'node:child_process';
import { once } from 'node:events';
import { existsSync, mkdirSync, mkdtempSync, rmSync, writeFileSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { dirname, join } from 'node:path';
import { createInterface } from 'node:readline';
import { parseArgs } from 'node:util';
import { median } from './median.ts';
import { machine } from './report.ts';
import { expectAgreement, makePair, SiteHost, syncPair } from './sites.ts';

interface Measured {
  readonly firstCpuMs: number;
  readonly firstMs: number;
  readonly quietCpuMs: number;
}

const { values } = parseArgs({
  options: {
    documents: { type: 'string', default: '10000' },
    runs: { type: 'string', default: '3' },
    json: { type: 'string', default: 'var/bench-store.json' },
  },
});
const documents = Number(values.documents);
const runs = Number(values.runs);
// Compiled, this file stands in dist/bench/.
const program = join(import.meta.dirname, '../../node_modules/.cache/concord/mongodb-peer');

interface Server extends AsyncDisposable {
  readonly url: string;
}

async function startServer(): Promise<Server | undefined> {
  const given = process.env['MONGODB_URL'] ?? '';
  if (given !== '') return { url: given, [Symbol.asyncDispose]: async () => undefined };
  if (!existsSync(program)) return undefined;
  const folder = mkdtempSync(join(tmpdir(), 'concord-bench-mongodb-'));
  const child = spawn(program, [folder], { stdio: ['pipe', 'pipe', 'inherit'] });
  const ended = once(child, 'exit');
  const [url] = (await once(createInterface({ input: child.stdout }), 'line')) as [string];
  return {
    url,
    [Symbol.asyncDispose]: async () => {
      child.stdin.end();
      await ended;
      rmSync(folder, { recursive: true, force: true });
    },
  };
}

/** Both processes on fresh stores; a smaller sync comes first, as in a server that has been running for a while. */
async function measure(urls: readonly [string, string] | undefined): Promise<Measured> {
  const directory = mkdtempSync(join(tmpdir(), 'concord-bench-'));
  try {
    const [there, here] = ['publisher', 'subscriber'].map((name) => join(directory, name));
    for (const [at, data] of [there ?? '', here ?? ''].entries()) {
      mkdirSync(data);
      if (urls !== undefined) writeFileSync(join(data, 'concord.json'), JSON.stringify({ store: { url: urls[at] } }));
    }
    await using publisher = await SiteHost.open(there ?? '');
    await using subscriber = await SiteHost.open(here ?? '');
    const hosts = { publisher, subscriber, url: await publisher.ask({ do: 'serve' }) };
    const warm = await makePair(hosts, { master: 'warm-master', client: 'warm-client' }, { offered: 2_000, own: 0 });
    for (let round = 0; round < 10; round++) await syncPair(warm);
    const pair = await makePair(hosts, { master: 'master', client: 'client' }, { offered: documents, own: 0 });
    const first = await syncPair(pair);
    await expectAgreement(pair);
    for (let round = 0; round < 5; round++) await syncPair(pair);
    const quiet = await syncPair(pair);
    return { firstCpuMs: first.cpuMs, firstMs: first.ms, quietCpuMs: quiet.cpuMs };
  } finally {
    rmSync(directory, { recursive: true, force: true });
  }
}

await using server = await startServer();
if (server === undefined) {
  console.log('MongoDB is skipped: no MONGODB_URL, and no server was built by .ci/run');
} else {
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
    mongodb.push(await measure([databases[0] ?? '', databases[1] ?? '']));
  }
  const of = (all: readonly Measured[], name: keyof Measured): number => median(all.map((one) => one[name]));
  const rows = (['firstCpuMs', 'firstMs', 'quietCpuMs'] as const).map((name) => ({
    name,
    files: of(embedded, name),
    mongodb: of(mongodb, name),
    ratio: of(mongodb, name) / of(embedded, name),
  }));
  console.log(`\n${machine()}; ${documents} documents; medians of ${runs}\n`);
  for (const { name, files, mongodb: other, ratio } of rows)
    console.log(
      `${name.padEnd(12)} files ${files.toFixed(1).padStart(9)}  MongoDB ${other.toFixed(1).padStart(9)}  × ${ratio.toFixed(2)}`,
    );
  mkdirSync(dirname(values.json), { recursive: true });
  writeFileSync(values.json, `${JSON.stringify({ machine: machine(), documents, embedded, mongodb }, undefined, 1)}\n`);
}
