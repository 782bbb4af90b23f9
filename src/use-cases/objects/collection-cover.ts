import type { Gid } from '../../objects/gid.ts';
import { topGid } from '../../objects/gid.ts';
import type { Collection } from '../../ports/object-reader.ts';
import type { Write } from '../../ports/site-store.ts';
import type { CollectionNumber } from '../../synchronization/publication.ts';

/** A set of collections, in order; equal sets of one table are the same object. */
export interface Cover {
  readonly numbers: readonly CollectionNumber[];
  /** The rows of a write that is a member of all of them. */
  readonly members: Write['collections'];
  /** The rows of a write that is a member of none of them any longer. */
  readonly gone: Write['collections'];
}

/** Says which collections cover what stands below a node. Owns the sets, so that equal ones are made once. */
export class CoverTable {
  readonly #rooted = new Map<Gid, CollectionNumber[]>();
  readonly #covers = new Map<string, Cover>();

  constructor(collections: readonly Collection[]) {
    for (const { root, number } of collections) {
      const numbers = this.#rooted.get(root);
      if (numbers === undefined) this.#rooted.set(root, [number]);
      else numbers.push(number);
    }
  }

  /** The cover of the nodes at the top of the site. */
  get top(): Cover {
    return this.of(this.#rooted.get(topGid) ?? []);
  }

  /** The set of these numbers, whatever their order and however often each is there. */
  of(numbers: readonly CollectionNumber[]): Cover {
    const key = numbers.join();
    return this.#covers.get(key) ?? this.#ordered(key, numbers);
  }

  /** The cover of the nodes directly below `gid`, which has `cover` itself. */
  below(gid: Gid, cover: Cover): Cover {
    const rooted = this.#rooted.get(gid);
    return rooted === undefined ? cover : this.of([...cover.numbers, ...rooted]);
  }

  #ordered(key: string, numbers: readonly CollectionNumber[]): Cover {
    const unique = [...new Set(numbers)].toSorted((left, right) => left - right);
    const uniqueKey = unique.join();
    const cover = this.#covers.get(uniqueKey) ?? {
      numbers: unique,
      members: unique.map((collection) => ({ collection, isMember: true })),
      gone: unique.map((collection) => ({ collection, isMember: false })),
    };
    this.#covers.set(uniqueKey, cover);
    this.#covers.set(key, cover);
    return cover;
  }
}
