import type { Edits } from '../../objects/edit.ts';
import { editOf, siteAuthor } from '../../objects/edit.ts';
import type { Gid } from '../../objects/gid.ts';
import { topGid } from '../../objects/gid.ts';
import { isNumberedId } from '../../objects/numbered-id.ts';
import type { Version } from '../../objects/version.ts';
import type { ObjectReader } from '../../ports/object-reader.ts';
import type { StandingHere } from '../../synchronization/hidden-here.ts';
import type { TreeWrites } from '../objects/tree-writes.ts';

/** Where it is looked up, as of one batch. */
interface Place {
  readonly reader: Pick<ObjectReader, 'aliases'>;
  readonly tree: Pick<TreeWrites, 'current'>;
}

/**
 * The gid under which an object stands here that gave its own one up, when this site met its own publisher (engine.md §1); undefined for all others, which are
 * not even looked up.
 */
export async function keptGid({ reader, tree }: Place, given: Gid): Promise<Gid | undefined> {
  // A gid that was given up once may have been taken again since.
  const passed = new Set<Gid>([given]);
  let found: Gid | undefined;
  for (let at = given; (await tree.current(at))?.state === 'left';) {
    const kept = (await reader.aliases([at])).get(at);
    if (kept === undefined || passed.has(kept)) break;
    found = kept;
    passed.add(kept);
    at = kept;
  }
  return found;
}

/** What an object that was called so is called here now. */
export async function calledNow(place: Place, given: Gid): Promise<Gid> {
  return (await keptGid(place, given)) ?? given;
}

/** The version as it is called here: the same one, unless the object or its parent gave its gid up. */
export async function withKeptGids(place: Place, version: Version): Promise<Version> {
  const gid = await calledNow(place, version.gid);
  const parent = version.parent === topGid ? topGid : await calledNow(place, version.parent);
  return gid === version.gid && parent === version.parent ? version : { ...version, gid, parent };
}

/** The version with the id that the object had before, where it was only given a free one (`x-2`) because it stood beside itself, under both gids. */
export function asCalledBefore(version: Version, edits: Edits, before: Version | undefined): Version {
  if (before === undefined || editOf(edits, 'id').by !== siteAuthor) return version;
  return isNumberedId(version.id, before.id) ? { ...version, id: before.id } : version;
}

/**
 * What a change meets that comes under the gid which its object gave up: its maker may have had the object twice, and need not have seen under the one gid what it did under the other. So the places
 * of its log say nothing of which edits are known here, or later (ADR 0024); only the edits themselves do.
 */
export function apart(here: StandingHere): StandingHere {
  const history = here.history.map(({ origin, ...one }) => ({ ...one, origin: origin && { ...origin, number: 0 } }));
  return { ...here, history, isApart: true };
}
