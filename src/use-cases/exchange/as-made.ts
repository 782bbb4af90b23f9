import { editIds, hasEdit } from '../../objects/edit.ts';
import type { Revision } from '../../objects/revision.ts';
import { historyLimit } from '../../objects/revision.ts';
import type { Change as StoredChange } from '../../ports/object-reader.ts';
import type { Base } from '../../synchronization/change.ts';
import { isHeldByPeer } from './held-by-peer.ts';
import type { Outlook } from './outlook.ts';

/** A change, where the version that it starts from stands in the own log, and what is at hand of the object's history before the revision that is sent. */
interface Ground {
  readonly outlook: Outlook;
  readonly change: StoredChange;
  readonly held: { readonly revision: Revision | undefined };
  readonly older: readonly Revision[] | undefined;
}

/** Up to where of the own log the maker of an edit had it; a site below had that place, too. */
interface Making {
  readonly seq: number;
  readonly isFromBelow: boolean;
}

/**
 * The base of a subscriber's change, with the position that the maker of the edits had, where one of them was made before the base was taken in (ADR 0038): somebody edited during
 * the sync that brought that, and the edit was carried over onto it; or it came from a site below that did not have it yet, unless it was deleted at this site since. An edit keeps its
 * id on all its ways, so that the own log says where it was made.
 */
export async function asMade(
  base: Base | undefined,
  { outlook, change, held: { revision: held }, older }: Ground,
): Promise<Base | undefined> {
  if (base === undefined || held === undefined || outlook.heardBefore === undefined || !isHeldByPeer(outlook, held))
    return base;
  const { gid, revision } = change;
  const unsent = [revision, ...(older ?? [])].filter(({ seq }) => seq > held.seq);
  const ids = editsFromBefore(unsent, held);
  const fromBelow = unsent.flatMap(({ seen }) => (seen === undefined ? [] : [{ seq: seen, isFromBelow: true }]));
  if (ids.length === 0 && fromBelow.length === 0) return base;
  const history = older ?? (await outlook.store.history(gid, { before: revision.seq, limit: historyLimit }));
  const before = history.filter(({ seq }) => seq < held.seq);
  const carried = ids.flatMap((id): readonly Making[] => {
    const made = before.findLast(({ edits }) => hasEdit(edits, id));
    if (made === undefined) return collected(id, revision);
    if (isHeldByPeer(outlook, made)) return [];
    return [{ seq: made.seen ?? made.seq, isFromBelow: made.origin !== undefined }];
  });
  // Whoever deletes an object here has seen what is deleted with it: what a site below had when it edited that is its own matter.
  const isDeletedHere = revision.state === 'deleted' && revision.origin === undefined;
  const makings = [...carried, ...fromBelow].filter(({ isFromBelow }) => !(isFromBelow && isDeletedHere));
  const heard = makings.map((making) => heardAt(outlook, making, history));
  const seen = Math.min(base.position, ...heard);
  return seen === base.position ? base : { ...base, seen };
}

/** Where an edit of this site was made that garbage collection has taken since: its id says so. */
function collected(id: string, { epoch }: Revision): readonly Making[] {
  const place = id.startsWith(`${epoch}:`) ? Number(id.slice(epoch.length + 1)) : undefined;
  return place === undefined ? [] : [{ seq: place, isFromBelow: false }];
}

/** Which edits this site's own revisions bring that were made in none of them, and that the publisher has not told. */
function editsFromBefore(unsent: readonly Revision[], held: Revision): readonly string[] {
  const own = unsent.filter(({ origin }) => origin === undefined);
  const ids = own.flatMap(({ edits }) => editIds(edits));
  const isMadeSince = (id: string): boolean =>
    unsent.some(({ epoch, seq, origin, edits }) =>
      origin === undefined ? id === `${epoch}:${String(seq)}` : hasEdit(edits, id),
    );
  return [...new Set(ids)].filter((id) => !isMadeSince(id) && !hasEdit(held.edits, id));
}

/**
 * How far this site had the publisher's log when an edit was made: by what it had of the object, and by what it had heard of since. Where an own edit of the object from before still
 * waited to be sent then, what was heard after that does not count.
 */
function heardAt(outlook: Outlook, made: Making, history: readonly Revision[]): number {
  const until = history.filter(({ seq }) => seq <= made.seq);
  const taken = until.find((revision) => isHeldByPeer(outlook, revision));
  const own = until.filter(({ seq }) => seq > (taken?.seq ?? 0)).map(({ seq }) => seq);
  const heard = outlook.heardBefore?.(made.isFromBelow ? made.seq + 1 : made.seq, own.toReversed()) ?? 0;
  return Math.max(taken?.origin?.number ?? 0, heard);
}
