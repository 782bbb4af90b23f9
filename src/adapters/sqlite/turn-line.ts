import { randomUUID } from 'node:crypto';
import type { Clock } from '../../ports/clock.ts';
import {
  before,
  type Reservation,
  without,
  withoutUnmoved,
  withReservation,
  writtenReservations,
} from './reservation.ts';
import type { SqliteDatabase } from './sqlite-database.ts';
import { readTurn, type Turn } from './turn.ts';
import { TurnWatch } from './turn-watch.ts';

const leastPatienceMs = 2_000;
const mostPatienceMs = 20_000;
/** What a decision took, so many times, others wait for the next try. */
const patienceShare = 2;
/** So often a store that waits shows that it lives. */
const beatMs = leastPatienceMs / 4;
/** So long a store whose turn it is goes on with what waits behind: to change hands after each commit would take longer for all. */
const servedMs = 20;

/**
 * The line of the stores that were overtaken: they are served in their order, and who comes anew is served behind them. It only makes commits fair; what makes
 * them right is the number of the turn. A store that does not move for as long as others have waited for it, by their own count of their pauses and by nobody's
 * clock, is taken out: it was killed, or sleeps, and if not, it comes back at the end.
 */
export class TurnLine {
  readonly #database: SqliteDatabase;
  readonly #clock: Clock;
  readonly #name = randomUUID();
  #patienceMs = leastPatienceMs;
  #beat = 0;
  #stands = false;
  #servedFrom: number | undefined;
  #stays = false;

  constructor(database: SqliteDatabase, clock: Clock) {
    this.#database = database;
    this.#clock = clock;
  }

  /** The present turn, when nobody is to be served before. */
  async reach(): Promise<Turn> {
    this.#stays = false;
    const first = readTurn(this.#database);
    const turn = this.#isServed(first) ? first : await this.#wait(first);
    if (this.#stands) this.#servedFrom ??= performance.now();
    return turn;
  }

  /** How long a decision took: if others overtake it, they wait for the next one as long, and longer. */
  noteTook(ms: number): void {
    this.#patienceMs = Math.max(leastPatienceMs, Math.min(mostPatienceMs, patienceShare * ms));
  }

  /**
   * Does the work and ends the turn, in one transaction. Undefined, and nothing is done but that a place in the line is taken, when others are to be served first, or
   * have committed `since` that turn. With more of this store's own waiting behind, it stays for a moment.
   */
  serve<Result>(
    work: () => Result,
    { since, isWanted }: { readonly since?: Turn; readonly isWanted: boolean },
  ): { readonly result: Result } | undefined {
    this.#stays = false;
    let stays = false;
    const served = this.#database.write(() => {
      const turn = readTurn(this.#database);
      if ((since ?? turn).number !== turn.number || !this.#isServed(turn)) {
        this.#reserve(turn.reserved);
        return undefined;
      }
      const result = work();
      stays = this.#stands && isWanted && performance.now() < (this.#servedFrom ?? 0) + servedMs;
      this.endTurn(stays ? withReservation(turn.reserved, this.#moved()) : without(turn.reserved, this.#name));
      return { result };
    });
    if (served !== undefined) this.#noteServed(stays);
    return served;
  }

  /** Makes every decision that was begun be made again, and, without more said, all who wait come anew. Runs within a transaction. */
  endTurn(reserved: readonly Reservation[] = []): void {
    this.#database.run('UPDATE site SET turn = turn + 1, reserved = ?', writtenReservations(reserved));
  }

  /** Gives up the place that it may have, and does not stay in. What cannot be written now goes when others have waited for it long enough. */
  leave(): void {
    if (!this.#stands || this.#stays) return;
    this.#stands = false;
    this.#servedFrom = undefined;
    try {
      this.#database.write(() => this.#write(without(readTurn(this.#database).reserved, this.#name)));
    } catch {
      return;
    }
  }

  /** Leaves in any case. */
  close(): void {
    this.#stays = false;
    this.leave();
  }

  #noteServed(stays: boolean): void {
    this.#stands = stays;
    this.#stays = stays;
    this.#patienceMs = leastPatienceMs;
    if (!stays) this.#servedFrom = undefined;
  }

  #isServed({ reserved }: Turn): boolean {
    return before(reserved, this.#name).length === 0;
  }

  async #wait(first: Turn): Promise<Turn> {
    const watch = new TurnWatch();
    let sinceBeat = 0;
    for (let turn = first; ; turn = readTurn(this.#database)) {
      const ahead = before(turn.reserved, this.#name);
      if (ahead.length === 0) return turn;
      const unmoved = watch.look(ahead);
      const stands = ahead.length < turn.reserved.length;
      if (!stands || unmoved.length > 0 || sinceBeat >= beatMs) {
        this.#database.write(() => this.#reserve(withoutUnmoved(readTurn(this.#database).reserved, unmoved)));
        sinceBeat = 0;
      }
      const { pauseMs } = watch;
      await this.#clock.sleep(pauseMs);
      watch.wait(pauseMs);
      sinceBeat += pauseMs;
    }
  }

  /** Takes a place, or shows that the one it has is still wanted. */
  #reserve(reserved: readonly Reservation[]): void {
    this.#stands = true;
    this.#write(withReservation(reserved, this.#moved()));
  }

  #moved(): Reservation {
    this.#beat += 1;
    return { by: this.#name, beat: this.#beat, patienceMs: this.#patienceMs };
  }

  #write(reserved: readonly Reservation[]): void {
    this.#database.run('UPDATE site SET reserved = ?', writtenReservations(reserved));
  }
}
