import { RequestError } from '../../errors/concord-error.ts';
import type { Path } from '../../objects/path.ts';
import { formatPath } from '../../objects/path.ts';
import type { Version } from '../../objects/version.ts';
import { digestOfVersion } from '../../objects/version.ts';

/** What must be true of the object at a path for a write to be done (RFC 9110, section 13.1). */
export interface Precondition {
  readonly path: Path;
  /** The digest of the whole version that the object must still have; `*`: it must be there. */
  readonly ifMatch?: string;
  /** The object must not be there yet. */
  readonly ifNoneMatch?: '*';
}

/** @throws RequestError CON-R007 when the object at the path, or its absence, is not as it must be */
export function checkPrecondition(version: Version | undefined, { path, ifMatch, ifNoneMatch }: Precondition): void {
  const place = formatPath(path);
  if (ifNoneMatch === '*' && version !== undefined)
    throw new RequestError('CON-R007', `There is an object at ${place} already`);
  if (ifMatch === undefined) return;
  if (version === undefined) throw new RequestError('CON-R007', `There is no object at ${place} any more`);
  const digest = digestOfVersion(version);
  if (ifMatch !== '*' && ifMatch !== digest)
    throw new RequestError('CON-R007', `The object at ${place} has changed: its digest is ${digest} now`, { digest });
}
