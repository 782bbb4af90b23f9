import type { Reservation } from './reservation.ts';

const leastPauseMs = 1;
const mostPauseMs = 10;
/** While the first one does not move, pauses grow to that part of what it was waited for. */
const pauseShare = 8;

interface Watched {
  readonly seen: Reservation;
  waitedMs: number;
}

/** What a store that waits sees of those before it, and for how long it has waited for each to move. */
export class TurnWatch {
  #watched: readonly Watched[] = [];

  /** Looks at them anew. @returns those that have not moved for longer than one waits for them */
  look(ahead: readonly Reservation[]): readonly Reservation[] {
    this.#watched = ahead.map((seen) => this.#watchedAs(seen) ?? { seen, waitedMs: 0 });
    return this.#watched.filter(({ seen, waitedMs }) => waitedMs > seen.patienceMs).map(({ seen }) => seen);
  }

  /** How long to wait until the next look: the longer, the more are before. */
  get pauseMs(): number {
    const waitedMs = this.#watched[0]?.waitedMs ?? 0;
    return Math.max(leastPauseMs, Math.min(mostPauseMs, waitedMs / pauseShare)) * Math.max(1, this.#watched.length);
  }

  /** So long was waited. */
  wait(ms: number): void {
    for (const each of this.#watched) each.waitedMs += ms;
  }

  #watchedAs({ by, beat }: Reservation): Watched | undefined {
    return this.#watched.find(({ seen }) => seen.by === by && seen.beat === beat);
  }
}
