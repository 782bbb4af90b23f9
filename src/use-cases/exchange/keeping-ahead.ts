import type { Clock } from '../../ports/clock.ts';
import type { EndedSession, KeptChanges } from './kept-changes.ts';
import { keptChanges } from './kept-changes.ts';

/** The answer before is compressed and sent first. */
const headStartMs = 8;
/** A session that has not ended by then was broken off. */
const lifetimeMs = 30_000;
/** More sessions than this are not helped. */
const maxSessions = 4;

interface Begun {
  readonly begunAt: number;
  changes?: KeptChanges | undefined;
  isDone: boolean;
}

/**
 * Works out what is kept of a session while the peer takes in the last message of it, so that nobody waits for that at the end. It only saves time: what is taken is
 * what working it out now would give, or it is worked out now. One for the whole process; owns what was begun.
 */
export class KeepingAhead {
  readonly #clock: Clock;
  readonly #begun = new Map<string, Begun>();

  constructor(clock: Clock) {
    this.#clock = clock;
  }

  /** Begins for a session that will have ended when the peer has said its last word. Never throws. */
  begin(site: string, ended: EndedSession): void {
    const begunAt = this.#clock.now();
    for (const [key, begun] of this.#begun) if (begunAt - begun.begunAt > lifetimeMs) this.#begun.delete(key);
    if (this.#begun.size >= maxSessions) return;
    // What fails now fails again when it is worked out in its turn, and is told there.
    this.#work(site, ended, { begunAt, isDone: false }).catch(() => undefined);
  }

  /** What is kept of a session that has ended. */
  async take(site: string, ended: EndedSession): Promise<KeptChanges | undefined> {
    const key = await keyOf(site, ended);
    const begun = this.#begun.get(key);
    this.#begun.delete(key);
    return begun?.isDone === true ? begun.changes : keptChanges(ended);
  }

  async #work(site: string, ended: EndedSession, begun: Begun): Promise<void> {
    const key = await keyOf(site, ended);
    this.#begun.set(key, begun);
    await this.#clock.sleep(headStartMs);
    if (this.#begun.get(key) !== begun) return;
    begun.changes = await keptChanges(ended);
    begun.isDone = true;
  }
}

/** Names all that the outcome is made from: the log, how much went, and what is remembered of the peer and of conflicts. */
async function keyOf(site: string, { store, keys: _, ...ended }: EndedSession): Promise<string> {
  const head = await store.head();
  const exceptions = await store.countExceptions(ended.peer);
  const conflicts = await store.countConflicts({ state: 'open' });
  return JSON.stringify([site, head, exceptions, conflicts, ended]);
}
