import { createHash } from 'node:crypto';
import { parsePath } from '../src/objects/path.ts';
import type { SiteStore } from '../src/ports/site-store.ts';
import { resolvePath } from '../src/use-cases/objects/read-object.ts';

const pageSize = 1_000;

/** The same at two sites whose records below a path are the same, whatever is written between tags. */
export async function fingerprintOf(store: SiteStore, path: string): Promise<string> {
  const root = await resolvePath(store, parsePath(path));
  const hash = createHash('sha256');
  let after = '';
  for (;;) {
    const page = root === undefined ? [] : await store.children(root.gid, { after, limit: pageSize });
    for (const { gid, id, documentDigest } of page) hash.update(`${gid} ${id} ${documentDigest}\n`);
    if (page.length < pageSize) return hash.digest('hex');
    after = page.at(-1)?.id ?? '';
  }
}
