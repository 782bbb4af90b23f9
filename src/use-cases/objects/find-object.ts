import { RequestError } from '../../errors/concord-error.ts';
import type { Gid } from '../../objects/gid.ts';
import { topGid } from '../../objects/gid.ts';
import type { Path } from '../../objects/path.ts';
import { formatPath } from '../../objects/path.ts';
import type { Revision } from '../../objects/revision.ts';
import type { ObjectReader } from '../../ports/object-reader.ts';

const searchedDeletions = 10_000;

/** How an object is named: by where it is, or was when it was deleted; or by its gid. */
export type ObjectName = Path | Gid;

/**
 * The newest revision of an object that is there, or was. A path finds what stands there now, else what was deleted there last (of the 10,000 newest deletions in
 * that folder), and so for the folders on the way.
 * @throws RequestError CON-R002 when there never was one
 */
export async function findObject(store: ObjectReader, name: ObjectName): Promise<Revision> {
  const gid = typeof name === 'string' ? name : await gidAt(store, name);
  const revision = gid === undefined ? undefined : (await store.current([gid])).get(gid);
  if (revision !== undefined) return revision;
  const written = typeof name === 'string' ? `with the gid ${name}` : `at ${formatPath(name)}`;
  throw new RequestError('CON-R002', `There is no object ${written}, and no deleted one`);
}

async function gidAt(store: ObjectReader, path: Path): Promise<Gid | undefined> {
  let found: Gid | undefined;
  for (const id of path) {
    const parent: Gid = found ?? topGid;
    const [present] = await store.named(parent, id);
    found =
      present?.gid ??
      (await store.deletedBelow(parent, searchedDeletions)).find(({ version }) => version.id === id)?.version.gid;
    if (found === undefined) return undefined;
  }
  return found;
}
