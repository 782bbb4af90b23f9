import { DatabaseSync } from '@photostructure/sqlite';
import { join } from 'node:path';
import type { FanOut, Hub, Latency, QuietCost } from './measure-hub.ts';
import { Crowd, measureFanOut, measureLatency, measureQuiet } from './measure-hub.ts';
import { startRecordingProxy } from './recorded-sync.ts';
import { makePair, SiteHost, syncPair } from './sites.ts';

/** How much is measured. */
export interface QuietSize {
  readonly objects: number;
  readonly subscribers: number;
  readonly syncs: number;
  readonly rounds: number;
  readonly fanOut: number;
  readonly fanOutRounds: number;
  readonly latencySeconds: number;
}

/** What quiet syncs cost a publisher in a process of its own, and what it costs to bring changes to many. */
export interface QuietHub {
  readonly atFew: QuietCost;
  readonly atMany: QuietCost;
  /** Of a quiet subscriber, in the store. */
  readonly rowsAtRest: number;
  readonly octetsAtRest: number;
  readonly latency: Latency;
  readonly fan: FanOut;
}

/** As the Procfile starts its web processes. */
const webFlags = ['--max-semi-space-size=4'];

/** How many a small hub has. */
export const few = 10;

/** Measures it in this folder; `profile` is the beginning of the name of a profile of the quiet syncs. */
export async function measureQuietHub(
  directory: string,
  size: QuietSize,
  { tell, profile }: { readonly tell: (what: string) => void; readonly profile: string | undefined },
): Promise<QuietHub> {
  const { objects, subscribers, syncs, rounds } = size;
  await using publisher = await SiteHost.open(join(directory, 'publisher'), webFlags);
  await using subscriber = await SiteHost.open(join(directory, 'subscriber'));
  const origin = await publisher.ask({ do: 'serve' });
  await using proxy = await startRecordingProxy(origin);
  const hosts = { publisher, subscriber, url: proxy.url };
  const hubOf = async (site: string): Promise<Hub> => {
    const pair = await makePair(hosts, { master: site, client: `${site}-client` }, { offered: objects, own: 0 });
    await syncPair(pair);
    await syncPair(pair);
    return { pair, proxy, origins: [origin] };
  };
  tell(`two hubs with ${objects} objects are made`);
  const smallHub = await hubOf('few');
  const largeHub = await hubOf('many');
  tell(`${few} and ${subscribers} simulated subscribers are made`);
  await using small = await Crowd.gather(smallHub, few);
  await using large = await Crowd.gather(largeHub, subscribers);
  const both = [
    { hub: smallHub, crowd: small },
    { hub: largeHub, crowd: large },
  ];
  tell(`${syncs * rounds} quiet syncs at each`);
  await measureQuiet(both, { syncs: Math.ceil(syncs / 2), rounds: 2 });
  if (profile !== undefined) await publisher.ask({ do: 'profile', file: undefined });
  const [atFew, atMany] = await measureQuiet(both, { syncs, rounds });
  if (profile !== undefined) await publisher.ask({ do: 'profile', file: `${profile}-quiet.cpuprofile` });
  if (atFew === undefined || atMany === undefined) throw new Error('nothing was measured');
  const rowsAtRest = (await publisher.ask({ do: 'rows-at-rest', site: 'many' })) / (subscribers + 1);
  tell('at half of saturation');
  const latency = await measureLatency(large, { seconds: size.latencySeconds, rounds });
  tell(`fan-out to ${size.fanOut}`);
  const fan = await measureFanOut(smallHub, { subscribers: size.fanOut, changes: 100, rounds: size.fanOutRounds });
  return { atFew, atMany, rowsAtRest, octetsAtRest: octetsOfRow(directory), latency, fan };
}

/** What a subscriber takes in the file: its row, and what of its pages is not filled. */
function octetsOfRow(directory: string): number {
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
