import type { Gid } from '../../objects/gid.ts';
import type { Change, Difference } from '../../synchronization/change.ts';
import { describeChange } from '../../synchronization/describe-change.ts';
import type { Exception } from '../../synchronization/exception.ts';
import { holdsVersion } from '../../synchronization/exception.ts';
import type { Cursor } from '../../synchronization/subscription.ts';
import type { Tally } from '../../synchronization/tally.ts';
import type { SyncWriter } from '../../synchronization/wire/sync-writer.ts';
import type { Outlook } from './outlook.ts';
import type { CutChange, CutChanges } from './cut-changes.ts';
import { cutKey } from './cut-changes.ts';
import type { Finding } from './finding.ts';
import { differences } from './differences.ts';
import { TreeWrites } from '../objects/tree-writes.ts';
import { keptGid } from '../publisher/kept-gids.ts';

/** What is sent beside the differences, and how. */
export interface Filling {
  readonly writer: SyncWriter;
  readonly cursor: Cursor;
  /** The conflicts of an object that go out as closed; undefined where there are none of any. */
  readonly closingsOf?: ((gid: Gid) => Promise<readonly string[]>) | undefined;
  /** In a comparison: name what is there, instead of sending it. */
  readonly claim?: (difference: Difference) => Change | undefined;
  /** In a comparison: where the object stands that both sides once agreed on, so that only what was edited since is an edit. */
  readonly agreedOn?: (gid: Gid) => Promise<Pick<Difference, 'held' | 'base'>>;
  /** Nothing but what the peer asked for; or nothing at all, when its state replaces what is here. */
  readonly only?: 'wanted' | 'nothing';
  /** Deletions are kept back, because there are too many. */
  readonly isBraked: boolean;
  /** Lets others go on, now and then. */
  readonly pause?: () => Promise<void>;
  /** Where a change is kept while it goes in pieces. */
  readonly cutChanges?: CutChanges | undefined;
}

const changesBetweenPauses = 100;

/** What went into the message, and where the next one goes on. */
export interface Filled {
  readonly cursor: Cursor;
  readonly isDone: boolean;
  readonly tally: Omit<Tally, 'expected'>;
  readonly exceptions: readonly { readonly gid: Gid; readonly exception: Exception | undefined }[];
  readonly changes: readonly Change[];
}

/** A message in which there is no room yet for any change. */
export function nothingAt(cursor: Cursor): Filled {
  return { cursor, isDone: false, tally: { created: 0, updated: 0, deleted: 0 }, exceptions: [], changes: [] };
}

/** Fills a message with the differences from a cursor on, as far as they fit. The same log and cursor give the same message. */
export async function fillMessage(outlook: Outlook, filling: Filling): Promise<Filled> {
  const { writer } = filling;
  const tally = { created: 0, updated: 0, deleted: 0 };
  const exceptions: { gid: Gid; exception: Exception | undefined }[] = [];
  const changes: Change[] = [];
  let { cursor } = filling;
  let start = cursor.pieceAt ?? 0;
  const filled = (at: Cursor, isDone: boolean): Filled => ({ cursor: at, isDone, tally, exceptions, changes });
  const key = keyOf(outlook, filling);
  const cut = start === 0 ? undefined : await filling.cutChanges?.find(key, outlook);
  for await (const finding of findingsFrom(outlook, cursor, { cut, room: writer.room })) {
    if (finding.kind === 'withheld') {
      if (!isLeftOut(filling, finding.before)) exceptions.push({ gid: finding.gid, exception: finding.exception });
      cursor = finding.cursor;
      continue;
    }
    const isCut = finding === cut?.finding;
    const difference = isCut ? finding.difference : await based(filling, finding.difference);
    if (isLeftOut(filling, difference.exception)) {
      cursor = finding.cursor;
      continue;
    }
    if (filling.isBraked && difference.state !== 'present') {
      exceptions.push({ gid: difference.gid, exception: braked(difference) });
      cursor = finding.cursor;
      continue;
    }
    const change = isCut ? cut.change : await described(outlook, filling, difference);
    const fit = writer.add(change, start);
    if (fit.outcome === 'full') return filled(cursor, false);
    if (fit.outcome === 'piece') {
      if (!isCut)
        filling.cutChanges?.keep(keyOf(outlook, { ...filling, cursor }), {
          finding: { ...finding, difference },
          change,
        });
      return filled({ ...cursor, pieceAt: fit.next }, false);
    }
    if (isCut) filling.cutChanges?.drop(key);
    start = 0;
    changes.push(change);
    if (changes.length % changesBetweenPauses === 0) await filling.pause?.();
    if (difference.exception !== undefined)
      exceptions.push({ gid: difference.gid, exception: sent(difference.exception, difference.number) });
    count(tally, difference);
    cursor = finding.cursor;
  }
  return filled({ stage: 'done' }, true);
}

/** Names what is kept of a change that goes in pieces after the filling's cursor. */
function keyOf(outlook: Outlook, { cursor, only, isBraked, agreedOn }: Filling): string {
  return cutKey(outlook, cursor, [only, isBraked, agreedOn !== undefined]);
}

/** The differences from a cursor on; the first of them is not looked for again where it is at hand. */
async function* findingsFrom(
  outlook: Outlook,
  cursor: Cursor,
  { cut, room }: { readonly cut: CutChange | undefined; readonly room: number },
): AsyncGenerator<Finding> {
  if (cut !== undefined) yield cut.finding;
  yield* differences(outlook, cut?.finding.cursor ?? cursor, room);
}

async function described(outlook: Outlook, { closingsOf, claim }: Filling, difference: Difference): Promise<Change> {
  const { gid, state } = difference;
  const closes = (await closingsOf?.(gid)) ?? [];
  const knownAs = state === 'left' ? await givenUpFor(outlook, gid) : undefined;
  return claim?.(difference) ?? describeChange({ ...difference, knownAs }, closes, outlook.keys);
}

/** The gid under which an object stands here that has given its own one up: whoever has it from here hears so (ADR 0045). */
async function givenUpFor({ store }: Outlook, gid: Gid): Promise<Gid | undefined> {
  return keptGid({ reader: store, tree: new TreeWrites(store) }, gid);
}

/** What was remembered is answered by the version that is sent now, once the peer has taken that in: until then it holds what it held. */
function sent(exception: Exception, outcome: number): Exception {
  if (exception.reason === 'with-parent') return exception;
  const received = 'received' in exception ? exception.received : undefined;
  const isEquivalent = exception.reason === 'received' && exception.equivalent && exception.received.outcome >= outcome;
  return {
    reason: 'received',
    holds: exception.holds,
    received: { epoch: received?.epoch ?? '', number: received?.number ?? 0, outcome },
    ...(isEquivalent && { equivalent: true }),
  };
}

async function based({ agreedOn }: Filling, difference: Difference): Promise<Difference> {
  return agreedOn === undefined ? difference : { ...difference, ...(await agreedOn(difference.gid)) };
}

function isLeftOut({ only }: Filling, exception: Exception | undefined): boolean {
  return only === 'nothing' || (only === 'wanted' && exception?.reason !== 'wanted');
}

/** What was sent, and nobody knows whether it came, counts as come: else, when it comes back, it would pass for new. */
function braked({ held, isInFlight, version: last }: Difference): Exception {
  return { reason: 'withheld', by: 'brake', holds: holdsVersion(held ?? (isInFlight ? last : undefined)) };
}

function count(tally: { created: number; updated: number; deleted: number }, { state, held }: Difference): void {
  if (state !== 'present') tally.deleted += 1;
  else if (held === undefined) tally.created += 1;
  else tally.updated += 1;
}
