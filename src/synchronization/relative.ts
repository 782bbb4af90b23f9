import type { Gid } from '../objects/gid.ts';
import { topGid } from '../objects/gid.ts';
import type { Version } from '../objects/version.ts';

/** The version as the collection sees it: what stands directly below the collection's root has the parent `topGid`, whatever the root's own gid is. */
export function toCollection(version: Version, root: Gid): Version {
  return version.parent === root && root !== topGid ? { ...version, parent: topGid } : version;
}

/** The version as the site's tree has it: the inverse of toCollection. */
export function fromCollection(version: Version, root: Gid): Version {
  return version.parent === topGid && root !== topGid ? { ...version, parent: root } : version;
}
