import { mkdtempSync, rmSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { median } from './median.ts';
import type { Cost, Pair } from './sites.ts';
import { expectAgreement, recordsPath, SiteHost, syncPair } from './sites.ts';

/** What a small sync costs on average, at one size of the collection. */
export interface SmallCost {
  readonly rowsRead: number;
  readonly octets: number;
  readonly cpuMs: number;
}

/** The same syncs at a small and at a large collection, and after many edits outside of it. */
export interface Scale {
  readonly small: number;
  readonly large: number;
  readonly outsideEdits: number;
  readonly nothing: Readonly<Record<'small' | 'large' | 'afterOutsideEdits', SmallCost>>;
  readonly ten: Readonly<Record<'small' | 'large' | 'afterOutsideEdits', SmallCost>>;
  /** The first sync of the large collection, in processes that did nothing else. */
  readonly firstSync: Cost;
  readonly peakMegabytes: { readonly publisher: number; readonly subscriber: number };
  /** Rows that the publisher keeps about the subscriber when all is quiet. */
  readonly rowsAtRest: number;
}

const repetitions = 40;

/** Measures how cost grows with the collection: it should not. */
export async function measureScale(small: number, large: number): Promise<Scale> {
  const directory = mkdtempSync(join(tmpdir(), 'concord-bench-'));
  try {
    await load(directory, { small, large });
    await using publisher = await SiteHost.open(join(directory, 'publisher'));
    await using subscriber = await SiteHost.open(join(directory, 'subscriber'));
    const url = await publisher.ask({ do: 'serve' });
    const pairOf = async (master: string, client: string): Promise<Pair> => {
      await subscriber.ask({ do: 'add-site', site: client });
      await subscriber.ask({ do: 'subscribe', site: client, path: recordsPath, publisher: `${url}/${master}` });
      return { publisher, subscriber, master, client };
    };
    const largePair = await pairOf('large', 'large-client');
    const firstSync = await syncPair(largePair);
    await expectAgreement(largePair);
    const peaks = [await publisher.ask({ do: 'measure' }), await subscriber.ask({ do: 'measure' })] as const;
    const rowsAtRest = await publisher.ask({ do: 'rows-at-rest', site: 'large' });
    const smallPair = await pairOf('small', 'small-client');
    await syncPair(smallPair);

    const nothing = await alternate([smallPair, largePair], quietly);
    const ten = await alternate([smallPair, largePair], editTen);
    await publisher.ask({ do: 'load', site: 'large', path: '/elsewhere', first: 0, count: large });
    const [nothingAfter] = await alternate([largePair], quietly);
    const [tenAfter] = await alternate([largePair], editTen);
    return {
      small,
      large,
      outsideEdits: large,
      nothing: { small: at(nothing, 0), large: at(nothing, 1), afterOutsideEdits: at([nothingAfter], 0) },
      ten: { small: at(ten, 0), large: at(ten, 1), afterOutsideEdits: at([tenAfter], 0) },
      firstSync,
      peakMegabytes: { publisher: peaks[0].peakMegabytes, subscriber: peaks[1].peakMegabytes },
      rowsAtRest,
    };
  } finally {
    rmSync(directory, { recursive: true, force: true });
  }
}

/** By a process of its own, whose memory is not measured. */
async function load(directory: string, counts: Readonly<Record<'small' | 'large', number>>): Promise<void> {
  await using loader = await SiteHost.open(join(directory, 'publisher'));
  for (const site of ['small', 'large'] as const) {
    await loader.ask({ do: 'add-site', site });
    await loader.ask({ do: 'load', site, path: recordsPath, first: 0, count: counts[site] });
    await loader.ask({ do: 'publish', site, path: recordsPath });
  }
}

type Prepare = (pair: Pair, round: number) => Promise<void>;

const quietly: Prepare = async () => {};

const editTen: Prepare = async ({ subscriber, client }, round) => {
  const numbers = Array.from({ length: 10 }, (_, index) => (round * 10 + index) % 1000);
  await subscriber.ask({ do: 'edit', site: client, path: recordsPath, numbers, tag: `round-${round}` });
};

/** Syncs the pairs in turn, so that what the machine does meanwhile meets all of them; gives the median of each. */
async function alternate(pairs: readonly Pair[], prepare: Prepare): Promise<readonly SmallCost[]> {
  const costs = pairs.map((): Cost[] => []);
  for (let repetition = 0; repetition < repetitions; repetition++) {
    for (const [index, pair] of pairs.entries()) {
      await prepare(pair, (editRounds += 1));
      costs[index]?.push(await syncPair(pair));
    }
  }
  return costs.map((of) => ({
    rowsRead: median(of.map(({ rowsRead }) => rowsRead)),
    octets: median(of.map(({ octets }) => octets)),
    cpuMs: median(of.map(({ cpuMs }) => cpuMs)),
  }));
}

/** Each edit of the run is another one. */
let editRounds = 0;

function at(costs: readonly (SmallCost | undefined)[], index: number): SmallCost {
  const cost = costs[index];
  if (cost === undefined) throw new Error('a pair was not measured');
  return cost;
}
