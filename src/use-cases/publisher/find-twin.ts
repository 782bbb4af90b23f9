import type { Gid } from '../../objects/gid.ts';
import { topGid } from '../../objects/gid.ts';
import type { Version } from '../../objects/version.ts';
import type { ObjectReader } from '../../ports/object-reader.ts';
import type { Claim } from '../../synchronization/change.ts';

/** Where a twin is looked for: a collection, and the key that its conduit gives to an object. */
export interface TwinPlace {
  readonly reader: ObjectReader;
  readonly root: Gid;
  readonly keyOf: (version: Version) => string | undefined;
}

/**
 * The object here that is the same as one that a subscriber names under another gid, at a first meeting: by the conduit's key, or by equal id with an equal
 * document (engine.md §1).
 */
export async function findTwin({ reader, root, keyOf }: TwinPlace, claim: Claim): Promise<Version | undefined> {
  const parent = claim.parent === topGid ? root : claim.parent;
  for (const version of await reader.named(parent, claim.id)) {
    const isSameKey = claim.key !== undefined && keyOf(version) === claim.key;
    if (isSameKey || version.documentDigest === claim.documentDigest) return version;
  }
  return undefined;
}
