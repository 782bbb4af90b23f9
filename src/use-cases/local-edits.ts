import type { Position } from '../objects/position.ts';
import type { Revision } from '../objects/revision.ts';
import type { Version } from '../objects/version.ts';
import type { Actor, SiteContext } from './site-context.ts';
import { TreeWrites } from './tree-writes.ts';

/** What editing needs of a site. */
export type EditingContext = Pick<SiteContext, 'store' | 'clock' | 'identifiers'>;

/** The edits of one person in one batch: each is named for the place of the log that it is written at (engine.md §2). Holds the batch, hence a class. */
export class LocalEdits {
  readonly tree: TreeWrites;
  readonly #head: Position;
  readonly #at: number;
  readonly #by: string;

  constructor(context: EditingContext, actor: Pick<Actor, 'name'>, head: Position) {
    this.tree = new TreeWrites(context.store);
    this.#head = head;
    this.#at = context.clock.now();
    this.#by = actor.name;
  }

  /** Adds a revision of this content, or of the end of what had this content. */
  async write(state: Exclude<Revision['state'], 'left'>, version: Version): Promise<void> {
    const seq = this.#head.seq + this.tree.writes.length + 1;
    const main = { id: `${this.#head.epoch}:${String(seq)}`, at: this.#at, by: this.#by };
    await this.tree.add({ state, version, edits: { main, others: [] }, receivedAt: this.#at, origin: undefined });
  }
}

/** Decides on edits and commits them together; `decide` runs again when another process wrote meanwhile, and has no effects of its own. */
export async function editTree<Result>(
  context: EditingContext,
  actor: Pick<Actor, 'name'>,
  decide: (edits: LocalEdits) => Promise<Result>,
): Promise<Result> {
  return context.store.update(async (head) => {
    const edits = new LocalEdits(context, actor, head);
    const result = await decide(edits);
    return { batch: { writes: edits.tree.writes }, result };
  });
}
