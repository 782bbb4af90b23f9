import { topGid } from '../../objects/gid.ts';
import type { Gid } from '../../objects/gid.ts';
import type { Path } from '../../objects/path.ts';
import type { Version } from '../../objects/version.ts';
import type { ObjectReader } from '../../ports/object-reader.ts';
import type { ReadingContext } from './read-object.ts';
import { parentAt, resolvePath } from './read-object.ts';

/** What is looked for, and where. */
export interface SearchRequest {
  /** All below it is searched. */
  readonly path: Path;
  /** Stands in the id, or in the text of the document; capital letters do not count. */
  readonly text: string;
  /** Where the last search stopped, by its `next`. */
  readonly after?: Path | undefined;
  readonly limit: number;
  /** So many objects are looked at, at most. */
  readonly mostRead: number;
}

/** An object that was found. */
export interface Found {
  readonly path: Path;
  readonly version: Version;
}

/** What was found; `next`: where to go on, undefined when everything was looked at. */
export interface SearchResult {
  readonly found: readonly Found[];
  readonly next: Path | undefined;
  readonly read: number;
}

const pageSize = 200;

/**
 * Looks through what is below a path, each object before what is below it, by id. Bounded: it stops when enough was found or read, and goes on from there when
 * asked. @throws RequestError CON-R002 when the path is not there
 */
export async function searchObjects({ store }: ReadingContext, request: SearchRequest): Promise<SearchResult> {
  const { path, text, after, limit, mostRead } = request;
  await parentAt(store, path);
  const wanted = text.toLowerCase();
  const found: Found[] = [];
  let read = 0;
  let last: Path | undefined;
  for await (const each of walk(store, path, after)) {
    if (found.length >= limit || read >= mostRead) return { found, next: last, read };
    read++;
    last = each.path;
    if (isFound(each.version, wanted)) found.push(each);
  }
  return { found, next: undefined, read };
}

/** All below the path, those after `after` only. What was deleted or moved meanwhile is passed over. */
async function* walk(store: ObjectReader, path: Path, after: Path | undefined): AsyncGenerator<Found> {
  if (after === undefined) {
    yield* below(store, path, undefined);
    return;
  }
  // First what is below the last one, then what comes behind it and behind each folder above.
  if ((await resolvePath(store, after)) !== undefined) yield* below(store, after, undefined);
  for (let depth = after.length - 1; depth >= path.length; depth--)
    yield* below(store, after.slice(0, depth), after[depth]);
}

async function* below(store: ObjectReader, path: Path, behind: string | undefined): AsyncGenerator<Found> {
  const parent: Gid | undefined = path.length === 0 ? topGid : (await resolvePath(store, path))?.gid;
  if (parent === undefined) return;
  let after = behind;
  do {
    const page = await store.children(parent, { limit: pageSize, ...(after === undefined ? {} : { after }) });
    for (const version of page) {
      const place = [...path, version.id];
      yield { path: place, version };
      yield* below(store, place, undefined);
    }
    after = page.length < pageSize ? undefined : page.at(-1)?.id;
  } while (after !== undefined);
}

function isFound({ id, document }: Version, wanted: string): boolean {
  if (id.toLowerCase().includes(wanted)) return true;
  const text = document.toLowerCase();
  // Names of elements are not what people look for: only what stands outside of tags counts.
  for (let at = text.indexOf(wanted); at !== -1; at = text.indexOf(wanted, at + 1))
    if (text.lastIndexOf('<', at) <= text.lastIndexOf('>', at)) return true;
  return false;
}
