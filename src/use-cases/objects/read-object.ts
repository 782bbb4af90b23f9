import { RequestError } from '../../errors/concord-error.ts';
import type { Gid } from '../../objects/gid.ts';
import { topGid } from '../../objects/gid.ts';
import type { Path } from '../../objects/path.ts';
import { formatPath } from '../../objects/path.ts';
import type { Version } from '../../objects/version.ts';
import type { ObjectReader } from '../../ports/object-reader.ts';
import type { SiteStore } from '../../ports/site-store.ts';

/** What reading needs of a site. */
export interface ReadingContext {
  readonly store: SiteStore;
}

/** The object at a path; undefined when there is none, and for the empty path: the site itself is no object. */
export async function resolvePath(store: ObjectReader, path: Path): Promise<Version | undefined> {
  let found: Version | undefined;
  for (const id of path) {
    [found] = await store.named(found?.gid ?? topGid, id);
    if (found === undefined) return undefined;
  }
  return found;
}

/** The object at a path. @throws RequestError CON-R002 when there is none; the site itself is no object */
export async function readObject(context: ReadingContext, path: Path): Promise<Version> {
  return (await resolvePath(context.store, path)) ?? missing(path);
}

/** The gid below which the objects of a path stand: `topGid` for the site itself. @throws RequestError CON-R002 when there is no such object */
export async function parentAt(store: ObjectReader, path: Path): Promise<Gid> {
  if (path.length === 0) return topGid;
  return ((await resolvePath(store, path)) ?? missing(path)).gid;
}

/** Where an object is, or was before it was deleted; the empty path for `topGid`. A parent that is not known, or a ring, ends the path at the top. */
export async function pathOf(store: ObjectReader, gid: Gid): Promise<Path> {
  const ids: string[] = [];
  const seen = new Set<Gid>();
  let at = gid;
  while (at !== topGid && !seen.has(at)) {
    seen.add(at);
    const revision = (await store.current([at])).get(at);
    if (revision === undefined) break;
    ids.unshift(revision.version.id);
    at = revision.version.parent;
  }
  return ids;
}

/** Which part of a folder. */
export interface ChildrenOptions {
  /** The id after which the page begins. */
  readonly after?: string;
  readonly limit?: number;
}

/** The objects directly below a path, by id in code point order; below the site itself for the empty path. @throws RequestError CON-R002 */
export async function listChildren(
  context: ReadingContext,
  path: Path,
  options: ChildrenOptions = {},
): Promise<readonly Version[]> {
  return context.store.children(await parentAt(context.store, path), options);
}

function missing(path: Path): never {
  const message = path.length === 0 ? 'The site itself is no object' : `There is no object at ${formatPath(path)}`;
  throw new RequestError('CON-R002', message, { path: formatPath(path) });
}
