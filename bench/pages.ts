import { fork } from 'node:child_process';
import { once } from 'node:events';
import { mkdirSync, mkdtempSync, rmSync, writeFileSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { parseArgs } from 'node:util';
import { median } from './median.ts';
import type { SiteSize } from './page-process.ts';
import { machine } from './report.ts';

const { values } = parseArgs({ options: { quick: { type: 'boolean', default: false }, json: { type: 'string' } } });
const small: SiteSize = { objects: 10, lines: 10, conflicts: 10 };
const large: SiteSize = values.quick
  ? { objects: 2_000, lines: 2_000, conflicts: 1_000 }
  : { objects: 100_000, lines: 100_000, conflicts: 10_000 };
const rounds = 15;
const perRound = 20;
const mostTimes = 2;
const tool = 'portal_synchronizations';

/** What is opened, and how many of it the large site has. */
const pages = [
  { what: 'folder', count: large.objects, address: 'records/manage_contents' },
  { what: 'folder, a page in the middle', count: large.objects, address: 'records/manage_contents?after=doc-00000005' },
  { what: 'log', count: large.lines, address: `${tool}/log` },
  { what: 'log of one kind', count: large.lines, address: `${tool}/log?kind=sync` },
  { what: 'desk of conflicts', count: large.conflicts, address: `${tool}/conflicts` },
  { what: 'desk, by field and path', count: large.conflicts, address: `${tool}/conflicts?field=id&path=/records` },
  { what: 'folder, over the API', count: large.objects, address: 'api/v1/objects/records' },
  { what: 'conflicts, over the API', count: large.conflicts, address: 'api/v1/conflicts?limit=20' },
  { what: 'log, over the API', count: large.lines, address: 'api/v1/log?limit=50' },
] as const;

interface Row {
  readonly what: string;
  readonly count: number;
  readonly smallMs: number;
  readonly largeMs: number;
  readonly times: number;
}

const directory = mkdtempSync(join(tmpdir(), 'concord-bench-pages-'));
const child = fork(join(import.meta.dirname, 'page-process.js'), [
  directory,
  JSON.stringify(small),
  JSON.stringify(large),
]);
try {
  const port = await answerOf();
  const rows: Row[] = [];
  for (const { what, count, address } of pages) {
    const cost = async (site: string): Promise<number> => {
      const before = await worked();
      for (let at = 0; at < perRound; at++) await open(`http://127.0.0.1:${String(port)}/${site}/${address}`);
      return ((await worked()) - before) / perRound;
    };
    await cost('small');
    await cost('large');
    const [ofSmall, ofLarge]: [number[], number[]] = [[], []];
    for (let round = 0; round < rounds; round++) {
      ofSmall.push(await cost('small'));
      ofLarge.push(await cost('large'));
    }
    const [smallMs, largeMs] = [median(ofSmall), median(ofLarge)];
    rows.push({ what, count, smallMs, largeMs, times: largeMs / smallMs });
  }
  print(rows);
} finally {
  child.disconnect();
  await once(child, 'exit');
  rmSync(directory, { recursive: true });
}

async function answerOf(): Promise<number> {
  const [value] = (await once(child, 'message')) as [number];
  return value;
}

/** Milliseconds that the processors have worked for the server. */
async function worked(): Promise<number> {
  child.send('how much');
  return answerOf();
}

async function open(address: string): Promise<void> {
  const authorization = `Basic ${Buffer.from('bench:a password for the benchmark').toString('base64')}`;
  const accept = address.includes('/api/') ? 'application/json' : 'text/html';
  const answer = await fetch(address, { headers: { authorization, accept } });
  const text = await answer.text();
  if (!answer.ok) throw new Error(`${address}: ${String(answer.status)} ${text.slice(0, 300)}`);
}

function print(rows: readonly Row[]): void {
  const lines = rows.map(({ what, count, smallMs, largeMs, times }) =>
    [
      '',
      `${what}: ${count.toLocaleString('en')}`,
      `${smallMs.toFixed(2)} ms`,
      `${largeMs.toFixed(2)} ms`,
      `${times.toFixed(2)} ×`,
      `≤ ${String(mostTimes)} ×`,
      times <= mostTimes ? 'yes' : '**no**',
      '',
    ]
      .join(' | ')
      .trim(),
  );
  const head = '| | CPU with 10 | CPU with so many | | wanted | reached |\n|---|---|---|---|---|---|';
  console.log(`${machine()}\n\n${head}\n${lines.join('\n')}`);
  mkdirSync('var', { recursive: true });
  writeFileSync(values.json ?? 'var/bench-pages.json', `${JSON.stringify(rows, null, 2)}\n`);
}
