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

const warmUpRounds = 15;

/** Both processes on fresh directories; everything is done once before it is measured, as it is with the peer, and as in a server that has been running for a while. */
export async function measureConcord(documents: number, profileTo?: string): Promise<ConcordRun> {
  const directory = mkdtempSync(join(tmpdir(), 'concord-bench-'));
  try {
    await using publisher = await SiteHost.open(join(directory, 'publisher'));
    await using subscriber = await SiteHost.open(join(directory, 'subscriber'));
    const edited = Math.max(1, Math.floor(documents / 100));
    const hosts = { publisher, subscriber, url: await publisher.ask({ do: 'serve' }) };
    await pass(hosts, { name: 'warm', documents, edited, rounds: warmUpRounds });
    return await pass(hosts, { name: 'real', documents, edited, rounds: 1, profileTo });
  } finally {
    rmSync(directory, { recursive: true, force: true });
  }
}

interface Pass {
  readonly name: string;
  readonly documents: number;
  /** How many documents each side edits in the end, where the other does too. */
  readonly edited: number;
  /** How often the small syncs are done; the last counts. */
  readonly rounds: number;
  readonly profileTo?: string | undefined;
}

async function pass(
  hosts: Pick<Pair, 'publisher' | 'subscriber'> & { readonly url: string },
  { name, documents, edited, rounds, profileTo }: Pass,
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

  for (let round = 1; round < rounds; round++) await smallSyncs(down, { documents, edited, round });
  return { firstDown, firstUp, ...(await smallSyncs(down, { documents, edited, round: rounds, profileTo })) };
}

interface Small {
  readonly documents: number;
  readonly edited: number;
  /** From 1: the conflicts of earlier rounds are still open. */
  readonly round: number;
  readonly profileTo?: string | undefined;
}

async function smallSyncs(pair: Pair, options: Small): Promise<Omit<ConcordRun, 'firstDown' | 'firstUp'>> {
  const { documents, edited, round, profileTo } = options;
  const nothing = await profiled(pair, profileTo && `${profileTo}-nothing`, () => syncPair(pair));
  await edit(
    pair,
    'subscriber',
    numbersOf(10, (k) => k * 997, documents),
    `${round}-up`,
  );
  const tenUp = await profiled(pair, profileTo && `${profileTo}-ten`, () => syncPair(pair));
  expectTotal(tenUp.sent, 10);
  await edit(
    pair,
    'publisher',
    numbersOf(10, (k) => 3 + k * 991, documents),
    `${round}-down`,
  );
  const tenDown = await syncPair(pair);
  expectTotal(tenDown.received, 10);

  const common = Math.max(1, Math.floor(edited / 10));
  const here = numbersOf(edited, (k) => 100 + k * 37, documents);
  const there = [
    ...new Set([...here.slice(0, common), ...numbersOf(edited - common, (k) => 5003 + k * 41, documents)]),
  ];
  const conflicts = there.filter((number) => here.includes(number)).length;
  await edit(pair, 'subscriber', here, `${round}-left`);
  await edit(pair, 'publisher', there, `${round}-right`);
  const both = await profiled(pair, profileTo && `${profileTo}-both`, () => syncPair(pair, { listConflicts: true }));
  expectTotal(both.conflicts, conflicts * round);
  await expectAgreement(pair);
  return { nothing, tenUp, tenDown, both };
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
