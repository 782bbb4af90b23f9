import { RequestError } from '../../errors/concord-error.ts';
import { presentVersion } from '../../objects/revision.ts';
import type { Version } from '../../objects/version.ts';
import type { ListedConflict } from '../../ports/peer-reader.ts';
import type { Conflict } from '../../synchronization/conflict.ts';
import { fieldValue, withField } from '../../synchronization/fields.ts';
import { fromCollection, toCollection } from '../../synchronization/relative.ts';
import { conflictsOfEqualValues } from '../objects/equal-values.ts';
import { LocalEdits } from '../objects/local-edits.ts';
import { liveChild } from '../publisher/placement.ts';
import type { Actor, SiteContext } from '../site-context.ts';
import { rootOfConflict } from './resolve-conflict.ts';

/** What is to be taken back. */
export interface UndoRequest {
  readonly ids: readonly string[];
  /** As they were read (`listedAt`). */
  readonly versions?: Readonly<Record<string, number>>;
}

/**
 * Opens conflicts again that were settled here, and takes back what their settlement wrote; all of them or none. Only until the other side has heard of it.
 * @throws RequestError CON-R010 unknown, CON-E006 not settled here, sent already, or the field has changed since
 */
export async function undoSettlements(
  context: SiteContext,
  actor: Actor,
  { ids, versions = {} }: UndoRequest,
): Promise<{ readonly reopened: number }> {
  return context.store.update(async (head) => {
    const edits = new LocalEdits(context, actor, head);
    const conflicts: Conflict[] = [];
    for (const id of new Set(ids)) {
      const conflict = await settledHere(context, id, versions[id]);
      await takeBack(context, edits, conflict);
      conflicts.push(reopened(conflict), ...(await closedBy(context, conflict)));
    }
    const touched = [...new Set(conflicts.map(({ gid }) => gid))];
    const equal = await conflictsOfEqualValues(context.store, edits.tree, touched);
    const line = {
      at: context.clock.now(),
      kind: 'conflict',
      level: 'info',
      subject: actor.name,
      text: `Took the settlement of ${String(new Set(ids).size)} conflict(s) back`,
      details: { ids: [...ids] },
    } as const;
    return {
      batch: { writes: edits.tree.writes, conflicts: [...conflicts, ...equal], log: [line] },
      result: { reopened: new Set(ids).size },
    };
  });
}

function reopened(conflict: Conflict): Conflict {
  return { ...conflict, state: 'open', settledBy: undefined, settlement: undefined };
}

/** The notes of others that the settlement has closed. */
async function closedBy({ store }: SiteContext, { settlement }: Conflict): Promise<readonly Conflict[]> {
  const closed = await Promise.all((settlement?.closed ?? []).map(async (id) => store.conflict(id)));
  return closed.flatMap((one) => (one?.settledBy === 'equal-values' ? [reopened(one)] : []));
}

/** Whether the settlement of a conflict can still be taken back: it was made here, and nobody else has heard of it. */
export async function canUndo(context: Pick<SiteContext, 'store'>, conflict: ListedConflict): Promise<boolean> {
  return conflict.settlement !== undefined && conflict.state !== 'open' && !(await isSent(context, conflict));
}

async function settledHere(context: SiteContext, id: string, version: number | undefined): Promise<ListedConflict> {
  const conflict = await context.store.conflict(id);
  if (conflict === undefined) throw new RequestError('CON-R010', `There is no conflict “${id}” at ${context.site}`);
  if (conflict.settlement === undefined || conflict.state === 'open')
    throw new RequestError('CON-E006', `The conflict “${id}” was not settled here, or the other side knows of it`);
  if (version !== undefined && version !== conflict.listedAt)
    throw new RequestError('CON-E006', `The conflict “${id}” has changed since you read it`);
  if (await isSent(context, conflict))
    throw new RequestError('CON-E006', `The settlement of “${id}” has been sent, or is on its way`);
  return conflict;
}

interface Sending {
  /** The list of conflicts has been told up to here. */
  readonly toldUpTo: number;
  /** Of the own log all up to here was sent, or is on its way. */
  readonly sentUpTo: number;
}

async function isSent(context: Pick<SiteContext, 'store'>, conflict: ListedConflict): Promise<boolean> {
  const sending = await sendingTo(context, conflict);
  if (sending === undefined) return true;
  const { toldUpTo, sentUpTo } = sending;
  return conflict.listedAt <= toldUpTo || (conflict.settlement?.wrote ?? Number.MAX_SAFE_INTEGER) <= sentUpTo;
}

async function sendingTo(
  { store }: Pick<SiteContext, 'store'>,
  { peer, role, state }: ListedConflict,
): Promise<Sending | undefined> {
  if (role === 'subscriber') {
    const own = (await store.subscriptions()).find((one) => one.peer === peer)?.state;
    if (own === undefined || state === 'settled') return undefined;
    const { session, inFlightUpTo, sentUpTo } = own;
    return {
      toldUpTo: session?.conflictsUpTo ?? 0,
      sentUpTo: Math.max(inFlightUpTo, sentUpTo, session?.readAt.seq ?? 0),
    };
  }
  for (const { id } of await store.publications()) {
    const row = (await store.subscribers(id)).find((one) => one.peer === peer)?.state;
    if (row === undefined) continue;
    const { session, offered, inFlightUpTo, checkpoints } = row;
    const agreed = checkpoints.map(({ publisher }) => publisher.seq);
    return {
      toldUpTo: Math.max(row.conflictsUpTo, session?.conflictsUpTo ?? 0, offered?.conflictsUpTo ?? 0),
      sentUpTo: Math.max(inFlightUpTo, session?.readAt?.seq ?? 0, offered?.checkpoint.publisher.seq ?? 0, ...agreed),
    };
  }
  return undefined;
}

async function takeBack(context: SiteContext, edits: LocalEdits, conflict: ListedConflict): Promise<void> {
  const { store } = context;
  const wrote = conflict.settlement?.wrote;
  if (wrote === undefined) return;
  const written = await store.revision(wrote);
  const before = await store.revisionAt(conflict.gid, wrote - 1);
  const draft = await edits.tree.current(conflict.gid);
  if (written === undefined || before === undefined || draft === undefined) throw changedSince(conflict);
  if (conflict.field === 'existence') {
    if (draft.state !== written.state) throw changedSince(conflict);
    if (before.state === 'present') await edits.write('present', draft.version);
    else await removeAgain(context, edits, draft.version);
    return;
  }
  const [now, then] = [draft.state === 'present' ? draft.version : undefined, presentVersion(written)];
  const earlier = presentVersion(before);
  if (now === undefined || then === undefined || earlier === undefined) throw changedSince(conflict);
  const isUntouched = (await store.current([conflict.gid])).get(conflict.gid)?.seq === wrote && isDraftOf(edits, now);
  if (isUntouched) {
    await edits.write('present', earlier);
    return;
  }
  const root = await rootOfConflict(context, conflict);
  const [current, after, first] = [now, then, earlier].map((version) => toCollection(version, root));
  if (current === undefined || fieldValue(current, conflict.field) !== fieldValue(after, conflict.field))
    throw changedSince(conflict);
  const back = withField(current, conflict.field, fieldValue(first, conflict.field));
  await edits.write('present', fromCollection(back, root));
}

/** Nothing of this batch has changed it yet. */
function isDraftOf(edits: LocalEdits, { gid }: Version): boolean {
  return edits.tree.drafted(gid) === undefined;
}

async function removeAgain(context: SiteContext, edits: LocalEdits, version: Version): Promise<void> {
  const isInUse = (await liveChild({ reader: context.store, tree: edits.tree }, version.gid)) !== undefined;
  if (isInUse) throw new RequestError('CON-R012', `“${version.id}” has objects below it`);
  await edits.write('deleted', version);
}

function changedSince({ id }: ListedConflict): RequestError {
  return new RequestError('CON-E006', `What the settlement of “${id}” wrote has been changed since`);
}
