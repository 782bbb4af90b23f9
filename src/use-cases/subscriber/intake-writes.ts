import type { Edit } from '../../objects/edit.ts';
import { siteAuthor } from '../../objects/edit.ts';
import type { Gid } from '../../objects/gid.ts';
import type { Position } from '../../objects/position.ts';
import type { RevisionDraft } from '../../objects/revision.ts';
import type { Version } from '../../objects/version.ts';
import type { CollectionNumber } from '../../synchronization/publication.ts';
import type { TreeWrites } from '../objects/tree-writes.ts';
import { nameKey } from '../publisher/placement.ts';

/** Into what is written, and when. */
interface Writing {
  readonly tree: TreeWrites;
  readonly collection: CollectionNumber;
  /** The end of the log before the message. */
  readonly head: Position;
  readonly now: number;
}

/** What taking in one message writes, counted, and who takes which name by it. */
export class IntakeWrites {
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

  async add(draft: RevisionDraft): Promise<void> {
    const { tree, collection } = this.#writing;
    await tree.add(draft, { assumed: [collection] });
    const key = nameKey(draft.version.parent, draft.version.id);
    this.#names.set(key, [...(this.#names.get(key) ?? []), draft.version.gid]);
  }

  /** Counts a version of the publisher's that was taken in; what this site writes of itself is not counted. */
  count(incoming: Version | undefined, present: Version | undefined): void {
    if (incoming === undefined) this.counts.deleted += 1;
    else if (present === undefined) this.counts.created += 1;
    else this.counts.updated += 1;
  }

  /** The edit of what is written next, where nobody but the site makes it. */
  ownEdit(): Edit {
    const { head, tree, now } = this.#writing;
    return { id: `${head.epoch}:${String(head.seq + tree.writes.length + 1)}`, at: now, by: siteAuthor };
  }
}
