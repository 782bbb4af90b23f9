import type { Gid } from '../../objects/gid.ts';
import { topGid } from '../../objects/gid.ts';
import type { Change as StoredChange, VersionsOf, WantedChanges } from '../../ports/object-reader.ts';
import type { BrakeSettings } from '../../synchronization/brake.ts';
import { deletionLimit } from '../../synchronization/brake.ts';
import type { Exception } from '../../synchronization/exception.ts';
import type { Cursor } from '../../synchronization/subscription.ts';
import type { Finding } from './finding.ts';
import { alwaysWithheldBy, examine, isPlainlyHeld } from './examine.ts';
import { heldBefore, memberVersion } from './held-by-peer.ts';
import type { Outlook } from './outlook.ts';

// A message of a megabyte takes some six hundred small documents: with larger pages, what is read and does not fit costs more than the pages do.
const pageSize = 100;
const [smallestPage, growth] = [4, 4];
const smallChangeOctets = 500;

/** How many are read at first for a message with so much room: of what does not fit, each message would read as much again. */
function firstPageFor(room: number): number {
  return Math.min(pageSize, Math.max(smallestPage, Math.ceil(room / smallChangeOctets)));
}

/**
 * Every object whose state the peer does not hold (engine.md §3: send if and only if the peer does not hold the current version), from a cursor on. Cost follows
 * the changes in the range and the exceptions. Holds one page in memory. `room`: the octets that whoever asks has place for, at first.
 */
export async function* differences(outlook: Outlook, cursor: Cursor, room = Infinity): AsyncGenerator<Finding> {
  const hasExceptions = (await outlook.store.countExceptions(outlook.peer)) > 0;
  const stages = ['exceptions', 'present', 'gone-exceptions', 'gone'] as const;
  const first = cursor.stage === 'start' ? 0 : stages.findIndex((stage) => stage === cursor.stage);
  if (first < 0) return;
  const firstPage = firstPageFor(room);
  for (const stage of stages.slice(first)) {
    const isResumed = cursor.stage === stage;
    const after = isResumed && 'gid' in cursor ? cursor.gid : '';
    if (stage === 'exceptions') {
      if (hasExceptions) yield* presentExceptions(outlook, after, firstPage);
    } else if (stage === 'gone-exceptions') {
      if (hasExceptions) yield* goneExceptions(outlook, after);
    } else {
      yield* inRange(outlook, {
        stage,
        after: isResumed && 'after' in cursor ? cursor.after : outlook.from,
        hasExceptions,
        firstPage,
      });
    }
  }
}

/** How many removals `differences` would find, when they are more than one sync may carry without permission; else 0 (engine.md §8). */
export async function removalsOverLimit(
  outlook: Outlook,
  { allowed, brake }: { readonly allowed: number; readonly brake: BrakeSettings },
): Promise<number> {
  const keptBackBy = outlook.withheldBy('delete');
  if (keptBackBy !== undefined && keptBackBy !== 'brake') return 0;
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
      finding.kind === 'difference'
        ? finding.difference.state !== 'present'
        : finding.exception.reason === 'withheld' && finding.exception.by === 'brake';
    if (isRemoval) count += 1;
    if (count >= limit) break;
  }
  return count;
}

interface RangeStage {
  readonly stage: 'present' | 'gone';
  readonly after: number;
  readonly hasExceptions: boolean;
  readonly firstPage: number;
}

async function* inRange(
  outlook: Outlook,
  { stage, after, hasExceptions, firstPage }: RangeStage,
): AsyncGenerator<Finding> {
  const { store, collection, peer, upTo } = outlook;
  const kind = stage === 'gone' && outlook.hasFilter ? 'all' : stage;
  let range: WantedChanges = { collection, after, upTo, notFrom: needlessToExamine(outlook, hasExceptions) };
  for (let limit = firstPage; ; limit = Math.min(limit * growth, pageSize)) {
    const page = await store.changes(range, kind, limit);
    const gids = page.map((change) => change.gid);
    const exceptions =
      hasExceptions && gids.length > 0 ? await store.exceptions(peer, { gids }) : new Map<Gid, Exception>();
    const inFlight = await flown(outlook, gids);
    const needsLook: StoredChange[] = [];
    for (const change of page) {
      const { gid, revision } = change;
      if (exceptions.has(gid) || inFlight.has(gid) || !(await isPlainlyHeld(outlook, revision))) needsLook.push(change);
    }
    const held = await heldBefore(
      outlook,
      needsLook.map((change) => change.gid),
    );
    for (const change of needsLook) {
      const exception = exceptions.get(change.gid);
      const finding = await examine(outlook, change, {
        exception,
        before: held.get(change.gid),
        isInFlight: inFlight.has(change.gid) || mayBeSent(exception),
      });
      if (finding?.stage === stage) yield { ...finding.found, cursor: { stage, after: change.revision.seq } };
    }
    const last = page.at(-1);
    if (last === undefined || page.length < limit) return;
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

/** An object of which something is remembered, as it stands now. */
interface Remembered {
  readonly gid: Gid;
  readonly exception: Exception;
  readonly change: StoredChange;
}

async function* presentExceptions(outlook: Outlook, after: string, firstPage: number): AsyncGenerator<Finding> {
  for await (const page of pagesOfExceptions(outlook, after, firstPage))
    for (const remembered of page)
      if (!(await isGone(outlook, remembered.change))) yield* examined(outlook, 'exceptions', remembered);
}

/** What is below another goes first, in whichever messages: a parent does not go as long as it has children at the peer. */
async function* goneExceptions(outlook: Outlook, after: string): AsyncGenerator<Finding> {
  const parents = new Map<Gid, Gid>();
  const held = new Map<Gid, Remembered>();
  for await (const page of pagesOfExceptions(outlook, '', pageSize))
    for (const remembered of page) {
      if (!(await isGone(outlook, remembered.change))) continue;
      parents.set(remembered.gid, remembered.change.revision.version.parent);
      if (held.size < pageSize) held.set(remembered.gid, remembered);
    }
  const order = deepestFirst(parents);
  const rest = order.slice(order.findIndex((gid) => gid === after) + 1);
  for (let at = 0; at < rest.length; at += pageSize) {
    const gids = rest.slice(at, at + pageSize);
    const missing = gids.filter((gid) => !held.has(gid));
    const read = new Map((await rememberedOf(outlook, missing)).map((one) => [one.gid, one]));
    for (const gid of gids) {
      const remembered = held.get(gid) ?? read.get(gid);
      if (remembered !== undefined) yield* examined(outlook, 'gone-exceptions', remembered);
    }
  }
}

async function* examined(
  outlook: Outlook,
  stage: 'exceptions' | 'gone-exceptions',
  { gid, exception, change }: Remembered,
): AsyncGenerator<Finding> {
  const finding = await examine(outlook, change, {
    exception,
    before: change,
    isInFlight: mayBeSent(exception),
  });
  if (finding !== undefined) yield { ...finding.found, cursor: { stage, gid } };
}

/** What came or went with something above it may have been sent in vain, in a sync that did not end. */
function mayBeSent(exception: Exception | undefined): boolean {
  return exception?.reason === 'with-parent';
}

async function* pagesOfExceptions(
  outlook: Outlook,
  after: string,
  firstPage: number,
): AsyncGenerator<readonly Remembered[]> {
  let start = after;
  for (let limit = firstPage; ; limit = Math.min(limit * growth, pageSize)) {
    const page = await outlook.store.exceptions(outlook.peer, { after: start, limit });
    yield await standing(outlook, page);
    const last = [...page.keys()].at(-1);
    if (last === undefined || page.size < limit) return;
    start = last;
  }
}

async function rememberedOf(outlook: Outlook, gids: readonly Gid[]): Promise<readonly Remembered[]> {
  return gids.length === 0 ? [] : standing(outlook, await outlook.store.exceptions(outlook.peer, { gids }));
}

/** Those of a page that there is something to find of: what has changed since is found in the range, and what is kept back as all is stays so. */
async function standing(outlook: Outlook, page: ReadonlyMap<Gid, Exception>): Promise<readonly Remembered[]> {
  const { store, collection, upTo, from, otherwise } = outlook;
  const by = otherwise === undefined ? alwaysWithheldBy(outlook) : undefined;
  const gids = [...page]
    .filter(([, exception]) => by === undefined || exception.reason !== 'withheld' || exception.by !== by)
    .map(([gid]) => gid);
  if (gids.length === 0) return [];
  const changes = await store.changesAt(collection, gids, upTo);
  const outside = await neverMembers(outlook, gids, changes);
  return gids.flatMap((gid) => {
    const [exception, change] = [page.get(gid), changes.get(gid) ?? outside.get(gid)];
    const isElsewhere = change === undefined || (change.revision.seq > from && !outside.has(gid));
    return exception === undefined || isElsewhere ? [] : [{ gid, exception, change }];
  });
}

async function isGone(outlook: Outlook, change: StoredChange): Promise<boolean> {
  return (await memberVersion(outlook, change, outlook.upTo)) === undefined;
}

function deepestFirst(parents: ReadonlyMap<Gid, Gid>): readonly Gid[] {
  const depthOf = (gid: Gid): number => {
    const above = new Set<Gid>();
    for (let at = gid; parents.has(at) && !above.has(at); at = parents.get(at) ?? topGid) above.add(at);
    return above.size;
  };
  const depths = [...parents.keys()].map((gid) => ({ gid, depth: depthOf(gid) }));
  return depths.toSorted((a, b) => b.depth - a.depth).map(({ gid }) => gid);
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
