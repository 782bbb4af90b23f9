import type { Gid } from '../../objects/gid.ts';
import type { Conflict } from '../../synchronization/conflict.ts';
import type { Note } from '../../synchronization/standing.ts';
import { conflictsOfEqualValues } from '../objects/equal-values.ts';
import type { TreeWrites } from '../objects/tree-writes.ts';
import type { Reception } from './reception.ts';

/** The conflicts that one batch of received changes opens, settles and closes. Owns the list until the batch is committed. */
export class FoundConflicts {
  readonly found: Conflict[] = [];
  readonly #reception: Reception;
  readonly #now: number;
  /** Which of them are new. */
  readonly #noted = new Set<string>();
  /** Those that the subscriber has told of, whosever edit it was. */
  readonly #returned = new Set<string>();

  constructor(reception: Reception, now: number) {
    this.#reception = reception;
    this.#now = now;
  }

  /** Gives what was found in an object its id, and its place in the list. */
  note(gid: Gid, { isSecond = false, isReturned = false, ...note }: Note): void {
    const { context, subscriber } = this.#reception;
    // Of two settlements the first stands, and the second is history (engine.md §5).
    const isOvertaken = note.state === 'open' && isSecond;
    const settledBy = isOvertaken ? 'person' : note.state === 'settled' ? 'policy' : undefined;
    const id = context.identifiers.random();
    this.#noted.add(id);
    if (isReturned) this.#returned.add(id);
    this.found.push({
      ...note,
      state: isOvertaken ? 'settled' : note.state,
      id,
      gid,
      peer: subscriber.peer,
      role: 'publisher',
      settledBy,
      openedAt: this.#now,
    });
  }

  /**
   * Leaves out what the same edit of the same subscriber was noted for before: a session that was broken off sends it once more, and it has been asked about, or
   * decided, already. So it has been where several tell of a conflict that was lost here.
   */
  async leaveOutRepeated(): Promise<void> {
    const { context, subscriber } = this.#reception;
    for (const note of this.found.filter(({ id }) => this.#noted.has(id))) {
      const { gid, field, id } = note;
      const of = this.#returned.has(id) ? {} : { role: 'publisher' as const, peer: subscriber.peer };
      const before = await context.store.conflicts({ ...of, gid, field });
      const isRepeated = before.some(({ subscriber: { edit } }) => edit.id === note.subscriber.edit.id);
      if (isRepeated)
        this.found.splice(
          this.found.findIndex((one) => one.id === id),
          1,
        );
    }
  }

  /** Those that a person has settled at the subscriber. */
  settle(closing: readonly Conflict[]): void {
    for (const conflict of closing) this.found.push({ ...conflict, state: 'settled', settledBy: 'person' });
  }

  /** Those of these objects whose values what was written has made equal. */
  async closeEqual(tree: TreeWrites, gids: readonly Gid[]): Promise<void> {
    const handled = new Set(this.found.map((conflict) => conflict.id));
    const equal = await conflictsOfEqualValues(this.#reception.context.store, tree, gids);
    this.found.push(...equal.filter(({ id }) => !handled.has(id)));
  }
}
