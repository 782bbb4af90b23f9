import type { Change as StoredChange } from '../../ports/object-reader.ts';
import type { Difference } from '../../synchronization/change.ts';
import { editsToSend } from './edits-to-send.ts';
import type { Found } from './finding.ts';
import type { Knowledge } from './held-by-peer.ts';
import { baseOf, heldByPeer, heldByPeersLog, isHeldByPeer, sharedVersion } from './held-by-peer.ts';
import type { Outlook } from './outlook.ts';

/**
 * What stood here before the publisher said that it left, where it said so in a log that it has lost since: it may have lost the object, or edits of it, too
 * (ADR 0031). Undefined for all else, and where garbage collection has taken it.
 */
export async function leftInLostLog(outlook: Outlook, change: StoredChange): Promise<StoredChange | undefined> {
  const { gid, revision } = change;
  if (revision.state !== 'left' || revision.origin?.peer !== outlook.peer || isKnownThere(outlook, change))
    return undefined;
  // What left by being given another gid here is told under that one; of what the publisher had given another, it may have lost that, too.
  if (revision.origin.number === 0 && (await outlook.store.aliases([gid])).has(gid)) return undefined;
  const [last, before] = await outlook.store.history(gid, { before: revision.seq, limit: 2 });
  return last?.state === 'present' ? { ...change, revision: last, precededBy: before?.seq } : undefined;
}

/** Whether the publisher's log still says that the object has left here. */
function isKnownThere(outlook: Outlook, { revision }: StoredChange): boolean {
  const { otherwise, peersEpoch } = outlook;
  if (otherwise !== undefined)
    return otherwise.hasForgotten !== true || revision.origin?.epoch === otherwise.peersEpoch;
  return peersEpoch === undefined || isHeldByPeer(outlook, revision);
}

/** Tells it as it was, with all edits that were known here: those that the publisher has it knows, and it decides by its query whether the object comes back. */
export async function tellAgain(
  outlook: Outlook,
  { change, last }: { readonly change: StoredChange; readonly last: StoredChange },
  knowledge: Knowledge,
): Promise<Found> {
  const { gid } = change;
  const { exception, isInFlight } = knowledge;
  const known = await heldByPeer(outlook, change, knowledge);
  const held = known.revision?.state === 'left' ? await heldByPeersLog(outlook, change, known) : known;
  const by = outlook.withheldBy(held.version === undefined ? 'create' : 'update');
  if (by !== undefined)
    return { kind: 'withheld', gid, before: exception, exception: { reason: 'withheld', by, holds: held.holds } };
  const difference: Difference = {
    gid,
    held: held.version,
    version: await sharedVersion(outlook, last.revision),
    state: 'present',
    number: change.revision.seq,
    base: baseOf(outlook, held, { gid, isOverdue: exception !== undefined }),
    edits: (await editsToSend(outlook, last, undefined)).edits,
    isInFlight,
    exception,
    hasLeft: true,
  };
  return { kind: 'difference', difference };
}
