import type { Gid } from '../../objects/gid.ts';
import { topGid } from '../../objects/gid.ts';
import type { ObjectReader } from '../../ports/object-reader.ts';
import type { CollectionNumber } from '../../synchronization/publication.ts';
import type { TreeWrites } from '../objects/tree-writes.ts';

/** A collection, and the batch that a peer's changes of it are written in. */
export interface BoundedCollection {
  readonly reader: ObjectReader;
  readonly tree: TreeWrites;
  readonly collection: CollectionNumber;
  readonly root: Gid;
  /** The end of the log. */
  readonly head: number;
}

/**
 * The bounds within which a peer may write: the objects of one collection, now or once, and the places in it. A peer that names an object or a parent elsewhere in
 * the site, by knowing its gid, is refused (design.md §9). Remembers its answers, hence a class; serves one batch.
 */
export class CollectionBounds {
  readonly #place: BoundedCollection;
  readonly #known = new Map<Gid, boolean>();

  constructor(place: BoundedCollection) {
    this.#place = place;
  }

  /** Takes note of objects of which the caller knows that they are or were in the collection, so that they are not looked up. */
  admit(gids: Iterable<Gid>): void {
    for (const gid of gids) this.#known.set(gid, true);
  }

  /** Whether an object can stand below this parent: in the collection, or one that has not come yet. `topGid` is the collection's root. */
  async allowsBelow(parent: Gid): Promise<boolean> {
    return parent === topGid || parent === this.#place.root || (await this.#isWithin(parent));
  }

  /** Whether an object may be written: it is or was in the collection, or has never been anywhere in the site. */
  async allows(gid: Gid): Promise<boolean> {
    return this.#isWithin(gid);
  }

  async #isWithin(gid: Gid): Promise<boolean> {
    const known = this.#known.get(gid);
    if (known !== undefined) return known;
    const { reader, tree, collection, head } = this.#place;
    if (tree.drafted(gid) !== undefined) return true;
    const isNew = (await tree.current(gid)) === undefined;
    const isWithin = isNew || (await reader.changesAt(collection, [gid], head)).has(gid);
    // What is new may be written by the next change, and is asked for again.
    if (!isNew) this.#known.set(gid, isWithin);
    return isWithin;
  }
}
