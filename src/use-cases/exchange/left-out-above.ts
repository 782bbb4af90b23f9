import type { Gid } from '../../objects/gid.ts';
import { topGid } from '../../objects/gid.ts';
import type { Version } from '../../objects/version.ts';
import type { ObjectReader } from '../../ports/object-reader.ts';
import type { CollectionNumber } from '../../synchronization/publication.ts';

/** The collection of which a query publishes a part. */
export interface FilteredCollection {
  readonly store: Pick<ObjectReader, 'changesAt'>;
  readonly collection: CollectionNumber;
  readonly root: Gid;
  readonly isMember: (version: Version) => boolean;
}

/**
 * What stands below an object that a query leaves out is left out with it (ADR 0025): this looks above an object, as the tree was at a position of the log. It
 * remembers the folders that it has looked at, hence a class; serves one message.
 */
export class LeftOutAbove {
  readonly #place: FilteredCollection;
  readonly #known = new Map<string, boolean>();

  constructor(place: FilteredCollection) {
    this.#place = place;
  }

  /** Whether the query leaves out something that the version stands below. A parent that was not there, or not in the collection, leaves nothing out. */
  async of({ parent }: Version, at: number): Promise<boolean> {
    const passed: string[] = [];
    let isLeftOut = false;
    for (let above = parent; ;) {
      const key = `${String(at)}\n${above}`;
      const known = this.#known.get(key);
      if (known !== undefined) isLeftOut = known;
      // Within a package an object may stand below itself.
      if (known !== undefined || passed.includes(key)) break;
      const version = await this.#versionAt(above, at);
      if (version === undefined) break;
      passed.push(key);
      isLeftOut = !this.#place.isMember(version);
      if (isLeftOut) break;
      above = version.parent;
    }
    for (const key of passed) this.#known.set(key, isLeftOut);
    return isLeftOut;
  }

  async #versionAt(gid: Gid, at: number): Promise<Version | undefined> {
    const { store, collection, root } = this.#place;
    if (gid === topGid || gid === root) return undefined;
    const change = (await store.changesAt(collection, [gid], at)).get(gid);
    return change?.isMember === true && change.revision.state === 'present' ? change.revision.version : undefined;
  }
}
