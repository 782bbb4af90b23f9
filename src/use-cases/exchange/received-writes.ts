import type { Edit } from '../../objects/edit.ts';
import { siteAuthor } from '../../objects/edit.ts';
import type { Gid } from '../../objects/gid.ts';
import type { Position } from '../../objects/position.ts';
import type { RevisionDraft } from '../../objects/revision.ts';
import type { CollectionNumber } from '../../synchronization/publication.ts';
import type { TreeWrites } from '../objects/tree-writes.ts';
import { nameKey } from '../publisher/placement.ts';

/** Into what is written, and when. */
interface Writing {
  readonly tree: TreeWrites;
  readonly collection: CollectionNumber;
  /** The end of the log before anything is written. */
  readonly head: Position;
  readonly now: number;
}

/** What taking in the changes of the other side writes, counted, and who takes which name by it. */
export class ReceivedWrites {
  readonly counts = { created: 0, updated: 0, deleted: 0 };
  readonly #writing: Writing;
  readonly #names = new Map<string, Gid[]>();

  constructor(writing: Writing) {
    this.#writing = writing;
  }

  get tree(): TreeWrites {
    return this.#writing.tree;
  }

  get now(): number {
    return this.#writing.now;
  }

  /** Who takes a name by it, by `nameKey`. */
  get names(): ReadonlyMap<string, readonly Gid[]> {
    return this.#names;
  }

  /** The sequence number that what is written next gets. */
  get nextSeq(): number {
    const { head, tree } = this.#writing;
    return head.seq + tree.writes.length + 1;
  }

  async add(draft: Omit<RevisionDraft, 'receivedAt'>): Promise<void> {
    const { tree, collection, now } = this.#writing;
    await tree.add({ ...draft, receivedAt: now }, { assumed: [collection] });
    if (draft.state !== 'present') return;
    const { parent, id, gid } = draft.version;
    const key = nameKey(parent, id);
    const there = this.#names.get(key);
    if (there === undefined) this.#names.set(key, [gid]);
    else there.push(gid);
  }

  /** Counts what a change of the other side has come to; what this side writes of itself is not counted. */
  count(state: 'present' | 'deleted', isNew: boolean): void {
    if (state === 'deleted') this.counts.deleted += 1;
    else if (isNew) this.counts.created += 1;
    else this.counts.updated += 1;
  }

  /** The edit of what is written next, where nobody but the site makes it. */
  ownEdit(): Edit {
    const { head, now } = this.#writing;
    return { id: `${head.epoch}:${String(this.nextSeq)}`, at: now, by: siteAuthor };
  }
}
