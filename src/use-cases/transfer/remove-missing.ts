import { RequestError } from '../../errors/concord-error.ts';
import type { Gid } from '../../objects/gid.ts';
import type { Path } from '../../objects/path.ts';
import { formatPath } from '../../objects/path.ts';
import { childrenOf, descendantsOf } from '../objects/descendants.ts';
import type { EditingContext } from '../objects/local-edits.ts';
import { editTree } from '../objects/local-edits.ts';
import { parentAt } from '../objects/read-object.ts';
import type { Actor } from '../site-context.ts';

const batchSize = 500;
const smallestLimit = 20;

/** What a source has: the ids below each place, by the place's text. */
export type SourceIds = ReadonlyMap<string, ReadonlySet<string>>;

/** Where to remove, what stays, and how many may go. */
export interface Removal {
  readonly root: Path;
  readonly kept: SourceIds;
  /** How many objects were there before; the limit unless one is given is the larger of 20 and a tenth of them (engine.md §8). */
  readonly countBefore: (countNow: number) => number;
  readonly allowed: number | undefined;
}

/**
 * Removes what stands below `root` and is not in the source, lowest first. Returns how many.
 * @throws RequestError CON-E003 when they are more than may go: none is removed then
 */
export async function removeMissing(
  context: EditingContext,
  actor: Pick<Actor, 'name'>,
  { root, kept, countBefore, allowed }: Removal,
): Promise<number> {
  const survey = await findMissing(context, root, kept);
  const count = survey.missing.length;
  const limit = allowed ?? Math.max(smallestLimit, Math.floor(countBefore(survey.seen) / 10));
  if (count > limit) {
    const message =
      `${count} objects below ${formatPath(root)} are not in the source, more than the limit of ${limit}. All else was imported, ` +
      `and none of them was removed. If they are meant to go, import again with --allow-deletions ${count}`;
    throw new RequestError('CON-E003', message, { deletions: count, limit });
  }
  let removed = 0;
  const order = survey.missing.toReversed();
  for (let at = 0; at < order.length; at += batchSize)
    removed += await removeBatch(context, actor, order.slice(at, at + batchSize));
  return removed;
}

/** Gids only: the documents of what goes are read again when it goes. Each stands before what is below it. */
async function findMissing(
  { store }: EditingContext,
  root: Path,
  kept: SourceIds,
): Promise<{ readonly seen: number; readonly missing: readonly Gid[] }> {
  const missing: Gid[] = [];
  let seen = 0;
  const places: { readonly place: Path; readonly gid: Gid }[] = [{ place: [], gid: await parentAt(store, root) }];
  // Grows while it is walked.
  for (const { place, gid } of places) {
    const ids = kept.get(formatPath(place));
    for await (const child of childrenOf(store, gid)) {
      seen++;
      if (ids?.has(child.id) === true) {
        places.push({ place: [...place, child.id], gid: child.gid });
        continue;
      }
      missing.push(child.gid);
      for await (const below of descendantsOf(store, child.gid)) {
        seen++;
        missing.push(below.gid);
      }
    }
  }
  return { seen, missing };
}

async function removeBatch(context: EditingContext, actor: Pick<Actor, 'name'>, gids: readonly Gid[]): Promise<number> {
  return editTree(context, actor, async (edits) => {
    let removed = 0;
    await edits.tree.preload(gids);
    for (const gid of gids) {
      const current = await edits.tree.current(gid);
      if (current?.state !== 'present') continue;
      // What somebody has put below it meanwhile is not in the source's power.
      const below = await context.store.children(gid);
      if (below.some((child) => edits.tree.drafted(child.gid)?.state !== 'deleted')) continue;
      await edits.write('deleted', current.version);
      removed++;
    }
    return removed;
  });
}
