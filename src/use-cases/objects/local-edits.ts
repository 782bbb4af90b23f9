import type { Edit } from '../../objects/edit.ts';
import { sameAsMain } from '../../objects/edit.ts';
import type { Gid } from '../../objects/gid.ts';
import type { Position } from '../../objects/position.ts';
import type { Revision } from '../../objects/revision.ts';
import type { Version } from '../../objects/version.ts';
import type { ObjectReader } from '../../ports/object-reader.ts';
import type { Actor, SiteContext } from '../site-context.ts';
import { conflictsOfEqualValues } from './equal-values.ts';
import { NewGids } from './new-gids.ts';
import { TreeWrites } from './tree-writes.ts';

/** What editing needs of a site. */
export type EditingContext = Pick<SiteContext, 'store' | 'clock' | 'identifiers' | 'xmlLimits'>;

/** The edits of one person in one batch: each is named for the place of the log that it is written at (engine.md §2). Holds the batch, hence a class. */
export class LocalEdits {
  readonly tree: TreeWrites;
  readonly gids: NewGids;
  readonly #head: Position;
  readonly #at: number;
  readonly #by: string;
  readonly #store: ObjectReader;
  readonly #written = new Map<Gid, Map<string, Gid>>();

  constructor(context: EditingContext, actor: Pick<Actor, 'name'>, head: Position) {
    this.#store = context.store;
    this.tree = new TreeWrites(context.store);
    this.gids = new NewGids(context, this.tree);
    this.#head = head;
    this.#at = context.clock.now();
    this.#by = actor.name;
  }

  /** Adds a revision of this content, or of the end of what had this content. `sameAs`: an edit of somebody else that has made the same (ADR 0030). */
  async write(state: Exclude<Revision['state'], 'left'>, version: Version, sameAs?: Edit): Promise<void> {
    const seq = this.#head.seq + this.tree.writes.length + 1;
    const main = { id: `${this.#head.epoch}:${String(seq)}`, at: this.#at, by: this.#by };
    const others = sameAs === undefined ? [] : [{ ...sameAs, field: sameAsMain }];
    await this.tree.add({ state, version, edits: { main, others }, receivedAt: this.#at, origin: undefined });
    const siblings = this.#written.get(version.parent);
    if (siblings === undefined) this.#written.set(version.parent, new Map([[version.id, version.gid]]));
    else siblings.set(version.id, version.gid);
  }

  /** The object with this id below a parent as of this batch. */
  async named(parent: Gid, id: string): Promise<Version | undefined> {
    const gid = this.#written.get(parent)?.get(id);
    const draft = gid === undefined ? undefined : this.tree.drafted(gid);
    if (draft?.state === 'present' && draft.version.parent === parent && draft.version.id === id) return draft.version;
    const stored = await this.#store.named(parent, id);
    return stored.find((version) => this.tree.drafted(version.gid) === undefined);
  }
}

/** Decides on edits and commits them together, and closes the conflicts whose values they made equal; `decide` runs again when another process wrote meanwhile, and has no effects of its own. */
export async function editTree<Result>(
  context: EditingContext,
  actor: Pick<Actor, 'name'>,
  decide: (edits: LocalEdits) => Promise<Result>,
): Promise<Result> {
  return context.store.update(async (head) => {
    const edits = new LocalEdits(context, actor, head);
    const result = await decide(edits);
    const { writes } = edits.tree;
    const gids = [...new Set(writes.map(({ draft }) => draft.version.gid))];
    const conflicts = await conflictsOfEqualValues(context.store, edits.tree, gids);
    return { batch: { writes, conflicts }, result };
  });
}
