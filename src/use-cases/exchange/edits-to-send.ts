import type { Edit, Edits, OverruledEdit } from '../../objects/edit.ts';
import { withOverruled } from '../../objects/edit.ts';
import type { Revision } from '../../objects/revision.ts';
import { historyLimit } from '../../objects/revision.ts';
import type { Version } from '../../objects/version.ts';
import { digestOfVersion } from '../../objects/version.ts';
import type { Change as StoredChange } from '../../ports/object-reader.ts';
import { editsOver } from '../../synchronization/fields.ts';
import { isFollowedBy, madeAgain, madeAgainSince } from '../../synchronization/known-edits.ts';
import { mostSeen, seenIn, withSeen } from '../../synchronization/seen-edits.ts';
import { lostIn, overruledStill } from '../../synchronization/overruled.ts';
import { standingEdits } from '../../synchronization/not-standing.ts';
import { mostOver } from '../../synchronization/wire/change-tokens.ts';
import type { Digest } from '../../xml/digest.ts';
import { sharedVersion } from './held-by-peer.ts';
import type { Outlook } from './outlook.ts';

/** What the peer holds, and where it stands in the own log. */
interface HeldVersion {
  readonly version: Version | undefined;
  readonly revision: Revision | undefined;
}

/**
 * The edits that a change is told with: those that made what is here out of what the peer holds. `held` undefined: it is not certain that the peer's log has the base,
 * so that it must see all of the edits that the version is made of, and which ones were known here.
 */
export async function editsToSend(
  outlook: Teller,
  change: StoredChange,
  held: HeldVersion | undefined,
): Promise<EditsToSend> {
  const { edits, ...more } = await editsSince(outlook, change, held);
  return { ...more, edits: standingEdits(edits) };
}

type Teller = Pick<Outlook, 'peer' | 'store' | 'root' | 'keys' | 'shared' | 'heldAt' | 'otherwise'>;

interface EditsToSend {
  readonly edits: Edits;
  /** Where the first of them stands in the own log; undefined where that is not certain, and where one came from a site below: that may not have had what was here then. */
  readonly since: number | undefined;
  /** What was read of the object's history for that: all before the revision that is sent, newest first. Left out where nothing was. */
  readonly older?: readonly Revision[];
  /** Which of a subscriber's own versions came between, newest first (ADR 0039). */
  readonly over: readonly Digest[];
}

async function editsSince(
  outlook: Teller,
  { revision, precededBy }: StoredChange,
  held: HeldVersion | undefined,
): Promise<EditsToSend> {
  const { store, keys } = outlook;
  const { gid } = revision.version;
  // Mostly the peer holds the revision just before this one, or there is none: the whole history is not read for that.
  const isBack = revision.state === 'present' && held?.revision?.state === 'deleted';
  // Where what was before it is not kept any more, what it was made of is told with it.
  const isFirst = precededBy === undefined && (held !== undefined || revision.edits.earlier === undefined);
  if (isFirst || (held !== undefined && precededBy === held.revision?.seq && !isBack))
    return { edits: revision.edits, since: firstOf([revision]), over: [] };
  const older = await store.history(gid, { before: revision.seq, limit: historyLimit });
  const at = older.findIndex(({ seq }) => seq === held?.revision?.seq);
  const since = at < 0 ? undefined : firstOf([revision, ...older.slice(0, at)]);
  const over = await versionsBetween(outlook, held, older);
  const isPresent = revision.state === 'present';
  const log = [revision, ...older];
  // As the peer has them: an edit of what is not shown here any more is an edit all the same.
  const history = isPresent ? await sharedHistory(outlook, log) : log;
  const made = isPresent ? editsOver(held?.version, history, keys) : revision.edits;
  const told =
    held === undefined || isBack
      ? withSeen(isPresent ? made : { main: made.main, others: [] }, seenIn(log))
      : withPassed(made, held, older);
  const edits = isPresent && held !== undefined ? withMaking(told, held, history) : told;
  return { edits: withOverruled(edits, await overruledSince(outlook, held, history)), since, over, older };
}

async function sharedHistory(outlook: Teller, log: readonly Revision[]): Promise<readonly Revision[]> {
  const shared = log.map(async (one, at) => ({
    ...one,
    version: await sharedVersion(outlook, one, log.slice(at + 1)),
  }));
  return Promise.all(shared);
}

/** What does not stand in the versions that the peer does not hold, as long as nobody has set the field again: nobody who wrote what stands there had seen it (ADR 0041). */
async function overruledSince(
  outlook: Teller,
  held: HeldVersion | undefined,
  history: readonly Revision[],
): Promise<readonly OverruledEdit[]> {
  const since = held?.revision?.seq ?? 0;
  const places = [...history.keys()].filter((at) => (history[at]?.seq ?? 0) > since);
  const overruled = places.flatMap((at) => overruledStill(history, at, outlook.keys)).slice(0, mostSeen);
  if (overruled.length === 0 || held !== undefined || outlook.shared === undefined) return overruled;
  return withLost(outlook, overruled, history);
}

/** A publisher that may have been restored is told what was set, too, where that is in this log, unless there is a copy of the conflict to be given back. */
async function withLost(
  { store, peer, keys }: Teller,
  overruled: readonly OverruledEdit[],
  history: readonly Revision[],
): Promise<readonly OverruledEdit[]> {
  const gid = history[0]?.version.gid;
  const copies = await store.conflicts({ role: 'subscriber', peer, ...(gid !== undefined && { gid }) });
  return overruled.map((edit) => {
    const lost = copies.some(({ subscriber }) => subscriber.edit.id === edit.id)
      ? undefined
      : lostIn(history, edit, keys);
    return lost === undefined ? edit : { ...edit, lost };
  });
}

/**
 * What stood here by edits of this site alone, since both agreed; in a comparison the publisher may have lost what they agreed on, and is told of all. Only a subscriber says so: the publisher decides. What had left and is asked for whole was edited here on
 * what the publisher need not have: of all that stood here before it left, the publisher knows what it has.
 */
async function versionsBetween(
  outlook: Teller,
  held: HeldVersion | undefined,
  older: readonly Revision[],
): Promise<readonly Digest[]> {
  const { shared, heldAt, otherwise } = outlook;
  if (shared === undefined) return [];
  const isAgreed = held !== undefined || otherwise === undefined;
  const agreedAt = isAgreed ? Math.max(heldAt, otherwise?.heldAt ?? 0, held?.revision?.seq ?? 0) : 0;
  const gone = older.findIndex(({ state }) => state !== 'present');
  const isBack = held === undefined && older[gone]?.state === 'left';
  const before = isBack ? older.slice(gone + 1) : older;
  const isTold = ({ state, origin, seq }: Revision): boolean =>
    state === 'present' && (isBack || (origin === undefined && seq > agreedAt));
  const end = before.findIndex((one) => !isTold(one));
  const told = end < 0 ? before : before.slice(0, end);
  const digests = new Set<Digest>();
  for (const [index, one] of told.slice(0, mostOver).entries())
    digests.add(digestOfVersion(await shared.of(one, before.slice(index + 1))));
  return [...digests];
}

function firstOf(unsent: readonly Revision[]): number | undefined {
  return unsent.every(({ origin }) => origin === undefined) ? unsent.at(-1)?.seq : undefined;
}

/**
 * With the edits that the peer is never given, because others came over them since what it holds: after a restore somebody else may give them back to whoever
 * has lost them. Those that were made here are known from a later one that is told: the edits of one log follow one another (ADR 0024).
 */
function withPassed(edits: Edits, { revision: held }: HeldVersion, older: readonly Revision[]): Edits {
  const passed = older.filter(({ seq }) => seq > (held?.seq ?? 0));
  const told = [edits.main, ...edits.others];
  const isKnown = (edit: Edit): boolean => told.some((later) => isFollowedBy(edit, later));
  const own = seenIn(passed.filter(({ origin }) => origin === undefined)).filter((edit) => !isKnown(edit));
  const others = seenIn(passed.filter(({ origin }) => origin !== undefined));
  return withSeen(edits, [...others, ...own].slice(0, mostSeen));
}

/** With the edit that made the object again since, after it had been deleted: for the peer it is the same object (ADR 0030). */
function withMaking(edits: Edits, { version, revision }: HeldVersion, history: readonly Revision[]): Edits {
  // What came from the peer need not stand in this log: the peer knows whether it had heard of the making.
  const again = revision === undefined ? madeAgain(history) : madeAgainSince(version, history);
  if (again === undefined) return edits;
  const { id, at, by } = again;
  return { ...edits, others: [...edits.others, { id, at, by, field: 'existence' }] };
}
