import type { Gid } from '../../objects/gid.ts';
import { topGid } from '../../objects/gid.ts';
import type { Version } from '../../objects/version.ts';
import type { ObjectReader } from '../../ports/object-reader.ts';
import type { Claim } from '../../synchronization/change.ts';
import type { Write } from '../../synchronization/equivalence.ts';
import { withDocument } from '../../synchronization/fields.ts';
import type { CollectionNumber } from '../../synchronization/publication.ts';

/** Where twins are looked for: a collection as of one position, and the key that its conduit gives to an object. */
export interface TwinPlace {
  readonly reader: ObjectReader;
  readonly root: Gid;
  readonly collection: CollectionNumber;
  readonly head: number;
  readonly keyOf: (version: Version) => string | undefined;
}

const pageSize = 500;
/** A key that several objects have tells nothing. */
const several = Symbol('several');

/**
 * Finds the object here that is the same as one that a subscriber names under another gid, at a first meeting: by the conduit's key, else by equal id with an equal
 * document (engine.md §1). Reads the collection once, when the first key is asked for, hence a class; serves one batch.
 */
export class TwinFinder {
  readonly #place: TwinPlace;
  #byKey: ReadonlyMap<string, Version | typeof several> | undefined;

  constructor(place: TwinPlace) {
    this.#place = place;
  }

  /** The twin of an object, whose parent is named by its gid here. What `write`, the subscriber's conduit, makes of a document counts as that document. */
  async find(claim: Claim, write?: Write): Promise<Version | undefined> {
    return (await this.#withKey(claim)) ?? (await this.#withDocument(claim, write));
  }

  async #withDocument(claim: Claim, write: Write | undefined): Promise<Version | undefined> {
    const named = await this.#place.reader.named(this.#parentOf(claim), claim.id);
    const there = named.filter(({ type }) => type === claim.type);
    const isClaimed = ({ documentDigest }: Version): boolean => documentDigest === claim.documentDigest;
    const equal = there.find(isClaimed);
    if (equal !== undefined || write === undefined) return equal;
    return there.find((version) => isClaimed(withDocument(version, write(version.document))));
  }

  async #withKey(claim: Claim): Promise<Version | undefined> {
    const { keyOf, reader } = this.#place;
    const { key } = claim;
    if (key === undefined) return undefined;
    // Where the id is the key, it is one within its folder.
    if (key === claim.id)
      return (await reader.named(this.#parentOf(claim), claim.id)).find((version) => keyOf(version) === key);
    this.#byKey ??= await this.#readKeys();
    const found = this.#byKey.get(key);
    return found === several ? undefined : found;
  }

  #parentOf({ parent }: Claim): Gid {
    return parent === topGid ? this.#place.root : parent;
  }

  async #readKeys(): Promise<ReadonlyMap<string, Version | typeof several>> {
    const { reader, collection, head, keyOf } = this.#place;
    const byKey = new Map<string, Version | typeof several>();
    for (let after = 0; ;) {
      const page = await reader.changes({ collection, after, upTo: head }, 'present', pageSize);
      for (const { revision } of page) {
        const key = keyOf(revision.version);
        if (key !== undefined) byKey.set(key, byKey.has(key) ? several : revision.version);
        after = revision.seq;
      }
      if (page.length < pageSize) return byKey;
    }
  }
}
