import type { Gid } from '../../objects/gid.ts';
import type { Version } from '../../objects/version.ts';
import type { ObjectReader } from '../../ports/object-reader.ts';

const pageSize = 500;

/** The children of a node that are present, by id; reads a page at a time. */
export async function* childrenOf(store: ObjectReader, parent: Gid): AsyncGenerator<Version> {
  let after: string | undefined;
  do {
    const page = await store.children(parent, { limit: pageSize, ...(after === undefined ? {} : { after }) });
    yield* page;
    after = page.length < pageSize ? undefined : page.at(-1)?.id;
  } while (after !== undefined);
}

/** All that is present below a node, each before what is below it. Holds one page for each level in memory. */
export async function* descendantsOf(store: ObjectReader, parent: Gid): AsyncGenerator<Version> {
  for await (const child of childrenOf(store, parent)) {
    yield child;
    yield* descendantsOf(store, child.gid);
  }
}
