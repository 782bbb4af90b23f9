import type { FieldEdit } from '../../objects/edit.ts';
import { withOverruled } from '../../objects/edit.ts';
import type { Gid } from '../../objects/gid.ts';
import { topGid } from '../../objects/gid.ts';
import type { Revision } from '../../objects/revision.ts';
import type { Version } from '../../objects/version.ts';
import { digestOfVersion, isSameVersion } from '../../objects/version.ts';
import type { Change as StoredChange } from '../../ports/object-reader.ts';
import type { Difference } from '../../synchronization/change.ts';
import type { Exception, WithheldBy } from '../../synchronization/exception.ts';
import type { Action } from '../../synchronization/subscription.ts';
import { actions } from '../../synchronization/subscription.ts';
import { asMade } from './as-made.ts';
import { editsToSend } from './edits-to-send.ts';
import type { Found } from './finding.ts';
import type { Knowledge, PeersVersion } from './held-by-peer.ts';
import {
  answersDeletion,
  baseOf,
  heldByPeer,
  heldOtherwise,
  isHadNow,
  isHeldByPeer,
  isPublished,
  memberVersion,
  sharedVersion,
} from './held-by-peer.ts';
import { leftInLostLog, tellAgain } from './left-in-lost-log.ts';
import type { Outlook } from './outlook.ts';
import { onItsWay } from './sound-checkpoints.ts';

/** What was found of an object, and whether it is there or gone. */
interface Examined {
  readonly stage: 'present' | 'gone';
  readonly found: Found;
}

/** What is to be done about an object that stands in the log, if the peer does not hold it. */
export async function examine(
  outlook: Outlook,
  change: StoredChange,
  knowledge: Knowledge,
): Promise<Examined | undefined> {
  const { exception, isInFlight } = knowledge;
  if (exception === undefined && !isInFlight && (await isPlainlyHeld(outlook, change.revision))) return undefined;
  const last = await leftInLostLog(outlook, change);
  if (last !== undefined) return { stage: 'gone', found: await tellAgain(outlook, { change, last }, knowledge) };
  return compareWithHeld(outlook, change, knowledge);
}

async function compareWithHeld(
  outlook: Outlook,
  change: StoredChange,
  knowledge: Knowledge,
): Promise<Examined | undefined> {
  const { exception } = knowledge;
  const { revision } = change;
  // Before a version was refused another may have come, of which nothing was heard.
  const isAfterRefusal = exception?.reason === 'refused' && outlook.otherwise === undefined;
  const isInFlight = mayHaveMore(knowledge) || (isAfterRefusal && revision.seq > outlook.from);
  const present = (await memberVersion(outlook, change, outlook.upTo)) && (await sharedVersion(outlook, revision));
  const { otherwise } = outlook;
  const isGone = present === undefined && otherwise !== undefined && exception?.reason !== 'withheld';
  const isTheirs = revision.origin?.peer === outlook.peer && otherwise?.hasForgotten !== true;
  if (isGone && (revision.state !== 'deleted' || isTheirs)) return undefined;
  const held = isGone
    ? await heldOtherwise(otherwise, change, exception)
    : await heldByPeer(outlook, change, knowledge);
  const isWanted = exception?.reason === 'wanted';
  const isRefused = exception?.reason === 'refused' && revision.seq <= outlook.from;
  // What was only adopted in a comparison that broke off is named in the next one; what had left and is here again is gone for the peer.
  const isNamed = otherwise !== undefined && exception?.reason === 'received';
  const isBack = present !== undefined && held.revision?.state === 'left';
  const isHeld = !isNamed && !isBack && isSameVersion(held.version, present);
  const stage = present === undefined ? 'gone' : 'present';
  if (isHeld && !isInFlight && exception?.reason === 'withheld' && otherwise === undefined)
    return { stage, found: { kind: 'withheld', gid: change.gid, before: exception, exception: onItsWay(exception) } };
  if (isRefused || (isHeld && !isInFlight && !isWanted && exception?.reason !== 'waits')) return undefined;
  // What waits shows that the peer has something of it, whatever both agreed on last.
  if (present === undefined && held.version === undefined && !isInFlight && exception?.reason !== 'waits')
    return undefined;
  const by =
    outlook.withheldBy(actionOf(held.version, present)) ?? (await withheldAbove(outlook, held.version, present));
  if (by !== undefined) {
    if (exception?.reason === 'withheld' && exception.by === by) return undefined;
    const isUncertain = isInFlight || (isWanted && held.version !== undefined);
    const kept: Exception = { reason: 'withheld', by, holds: held.holds, ...(isUncertain && { isInFlight: true }) };
    return { stage, found: { kind: 'withheld', gid: change.gid, before: exception, exception: kept } };
  }
  const isCertain = await isBaseCertain(outlook, knowledge, { gid: change.gid, held, present });
  const { since, older, ...told } = await editsToSend(outlook, change, isCertain ? held : undefined);
  const named = {
    gid: change.gid,
    isOverdue: exception !== undefined,
    isDeletedThere: answersDeletion(exception, revision),
    since,
  };
  const difference: Difference = {
    gid: change.gid,
    held: held.version,
    version: present ?? (await sharedVersion(outlook, revision, older)),
    state: present !== undefined ? 'present' : revision.state === 'deleted' ? 'deleted' : 'left',
    number: revision.seq,
    base: await asMade(baseOf(isGone ? otherwise : outlook, held, named), { outlook, change, held, older }),
    ...told,
    edits: withOverruled(told.edits, overruledOf(exception)),
    isInFlight,
    exception,
    ...(isEquivalent(exception, revision) && held.version && { equivalent: digestOfVersion(held.version) }),
  };
  return { stage, found: { kind: 'difference', difference } };
}

/** Whether something was sent of which nothing was heard, now or before it was kept back. */
function mayHaveMore({ exception, isInFlight }: Knowledge): boolean {
  return isInFlight || (exception?.reason === 'withheld' && exception.isInFlight === true);
}

/** Whether the base is in a log of the peer, where it has one; else the peer must see all of the edits that the version is made of. */
async function isBaseCertain(
  { peer, otherwise, receivedAfter = 0, hasConflict }: Outlook,
  knowledge: Knowledge,
  { gid, held, present }: { readonly gid: Gid; readonly held: PeersVersion; readonly present: Version | undefined },
): Promise<boolean> {
  const { exception } = knowledge;
  if (otherwise !== undefined || mayHaveMore(knowledge) || exception?.reason === 'wanted') return false;
  // A peer that begins anew: those that it had given it to may have an older one, and send that.
  if (receivedAfter > 0 && held.version === undefined) return false;
  // What left stands here as it was had last, and not as the peer has it.
  if (present === undefined && held.revision?.state === 'left') return false;
  // Of what was sent last, and clashed, it was not heard what came of that.
  const isUnheard = held.revision !== undefined && held.revision.origin?.peer !== peer;
  if (isUnheard && (await hasConflict?.(gid)) === true) return false;
  return present !== undefined || exception === undefined;
}

/** What of the peer's edits does not stand here, where nothing was written that says so. */
function overruledOf(exception: Exception | undefined): readonly FieldEdit[] {
  return (exception !== undefined && 'received' in exception && exception.received?.overruled) || [];
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

/** What keeps back an object that was moved below one which the peer is not given: there it would stand nowhere. */
async function withheldAbove(
  outlook: Outlook,
  held: Version | undefined,
  present: Version | undefined,
): Promise<WithheldBy | undefined> {
  const isMoved = held !== undefined && present !== undefined && present.parent !== held.parent;
  if (!isMoved || present.parent === topGid || outlook.withheldBy('create') !== 'strategy') return undefined;
  return (await isHadNow(outlook, present.parent)) ? undefined : 'strategy';
}

/** What keeps everything back that the peer does not hold, whatever would be done with it there: a mode, or a right. */
export function alwaysWithheldBy({ withheldBy }: Pick<Outlook, 'withheldBy'>): ReturnType<Outlook['withheldBy']> {
  const [first, ...others] = actions.map(withheldBy);
  return first !== 'brake' && others.every((other) => other === first) ? first : undefined;
}
