import { topGid } from '../src/objects/gid.ts';
import { parsePath } from '../src/objects/path.ts';
import { newVersion } from '../src/objects/version.ts';
import { canonicalize } from '../src/xml/canonical.ts';
import { ensureFolders } from '../src/use-cases/objects/ensure-folders.ts';
import { editTree } from '../src/use-cases/objects/local-edits.ts';
import { resolvePath } from '../src/use-cases/objects/read-object.ts';
import type { SiteContext } from '../src/use-cases/site-context.ts';
import type { BenchRecord } from './documents.ts';
import { documentOf, editedRecord, makeRecord, noiseRecord } from './documents.ts';

const editor = { name: 'bench' };
const batchSize = 1000;

/** Writes new records below a path, which is made where it is not there yet. */
export async function loadRecords(
  context: SiteContext,
  where: { readonly path: string; readonly first: number; readonly count: number; readonly isNoise?: boolean },
): Promise<void> {
  const path = parsePath(where.path);
  const end = where.first + where.count;
  await editTree(context, editor, (edits) => ensureFolders(edits, path));
  for (let at = where.first; at < end; at += batchSize) {
    await editTree(context, editor, async (edits) => {
      const parent = (await resolvePath(context.store, path))?.gid ?? topGid;
      const gids = Array.from({ length: Math.min(end - at, batchSize) }, () => context.identifiers.gid());
      // With one look for all: some servers walk through everything for each.
      await edits.tree.preload(gids);
      for (const [offset, gid] of gids.entries()) {
        const record = where.isNoise === true ? noiseRecord(at + offset) : makeRecord(at + offset);
        await edits.write('present', newVersion({ gid, parent, id: record.id, ...contentOf(record) }));
      }
    });
  }
}

/** Edits two fields of each of these records, each in a commit of its own batch. */
export async function editRecords(
  context: SiteContext,
  what: { readonly path: string; readonly numbers: readonly number[]; readonly tag: string },
): Promise<void> {
  const path = parsePath(what.path);
  for (let at = 0; at < what.numbers.length; at += batchSize) {
    await editTree(context, editor, async (edits) => {
      const parent = (await resolvePath(context.store, path))?.gid ?? topGid;
      for (const number of what.numbers.slice(at, at + batchSize)) {
        const record = editedRecord(number, what.tag);
        const before = await edits.named(parent, record.id);
        if (before !== undefined) await edits.write('present', newVersion({ ...before, ...contentOf(record) }));
      }
    });
  }
}

function contentOf(record: BenchRecord): { readonly type: string; readonly document: string } {
  return { type: 'xml', document: canonicalize(documentOf(record)) };
}
