import type { Frame } from '../../objects/as-xml.ts';
import { frameOfObject, frameOfSite } from '../../objects/as-xml.ts';
import type { Gid } from '../../objects/gid.ts';
import { topGid } from '../../objects/gid.ts';
import type { Path } from '../../objects/path.ts';
import type { ObjectReader } from '../../ports/object-reader.ts';
import { childrenOf } from './descendants.ts';
import type { ReadingContext } from './read-object.ts';
import { readObject } from './read-object.ts';

/** How much of a tree is shown. */
export interface AsXmlLimits {
  /** Levels of objects below the one that is asked for; 32 unless given. */
  readonly maxDepth?: number;
  /** Objects in all; 100,000 unless given. */
  readonly maxObjects?: number;
}

/**
 * An object or, for the empty path, the site as XML, for reading: `<object portal_type gid id>` with the objects below nested in it, one to a line. An object of
 * type `xml` with nothing below is given as its document is; otherwise such a document is wrapped (see `frameOfObject`). Comes in pieces, as they are read; holds
 * one page of objects for each level. Where a limit ends it, a comment says so.
 * @throws RequestError CON-R002 when there is no such object, before any piece
 */
export async function renderAsXml(
  { store }: ReadingContext,
  path: Path,
  limits: AsXmlLimits = {},
): Promise<AsyncIterable<string>> {
  const rendering = new Rendering(store, limits);
  if (path.length === 0) return rendering.pieces(frameOfSite(store.site), topGid);
  const version = await readObject({ store }, path);
  const isBare = version.type === 'xml' && (await store.countChildren(version.gid)) === 0;
  const frame = isBare ? { start: version.document, end: '' } : frameOfObject(version);
  return rendering.pieces(frame, version.gid);
}

/** One rendering: how many objects may still be shown. */
class Rendering {
  readonly #store: ObjectReader;
  readonly #maxDepth: number;
  #left: number;

  constructor(store: ObjectReader, { maxDepth = 32, maxObjects = 100_000 }: AsXmlLimits) {
    this.#store = store;
    this.#maxDepth = maxDepth;
    this.#left = maxObjects;
  }

  async *pieces({ start, end }: Frame, gid: Gid): AsyncGenerator<string> {
    yield start;
    yield* this.#below(gid, 1);
    yield `${end}\n`;
  }

  async *#below(parent: Gid, depth: number): AsyncGenerator<string> {
    const count = await this.#store.countChildren(parent);
    if (count === 0) return;
    if (depth > this.#maxDepth) {
      yield `\n<!-- ${count} objects below are not shown -->`;
      return;
    }
    for await (const child of childrenOf(this.#store, parent)) {
      if (this.#left-- <= 0) {
        yield '\n<!-- more objects are not shown -->';
        return;
      }
      const { start, end } = frameOfObject(child);
      yield `\n${start}`;
      yield* this.#below(child.gid, depth + 1);
      yield end;
    }
  }
}
