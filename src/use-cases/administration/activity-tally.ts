import type { Ending } from '../../ports/activity-queue.ts';
import type { Clock } from '../../ports/clock.ts';
import type { SiteNotes } from '../../ports/site-notes.ts';

type Count = Required<Ending>['count'];

/** Where counts go, and the clock by which they are gathered. */
interface Place {
  readonly store: { readonly notes: Pick<SiteNotes, 'countActivity'> };
  readonly clock: Pick<Clock, 'sleep'>;
}

/** For how long counts are gathered; that many are lost at most when a process is killed. */
const gatherMs = 200;

const tallies = new WeakMap<Place['store'], ActivityTally>();

/** The tally that all who run activities of a site in this process have in common. */
export function tallyOf({ store, clock }: Place): ActivityTally {
  const known = tallies.get(store) ?? new ActivityTally(store, clock);
  tallies.set(store, known);
  return known;
}

/** Counts activities whose queue does not, many with one write: a commit for each would be most of what an activity costs that does little. */
class ActivityTally {
  readonly #store: Place['store'];
  readonly #clock: Place['clock'];
  #gathered = new Map<string, Count & { readonly times: number }>();
  #waiting: AbortController | undefined;
  #writing: Promise<void> = Promise.resolve();

  constructor(store: Place['store'], clock: Place['clock']) {
    this.#store = store;
    this.#clock = clock;
  }

  /** Counts one more. It is written soon. */
  add(count: Count): void {
    this.#gather(count, 1);
    if (this.#waiting !== undefined) return;
    this.#waiting = new AbortController();
    void this.#writeLater(this.#waiting.signal);
  }

  /** Writes what was gathered. What cannot be written is kept, and written with what comes next. */
  async flush(): Promise<void> {
    this.#waiting?.abort();
    this.#waiting = undefined;
    const own = this.#writing.then(async () => this.#write());
    this.#writing = own.catch(() => undefined);
    await own;
  }

  async #writeLater(signal: AbortSignal): Promise<void> {
    await this.#clock.sleep(gatherMs, signal);
    // Whoever ends a run writes it, and is told what goes wrong.
    if (!signal.aborted) await this.flush().catch(() => undefined);
  }

  async #write(): Promise<void> {
    const gathered = [...this.#gathered.values()];
    this.#gathered = new Map();
    for (const [at, { as, keepFrom, times }] of gathered.entries()) {
      try {
        await this.#store.notes.countActivity(as, keepFrom, times);
      } catch (error) {
        for (const one of gathered.slice(at)) this.#gather(one, one.times);
        throw error;
      }
    }
  }

  #gather({ as, keepFrom }: Count, times: number): void {
    const key = `${String(as.hour)} ${as.outcome} ${as.work}`;
    this.#gathered.set(key, { as, keepFrom, times: times + (this.#gathered.get(key)?.times ?? 0) });
  }
}
