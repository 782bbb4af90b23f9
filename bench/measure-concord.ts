import { mkdtempSync, rmSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import type { Cost, Pair } from './sites.ts';
import { expectAgreement, makePair, recordsPath, SiteHost, syncPair } from './sites.ts';

/** What one run of Concord took. */
export interface ConcordRun {
  readonly firstDown: Cost;
  readonly firstUp: Cost;
  readonly nothing: Cost;
  readonly tenUp: Cost;
  readonly tenDown: Cost;
  readonly both: Cost;
}

const warmUpDocuments = 3000;

/** Both processes on fresh directories; everything is done once before it is measured, the first syncs with fewer documents. */
export async function measureConcord(documents: number, profileTo?: string): Promise<ConcordRun> {
  const directory = mkdtempSync(join(tmpdir(), 'concord-bench-'));
  try {
    await using publisher = await SiteHost.open(join(directory, 'publisher'));
    await using subscriber = await SiteHost.open(join(directory, 'subscriber'));
    const edited = Math.max(1, Math.floor(documents / 100));
    const hosts = { publisher, subscriber, url: await publisher.ask({ do: 'serve' }) };
    await pass(hosts, { name: 'warm', documents: Math.min(documents, warmUpDocuments), edited });
    return await pass(hosts, { name: 'real', documents, edited, profileTo });
  } finally {
    rmSync(directory, { recursive: true, force: true });
  }
}

interface Pass {
  readonly name: string;
  readonly documents: number;
  /** How many documents each side edits in the end, where the other does too. */
  readonly edited: number;
  readonly profileTo?: string | undefined;
}

async function pass(
  hosts: Pick<Pair, 'publisher' | 'subscriber'> & { readonly url: string },
  { name, documents, edited, profileTo }: Pass,
): Promise<ConcordRun> {
  const up = await makePair(
    hosts,
    { master: `${name}-head`, client: `${name}-branch` },
    { offered: 0, own: documents },
  );
  const firstUp = await profiled(hosts, profileTo && `${profileTo}-up`, () => syncPair(up));
  expectTotal(firstUp.sent, documents);
  await expectAgreement(up);

  const down = await makePair(
    hosts,
    { master: `${name}-master`, client: `${name}-client` },
    { offered: documents, own: 0 },
  );
  const firstDown = await profiled(hosts, profileTo && `${profileTo}-down`, () => syncPair(down));
  expectTotal(firstDown.received, documents);
  await expectAgreement(down);

  const nothing = await profiled(hosts, profileTo && `${profileTo}-nothing`, () => syncPair(down));
  await edit(
    down,
    'subscriber',
    numbersOf(10, (k) => k * 997, documents),
    'up',
  );
  const tenUp = await profiled(hosts, profileTo && `${profileTo}-ten`, () => syncPair(down));
  expectTotal(tenUp.sent, 10);
  await edit(
    down,
    'publisher',
    numbersOf(10, (k) => 3 + k * 991, documents),
    'down',
  );
  const tenDown = await syncPair(down);
  expectTotal(tenDown.received, 10);

  const common = Math.max(1, Math.floor(edited / 10));
  const here = numbersOf(edited, (k) => 100 + k * 37, documents);
  const there = [
    ...new Set([...here.slice(0, common), ...numbersOf(edited - common, (k) => 5003 + k * 41, documents)]),
  ];
  const conflicts = there.filter((number) => here.includes(number)).length;
  await edit(down, 'subscriber', here, 'left');
  await edit(down, 'publisher', there, 'right');
  const both = await profiled(hosts, profileTo && `${profileTo}-both`, () => syncPair(down, { listConflicts: true }));
  expectTotal(both.conflicts, conflicts);
  await expectAgreement(down);
  return { firstDown, firstUp, nothing, tenUp, tenDown, both };
}

async function edit(pair: Pair, side: 'publisher' | 'subscriber', numbers: readonly number[], tag: string) {
  const site = side === 'publisher' ? pair.master : pair.client;
  await pair[side].ask({ do: 'edit', site, path: recordsPath, numbers, tag });
}

function numbersOf(count: number, number: (index: number) => number, documents: number): readonly number[] {
  return Array.from({ length: count }, (_, index) => number(index) % documents);
}

function expectTotal(found: number, wanted: number): void {
  if (found !== wanted) throw new Error(`${found} were counted where ${wanted} were expected`);
}

/** With a name for the profiles, both processes are profiled meanwhile. */
async function profiled<Result>(
  { publisher, subscriber }: Pick<Pair, 'publisher' | 'subscriber'>,
  file: string | undefined,
  work: () => Promise<Result>,
): Promise<Result> {
  if (file === undefined) return work();
  await publisher.ask({ do: 'profile', file: undefined });
  await subscriber.ask({ do: 'profile', file: undefined });
  const result = await work();
  await publisher.ask({ do: 'profile', file: `${file}-publisher.cpuprofile` });
  await subscriber.ask({ do: 'profile', file: `${file}-subscriber.cpuprofile` });
  return result;
}
