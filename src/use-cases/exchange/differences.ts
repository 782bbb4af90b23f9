import type { Gid } from '../../objects/gid.ts';
import type { Revision } from '../../objects/revision.ts';
import type { Version } from '../../objects/version.ts';
import { digestOfVersion, isSameVersion } from '../../objects/version.ts';
import type { Change as StoredChange, VersionsOf, WantedChanges } from '../../ports/object-reader.ts';
import type { BrakeSettings } from '../../synchronization/brake.ts';
import { deletionLimit } from '../../synchronization/brake.ts';
import type { Difference } from '../../synchronization/change.ts';
import type { Exception } from '../../synchronization/exception.ts';
import type { Action, Cursor } from '../../synchronization/subscription.ts';
import { editsToSend } from './edits-to-send.ts';
import type { Knowledge } from './held-by-peer.ts';
import {
  answersDeletion,
  baseOf,
  heldBefore,
  heldByPeer,
  heldOtherwise,
  isHeldByPeer,
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

// A message of a megabyte takes some six hundred small documents: with larger pages, what is read and does not fit costs more than the pages do.
const pageSize = 100;

/**
 * Every object whose state the peer does not hold (engine.md §3: send if and only if the peer does not hold the current version), from a cursor on. Cost follows
 * the changes in the range and the exceptions. Holds one page in memory.
 */
export async function* differences(outlook: Outlook, cursor: Cursor): AsyncGenerator<Finding> {
  const hasExceptions = (await outlook.store.countExceptions(outlook.peer)) > 0;
  const stages = ['exceptions', 'present', 'gone-exceptions', 'gone'] as const;
  const first = cursor.stage === 'start' ? 0 : stages.findIndex((stage) => stage === cursor.stage);
  if (first < 0) return;
  for (const stage of stages.slice(first)) {
    const isResumed = cursor.stage === stage;
    if (stage === 'exceptions' || stage === 'gone-exceptions') {
      if (hasExceptions) yield* amongExceptions(outlook, stage, isResumed && 'gid' in cursor ? cursor.gid : '');
    } else {
      yield* inRange(outlook, {
        stage,
        after: isResumed && 'after' in cursor ? cursor.after : outlook.from,
        hasExceptions,
      });
    }
  }
}

/** How many removals `differences` would find, when they are more than one sync may carry without permission; else 0 (engine.md §8). */
export async function removalsOverLimit(
  outlook: Outlook,
  { allowed, brake }: { readonly allowed: number; readonly brake: BrakeSettings },
): Promise<number> {
  const least = deletionLimit(0, allowed, brake);
  if ((await countRemovals(outlook, least + 1)) <= least) return 0;
  const { collection, from, upTo } = outlook;
  const remaining = await outlook.store.countChanges({ collection, after: 0, upTo }, 'present');
  const gone = await outlook.store.countChanges({ collection, after: from, upTo }, 'gone');
  const removals = await countRemovals(outlook, Number.MAX_SAFE_INTEGER);
  return removals > deletionLimit(remaining + gone, allowed, brake) ? removals : 0;
}

async function countRemovals(outlook: Outlook, limit: number): Promise<number> {
  let count = 0;
  for await (const finding of differences(outlook, { stage: 'gone-exceptions', gid: '' })) {
    const isRemoval =
      finding.kind === 'difference' || (finding.exception?.reason === 'withheld' && finding.exception.by === 'brake');
    if (isRemoval) count += 1;
    if (count >= limit) break;
  }
  return count;
}

interface RangeStage {
  readonly stage: 'present' | 'gone';
  readonly after: number;
  readonly hasExceptions: boolean;
}

async function* inRange(outlook: Outlook, { stage, after, hasExceptions }: RangeStage): AsyncGenerator<Finding> {
  const { store, collection, peer, upTo } = outlook;
  const kind = stage === 'gone' && outlook.hasFilter ? 'all' : stage;
  let range: WantedChanges = { collection, after, upTo, notFrom: needlessToExamine(outlook, hasExceptions) };
  for (;;) {
    const page = await store.changes(range, kind, pageSize);
    const gids = page.map((change) => change.gid);
    const exceptions =
      hasExceptions && gids.length > 0 ? await store.exceptions(peer, { gids }) : new Map<Gid, Exception>();
    const inFlight = await flown(outlook, gids);
    const needsLook = page.filter(
      ({ gid, revision }) => exceptions.has(gid) || inFlight.has(gid) || !isPlainlyHeld(outlook, revision),
    );
    const held = await heldBefore(
      outlook,
      needsLook.map((change) => change.gid),
    );
    for (const change of needsLook) {
      const exception = exceptions.get(change.gid);
      const finding = await examine(outlook, change, {
        exception,
        before: held.get(change.gid),
        isInFlight: inFlight.has(change.gid),
      });
      if (finding?.stage === stage) yield { ...finding.found, cursor: { stage, after: change.revision.seq } };
    }
    const last = page.at(-1);
    if (last === undefined || page.length < pageSize) return;
    range = { ...range, after: last.revision.seq };
  }
}

/** What the peer sent is what it holds, as `examine` finds too, unless there is something else to know of it. */
function needlessToExamine(outlook: Outlook, hasExceptions: boolean): VersionsOf | undefined {
  const { peer, peersEpoch, inFlightUpTo, from, hasFilter, receivedAfter = 0 } = outlook;
  const mustLook = hasExceptions || hasFilter || inFlightUpTo > from || receivedAfter > from;
  if (mustLook || peersEpoch === undefined) return undefined;
  return { peer, epoch: peersEpoch };
}

async function* amongExceptions(
  outlook: Outlook,
  stage: 'exceptions' | 'gone-exceptions',
  after: string,
): AsyncGenerator<Finding> {
  const { store, collection, peer, upTo, from } = outlook;
  let start = after;
  for (;;) {
    const page = await store.exceptions(peer, { after: start, limit: pageSize });
    const gids = [...page.keys()];
    const changes = await store.changesAt(collection, gids, upTo);
    const outside = await neverMembers(outlook, gids, changes);
    for (const [gid, exception] of page) {
      const change = changes.get(gid) ?? outside.get(gid);
      // What has changed since is found in the range.
      if (change === undefined || (change.revision.seq > from && !outside.has(gid))) continue;
      const finding = await examine(outlook, change, { exception, before: change, isInFlight: false });
      const wanted = stage === 'exceptions' ? 'present' : 'gone';
      if (finding?.stage === wanted) yield { ...finding.found, cursor: { stage, gid } };
    }
    const last = gids.at(-1);
    if (last === undefined || gids.length < pageSize) return;
    start = last;
  }
}

/** What is remembered of a peer but stands in this collection as little as ever: it was published from another path, and the peer still has it (engine.md §7). */
async function neverMembers(
  { store }: Outlook,
  gids: readonly Gid[],
  changes: ReadonlyMap<Gid, StoredChange>,
): Promise<ReadonlyMap<Gid, StoredChange>> {
  const missing = gids.filter((gid) => !changes.has(gid));
  const current = missing.length === 0 ? [] : await store.current(missing);
  return new Map(
    [...current].map(([gid, revision]) => [gid, { gid, revision, isMember: false, precededBy: undefined }]),
  );
}

async function flown(outlook: Outlook, gids: readonly Gid[]): Promise<ReadonlySet<Gid>> {
  if (outlook.inFlightUpTo <= outlook.from || gids.length === 0) return new Set();
  const changes = await outlook.store.changesAt(outlook.collection, gids, outlook.inFlightUpTo);
  return new Set(
    [...changes.values()].filter((change) => change.revision.seq > outlook.from).map((change) => change.gid),
  );
}

type Found = Finding extends infer Kind ? (Kind extends Finding ? Omit<Kind, 'cursor'> : never) : never;

async function examine(
  outlook: Outlook,
  change: StoredChange,
  knowledge: Knowledge,
): Promise<{ readonly stage: 'present' | 'gone'; readonly found: Found } | undefined> {
  const { exception, isInFlight } = knowledge;
  const { revision } = change;
  if (exception === undefined && isPlainlyHeld(outlook, revision) && !isInFlight) return undefined;
  const present = memberVersion(outlook, change) && (await sharedVersion(outlook, revision));
  const { otherwise } = outlook;
  const isGone = present === undefined && otherwise !== undefined && exception?.reason !== 'withheld';
  const isTheirs = revision.origin?.peer === outlook.peer && otherwise?.hasForgotten !== true;
  if (isGone && (revision.state !== 'deleted' || isTheirs)) return undefined;
  const held = isGone ? await heldOtherwise(otherwise, change) : await heldByPeer(outlook, change, knowledge);
  const isWanted = exception?.reason === 'wanted';
  const isRefused = exception?.reason === 'refused' && revision.seq <= outlook.from;
  // What was only adopted in a comparison that broke off is named in the next one.
  const isNamed = otherwise !== undefined && exception?.reason === 'received';
  const isHeld = !isNamed && isSameVersion(held.version, present);
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
  // The base may be in no log of the peer: then it must see all of the edits that the version is made of.
  const isUncertain = otherwise !== undefined || isInFlight || (present === undefined && exception !== undefined);
  const edits = await editsToSend(outlook, change, isUncertain ? undefined : held);
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

/** Whether what is here is only what could be stored of what came from the peer. */
function isEquivalent(exception: Exception | undefined, { seq }: Revision): boolean {
  return exception?.reason === 'received' && exception.equivalent === true && exception.received.outcome >= seq;
}

/** What came from the peer is what it holds, and should hold: the query may leave out what the peer itself has made or changed. */
function isPlainlyHeld(outlook: Outlook, revision: Revision): boolean {
  if (!isHeldByPeer(outlook, revision)) return false;
  return !outlook.hasFilter || revision.state !== 'present' || outlook.isMember(revision.version);
}

function actionOf(held: Version | undefined, present: Version | undefined): Action {
  if (present === undefined) return 'delete';
  return held === undefined ? 'create' : 'update';
}
