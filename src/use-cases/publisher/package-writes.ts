import type { Edit, Edits } from '../../objects/edit.ts';
import { siteAuthor } from '../../objects/edit.ts';
import type { Gid } from '../../objects/gid.ts';
import type { Position } from '../../objects/position.ts';
import type { Origin } from '../../objects/revision.ts';
import type { Version } from '../../objects/version.ts';
import type { CollectionNumber } from '../../synchronization/publication.ts';
import type { TreeWrites } from '../objects/tree-writes.ts';
import { nameKey } from './placement.ts';

/** Into what is written, and when. */
interface Writing {
  readonly tree: TreeWrites;
  readonly collection: CollectionNumber;
  /** The end of the log before the package. */
  readonly head: Position;
  readonly now: number;
}

/** What a received package writes, counted, and who takes which name by it. */
export class PackageWrites {
  readonly counts = { created: 0, updated: 0, deleted: 0 };
  readonly #writing: Writing;
  readonly #names = new Map<string, Gid[]>();

  constructor(writing: Writing) {
    this.#writing = writing;
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

  async add(
    state: 'present' | 'deleted',
    version: Version,
    { edits, origin }: { readonly edits: Edits; readonly origin: Origin | undefined },
  ): Promise<void> {
    const { tree, collection, now } = this.#writing;
    await tree.add({ state, version, edits, origin, receivedAt: now }, { assumed: [collection] });
    if (state !== 'present') return;
    const key = nameKey(version.parent, version.id);
    const there = this.#names.get(key);
    if (there === undefined) this.#names.set(key, [version.gid]);
    else there.push(version.gid);
  }

  /** Counts what a subscriber's change has come to; what placement does of itself is not counted. */
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
