import type { Crowd } from './measure-hub.ts';
import type { RealSubscribers } from './real-subscribers.ts';

/** Who works at a hub at the same time: simulated subscribers poll, real ones bring something and take what others brought, and workers import. */
export interface Workforce {
  readonly crowd: Crowd;
  readonly real: RealSubscribers;
  /** Queues an import, and does not wait for it. */
  readonly queueImport: () => Promise<void>;
}

/** How long what was asked for took, while it came at random. */
export interface Spread {
  readonly count: number;
  readonly p50Ms: number;
  readonly p99Ms: number;
}

/** What came of a while of work. `failed`: what the hub refused or did not answer in time, and why the first of them. */
export interface Load {
  readonly perSecond: number;
  readonly seconds: number;
  readonly quiet: Spread;
  readonly real: Spread;
  readonly failed: number;
  readonly firstFailure: string | undefined;
}

/** Of so many syncs one is a real one; with so many real ones there is an import. */
const everyNth = 11;
const importsAfter = 4;
const inFlight = 10;
/** For what is still under way when the time is over. */
const lastMs = 20_000;

class Tickets {
  readonly quiet: number[] = [];
  readonly real: number[] = [];
  failed = 0;
  firstFailure: string | undefined;
  #count = 0;
  readonly #workforce: Workforce;

  constructor(workforce: Workforce) {
    this.#workforce = workforce;
  }

  /** The next piece of work. Never fails: what did not come off is counted. */
  async take(): Promise<void> {
    const number = (this.#count += 1);
    const { crowd, real, queueImport } = this.#workforce;
    try {
      if (number % (importsAfter * everyNth) === 1) await queueImport();
      const begin = performance.now();
      if (number % everyNth === 0) {
        const ms = await real.session();
        if (ms !== undefined) this.real.push(ms);
        return;
      }
      await crowd.syncNext();
      this.quiet.push(performance.now() - begin);
    } catch (error) {
      this.failed += 1;
      this.firstFailure ??= error instanceof Error ? error.message : String(error);
    }
  }

  loadOf(begin: number): Load {
    const seconds = (performance.now() - begin) / 1000;
    const { failed, firstFailure } = this;
    const perSecond = (this.quiet.length + this.real.length) / seconds;
    return { perSecond, seconds, quiet: spreadOf(this.quiet), real: spreadOf(this.real), failed, firstFailure };
  }
}

/** As much as the hub can do with ten at a time. */
export async function saturate(workforce: Workforce, seconds: number): Promise<Load> {
  const tickets = new Tickets(workforce);
  const begin = performance.now();
  const work = async (): Promise<void> => {
    while (performance.now() < begin + seconds * 1000) await tickets.take();
  };
  await Promise.all(Array.from({ length: inFlight }, work));
  return tickets.loadOf(begin);
}

/** So many a second at random times, until so many real sessions were made or the time is over. */
export async function workAtRandom(
  workforce: Workforce,
  {
    perSecond,
    sessions,
    seconds,
    tell,
  }: {
    readonly perSecond: number;
    readonly sessions: number;
    readonly seconds: number;
    readonly tell: (done: number) => void;
  },
): Promise<Load> {
  const tickets = new Tickets(workforce);
  const running = new Set<Promise<void>>();
  const begin = performance.now();
  let due = begin;
  let told = begin;
  while (tickets.real.length < sessions && performance.now() < begin + seconds * 1000) {
    due += (-Math.log(1 - Math.random()) * 1000) / perSecond;
    const pause = due - performance.now();
    // What is late comes at once, but lets what is answered in between.
    await new Promise((resolve) => setTimeout(resolve, Math.max(0, pause)));
    const taken = tickets.take().finally(() => running.delete(taken));
    running.add(taken);
    if (performance.now() < told + 10_000) continue;
    told = performance.now();
    tell(tickets.real.length);
  }
  const late = new Promise((resolve) => setTimeout(resolve, lastMs).unref());
  await Promise.race([Promise.all(running), late]);
  tickets.failed += running.size;
  return tickets.loadOf(begin);
}

function spreadOf(times: readonly number[]): Spread {
  const sorted = times.toSorted((left, right) => left - right);
  const at = (part: number): number => sorted[Math.floor(sorted.length * part)] ?? Number.NaN;
  return { count: sorted.length, p50Ms: at(0.5), p99Ms: at(0.99) };
}
