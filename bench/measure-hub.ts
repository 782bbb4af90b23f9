import { median } from './median.ts';
import type { RecordingProxy, Replay } from './recorded-sync.ts';
import { replayOf } from './recorded-sync.ts';
import { HubClient, simulatedSubscribers, type Simulated } from './simulated-subscribers.ts';
import type { Used } from './site-messages.ts';
import type { Pair } from './sites.ts';
import { expectAgreement, recordsPath, syncPair } from './sites.ts';

/** A publisher with one real subscriber, whose syncs are recorded, and as many simulated ones as are asked for. */
export interface Hub {
  readonly pair: Pair;
  readonly proxy: RecordingProxy;
  readonly origins: readonly string[];
}

/** What one quiet sync costs the hub. */
export interface QuietCost {
  readonly cpuMs: number;
  readonly rowsRead: number;
}

/** How long quiet syncs took while they came at random. */
export interface Latency {
  readonly perSecond: number;
  readonly p50Ms: number;
  readonly p99Ms: number;
}

/** What it cost to bring 100 changes to one subscriber, and to many. */
export interface FanOut {
  readonly subscribers: number;
  readonly changes: number;
  readonly oneCpuMs: number;
  readonly allCpuMs: number;
  readonly peakMegabytes: { readonly before: number; readonly after: number };
}

/** A timer of Node's is late by a millisecond without anything having gone wrong. */
const mostLateMs = 2;
const token = 'the token of all simulated subscribers of the benchmark';

/** Simulated subscribers that have the row of the real one as it is now, and what the real one says in its next sync, which comes now. */
export class Crowd implements AsyncDisposable {
  readonly client: HubClient;
  readonly #members: readonly Simulated[];
  readonly #messages: readonly Replay[];
  #at = 0;

  private constructor(client: HubClient, members: readonly Simulated[], messages: readonly Replay[]) {
    this.client = client;
    this.#members = members;
    this.#messages = messages;
  }

  static async gather({ pair, proxy, origins }: Hub, count: number, connections = 8): Promise<Crowd> {
    const site = pair.master;
    const { last, number } = await pair.publisher.ask({ do: 'simulate', site, count, token });
    proxy.take();
    await syncPair(pair);
    const messages = proxy.take().map(replayOf);
    const client = new HubClient({ origins, site, token }, connections);
    return new Crowd(client, simulatedSubscribers({ count, last, number }), messages);
  }

  /** The same members at other addresses of the same publisher. Only one of the crowds may be at work. */
  movedTo(origins: readonly string[], site: string, connections: number): Crowd {
    return new Crowd(new HubClient({ origins, site, token }, connections), this.#members, this.#messages);
  }

  /** So many syncs, by one member after the other, `together` at a time. */
  async sync(syncs: number, together = 4): Promise<void> {
    let left = syncs;
    const work = async (): Promise<void> => {
      while (left > 0) {
        left -= 1;
        await this.syncNext();
      }
    };
    await Promise.all(Array.from({ length: together }, work));
  }

  async syncNext(): Promise<void> {
    const member = this.#members[this.#at];
    this.#at = (this.#at + 1) % this.#members.length;
    if (member !== undefined) await this.client.sync(member, this.#messages);
  }

  async [Symbol.asyncDispose](): Promise<void> {
    await this.client[Symbol.asyncDispose]();
  }
}

async function usedBy({ publisher, master }: Pair): Promise<Used> {
  return publisher.ask({ do: 'measure', site: master });
}

/** Quiet syncs of several crowds in turn, so that what the machine does meanwhile meets all of them; the median of each. */
export async function measureQuiet(
  hubs: readonly { readonly hub: Hub; readonly crowd: Crowd }[],
  { syncs, rounds }: { readonly syncs: number; readonly rounds: number },
): Promise<readonly QuietCost[]> {
  const costs = hubs.map((): QuietCost[] => []);
  for (let round = 0; round < rounds; round++) {
    for (const [index, { hub, crowd }] of hubs.entries()) {
      const before = await usedBy(hub.pair);
      await crowd.sync(syncs);
      const after = await usedBy(hub.pair);
      costs[index]?.push({
        cpuMs: (after.cpuMs - before.cpuMs) / syncs,
        rowsRead: (after.rowsRead - before.rowsRead) / syncs,
      });
    }
  }
  return costs.map((of) => ({
    cpuMs: median(of.map(({ cpuMs }) => cpuMs)),
    rowsRead: median(of.map(({ rowsRead }) => rowsRead)),
  }));
}

/**
 * First as many as the hub can do, then half as many, at random times, some times over; what counts is the median of the rounds, because a pause of the machine itself is most of a
 * p99.
 */
export async function measureLatency(
  crowd: Crowd,
  { seconds, rounds }: { readonly seconds: number; readonly rounds: number },
): Promise<Latency> {
  const perSecond = (await saturate(crowd, seconds)) / 2;
  const found: Omit<Latency, 'perSecond'>[] = [];
  for (let round = 0; round < rounds; round++) found.push(await askAtRandom(crowd, { perSecond, seconds }));
  return { perSecond, p50Ms: median(found.map(({ p50Ms }) => p50Ms)), p99Ms: median(found.map(({ p99Ms }) => p99Ms)) };
}

/**
 * What this process itself was late with, because it collected garbage or the machine did something else, is left out instead of being sent in a bunch: that would be another load
 * than the one that is asked for.
 */
async function askAtRandom(
  crowd: Crowd,
  { perSecond, seconds }: { readonly perSecond: number; readonly seconds: number },
): Promise<Omit<Latency, 'perSecond'>> {
  const times: number[] = [];
  const running: Promise<void>[] = [];
  const begin = performance.now();
  let due = begin;
  while (due < begin + seconds * 1000) {
    due += (-Math.log(1 - Math.random()) * 1000) / perSecond;
    const pause = due - performance.now();
    if (pause > 0) await new Promise((resolve) => setTimeout(resolve, pause));
    const asked = performance.now();
    if (asked > due + mostLateMs) continue;
    running.push(crowd.syncNext().then(() => void times.push(performance.now() - asked)));
  }
  await Promise.all(running);
  const sorted = times.toSorted((left, right) => left - right);
  const at = (part: number): number => sorted[Math.floor(sorted.length * part)] ?? Number.NaN;
  return { p50Ms: at(0.5), p99Ms: at(0.99) };
}

async function saturate(crowd: Crowd, seconds: number): Promise<number> {
  const begin = performance.now();
  let done = 0;
  const work = async (): Promise<void> => {
    while (performance.now() < begin + seconds * 1000) {
      await crowd.syncNext();
      done += 1;
    }
  };
  await Promise.all(Array.from({ length: 8 }, work));
  return done / ((performance.now() - begin) / 1000);
}

/** Edits at the publisher, `rounds` times for one subscriber alone and once for all. */
export async function measureFanOut(
  hub: Hub,
  { subscribers, changes, rounds }: Pick<FanOut, 'subscribers' | 'changes'> & { readonly rounds: number },
): Promise<FanOut> {
  const ones: number[] = [];
  const alls: number[] = [];
  let before = Number.NaN;
  for (let round = 0; round < rounds + 2; round++) {
    const count = round < rounds ? 8 : subscribers;
    if (round === rounds) before = (await usedBy(hub.pair)).peakMegabytes;
    const numbers = Array.from({ length: changes }, (_, index) => index);
    await hub.pair.publisher.ask({
      do: 'edit',
      site: hub.pair.master,
      path: recordsPath,
      numbers,
      tag: `fan-out-${round}`,
    });
    await using crowd = await Crowd.gather(hub, count);
    const begin = await usedBy(hub.pair);
    await crowd.sync(count, count === subscribers ? 16 : 1);
    const end = await usedBy(hub.pair);
    (count === subscribers ? alls : ones).push((end.cpuMs - begin.cpuMs) / count);
  }
  await expectAgreement(hub.pair);
  const { peakMegabytes: after } = await usedBy(hub.pair);
  // What is compiled on the way is not what one costs: the first third is left out.
  const oneCpuMs = median(ones.slice(Math.ceil(rounds / 3)));
  return {
    subscribers,
    changes,
    oneCpuMs,
    allCpuMs: median(alls) * subscribers,
    peakMegabytes: { before, after },
  };
}
