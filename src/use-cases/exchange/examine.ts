import type { Gid } from '../../objects/gid.ts';
import type { Revision } from '../../objects/revision.ts';
import type { Version } from '../../objects/version.ts';
import { digestOfVersion, isSameVersion } from '../../objects/version.ts';
import type { Change as StoredChange } from '../../ports/object-reader.ts';
import type { Difference } from '../../synchronization/change.ts';
import type { Exception } from '../../synchronization/exception.ts';
import type { Action, Cursor } from '../../synchronization/subscription.ts';
import { actions } from '../../synchronization/subscription.ts';
import { editsToSend } from './edits-to-send.ts';
import type { Knowledge } from './held-by-peer.ts';
import {
  answersDeletion,
  baseOf,
  heldByPeer,
  heldByPeersLog,
  heldOtherwise,
  isHeldByPeer,
  isPublished,
  memberVersion,
  sharedVersion,
} from './held-by-peer.ts';
import type { Outlook } from './outlook.ts';

/** What `differences` finds, in the order in which it is to be sent: what is there first, in log order; deletions last. */
export type Finding =
  | { readonly kind: 'difference'; readonly difference: Difference; readonly cursor: Cursor }
  | {
      readonly kind: 'withheld';
      readonly gid: Gid;
      /** What was remembered of it before, and what is to be now: nothing, when the peer has what it should have all the same. */
      readonly before: Exception | undefined;
      readonly exception: Exception | undefined;
      readonly cursor: Cursor;
    };

/** A finding, wherever it was found. */
export type Found = Finding extends infer Kind ? (Kind extends Finding ? Omit<Kind, 'cursor'> : never) : never;

/** What is to be done about an object that stands in the log, if the peer does not hold it; and whether it is there or gone. */
export async function examine(
  outlook: Outlook,
  change: StoredChange,
  knowledge: Knowledge,
): Promise<{ readonly stage: 'present' | 'gone'; readonly found: Found } | undefined> {
  const { exception, isInFlight } = knowledge;
  const { revision } = change;
  if (exception === undefined && !isInFlight && (await isPlainlyHeld(outlook, revision))) return undefined;
  const present = (await memberVersion(outlook, change, outlook.upTo)) && (await sharedVersion(outlook, revision));
  const { otherwise } = outlook;
  const isGone = present === undefined && otherwise !== undefined && exception?.reason !== 'withheld';
  const isTheirs = revision.origin?.peer === outlook.peer && otherwise?.hasForgotten !== true;
  if (isGone && (revision.state !== 'deleted' || isTheirs)) return undefined;
  const known = isGone
    ? await heldOtherwise(otherwise, change, exception)
    : await heldByPeer(outlook, change, knowledge);
  const isWanted = exception?.reason === 'wanted';
  const held = isWanted && known.revision?.state === 'left' ? await heldByPeersLog(outlook, change, known) : known;
  const isRefused = exception?.reason === 'refused' && revision.seq <= outlook.from;
  // What was only adopted in a comparison that broke off is named in the next one; what had left and is here again is gone for the peer.
  const isNamed = otherwise !== undefined && exception?.reason === 'received';
  const isBack = present !== undefined && known.revision?.state === 'left';
  const isHeld = !isNamed && !isBack && isSameVersion(held.version, present);
  const stage = present === undefined ? 'gone' : 'present';
  if (isHeld && !isInFlight && exception?.reason === 'withheld' && otherwise === undefined)
    return { stage, found: { kind: 'withheld', gid: change.gid, before: exception, exception: undefined } };
  if (isRefused || (isHeld && !isInFlight && !isWanted && exception?.reason !== 'waits')) return undefined;
  if (present === undefined && held.version === undefined && !isInFlight) return undefined;
  const by = outlook.withheldBy(actionOf(held.version, present));
  if (by !== undefined) {
    if (exception?.reason === 'withheld' && exception.by === by) return undefined;
    return {
      stage,
      found: {
        kind: 'withheld',
        gid: change.gid,
        before: exception,
        exception: { reason: 'withheld', by, holds: held.holds },
      },
    };
  }
  const isCertain = isBaseCertain(outlook, knowledge, { held: held.version, present });
  const edits = await editsToSend(outlook, change, isCertain ? held : undefined);
  const difference: Difference = {
    gid: change.gid,
    held: held.version,
    version: present ?? (await sharedVersion(outlook, revision)),
    state: present !== undefined ? 'present' : revision.state === 'deleted' ? 'deleted' : 'left',
    number: revision.seq,
    base: baseOf(isGone ? otherwise : outlook, held, {
      gid: change.gid,
      isOverdue: exception !== undefined,
      isDeletedThere: answersDeletion(exception, revision),
    }),
    edits,
    isInFlight,
    exception,
    ...(isEquivalent(exception, revision) && held.version && { equivalent: digestOfVersion(held.version) }),
  };
  return { stage, found: { kind: 'difference', difference } };
}

/** Whether the base is in a log of the peer, where it has one; else the peer must see all of the edits that the version is made of. */
function isBaseCertain(
  { otherwise, receivedAfter = 0 }: Outlook,
  { exception, isInFlight }: Knowledge,
  { held, present }: { readonly held: Version | undefined; readonly present: Version | undefined },
): boolean {
  if (otherwise !== undefined || isInFlight || exception?.reason === 'wanted') return false;
  // A peer that begins anew: those that it had given it to may have an older one, and send that.
  if (receivedAfter > 0 && held === undefined) return false;
  return present !== undefined || exception === undefined;
}

/** Whether what is here is only what could be stored of what came from the peer. */
function isEquivalent(exception: Exception | undefined, { seq }: Revision): boolean {
  return exception?.reason === 'received' && exception.equivalent === true && exception.received.outcome >= seq;
}

/** What came from the peer is what it holds, and should hold: the query may leave out what the peer itself has made or changed. */
export async function isPlainlyHeld(outlook: Outlook, revision: Revision): Promise<boolean> {
  if (!isHeldByPeer(outlook, revision)) return false;
  return !outlook.hasFilter || revision.state !== 'present' || isPublished(outlook, revision.version, outlook.upTo);
}

function actionOf(held: Version | undefined, present: Version | undefined): Action {
  if (present === undefined) return 'delete';
  return held === undefined ? 'create' : 'update';
}

/** What keeps everything back that the peer does not hold, whatever would be done with it there: a mode, or a right. */
export function alwaysWithheldBy({ withheldBy }: Pick<Outlook, 'withheldBy'>): ReturnType<Outlook['withheldBy']> {
  const [first, ...others] = actions.map(withheldBy);
  return first !== 'brake' && others.every((other) => other === first) ? first : undefined;
}
