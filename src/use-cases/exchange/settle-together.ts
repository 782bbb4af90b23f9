import { RequestError } from '../../errors/concord-error.ts';
import type { ConflictFilter } from '../../ports/peer-reader.ts';
import type { Actor, SiteContext } from '../site-context.ts';
import type { Settled, Settlement } from './resolve-conflict.ts';
import { resolveConflicts } from './resolve-conflict.ts';
import { undoSettlements } from './undo-settlement.ts';

/** Conflicts to be settled the same way: all that a filter finds. */
export type SettleFoundRequest = {
  readonly filter: ConflictFilter;
  /** How many whoever asks means to settle; undefined: as many as there are. */
  readonly count?: number | undefined;
} & Settlement;

/** What came of it. `left`: those that cannot be settled so, which stay open for a person. */
export interface SettledTogether extends Settled {
  readonly left: number;
  /** What they were settled under, to be taken back together; undefined when there were none. */
  readonly batch: string | undefined;
}

const atOnce = 200;

/**
 * Settles all open conflicts that a filter finds, some hundreds in each commit. What is opened meanwhile is left for the next time.
 * @throws RequestError CON-E010 when it finds another number than was meant, nothing being changed
 */
export async function resolveFound(
  context: SiteContext,
  actor: Actor,
  { filter, count, ...settlement }: SettleFoundRequest,
): Promise<SettledTogether> {
  const found = await context.store.conflicts({ ...filter, state: 'open' });
  if (count !== undefined && count !== found.length) throw otherNumber(found.length);
  const last = found.at(-1);
  if (last === undefined) return { settled: 0, toBeSent: 0, left: 0, batch: undefined };
  // What is settled moves to the end of the list, so behind this place.
  const batch = `${String(last.listedAt)}.${context.identifiers.random()}`;
  const total = { settled: 0, toBeSent: 0 };
  // The last one first, also where they are settled one by one (`resolveConflicts`).
  const ids = found.map(({ id }) => id).reverse();
  const left = await asManyAsCan(ids, async (some) => {
    const open = await stillOpen(context, some);
    const nothing = { settled: 0, toBeSent: 0 };
    const request = { ids: open, batch, ...settlement };
    const done = open.length === 0 ? nothing : await resolveConflicts(context, actor, request);
    // Those that others of them have made equal are closed already.
    total.settled += done.settled + some.length - open.length;
    total.toBeSent += done.toBeSent;
  });
  return { ...total, left, batch: left === ids.length ? undefined : batch };
}

async function stillOpen({ store }: SiteContext, ids: readonly string[]): Promise<readonly string[]> {
  const open: string[] = [];
  for (const id of ids) if ((await store.conflict(id))?.state === 'open') open.push(id);
  return open;
}

/** Says how many there are, for whoever has not said it, or said another number. */
export function otherNumber(count: number): RequestError {
  const found = count === 1 ? '1 open conflict is' : `${String(count)} open conflicts are`;
  return new RequestError('CON-E010', `${found} found now, and all of them would be settled`, { count });
}

/** What was taken back, and what cannot be any more: the other side has heard of it, or the field was changed since. */
export interface UndoneTogether {
  readonly reopened: number;
  readonly left: number;
}

/**
 * Opens the conflicts again that were settled together, as many as still can be.
 * @throws RequestError CON-R010 when nothing was settled under that name, or all of it is open again
 */
export async function undoTogether(context: SiteContext, actor: Actor, batch: string): Promise<UndoneTogether> {
  const ids = await settledUnder(context, batch);
  if (ids.length === 0)
    throw new RequestError('CON-R010', `No conflicts that were settled together as “${batch}” are there to be opened`);
  // The last one first: what one settlement wrote may stand on what another wrote.
  const left = await asManyAsCan(ids.reverse(), async (some) => {
    await undoSettlements(context, actor, { ids: some });
  });
  return { reopened: ids.length - left, left };
}

async function settledUnder({ store }: Pick<SiteContext, 'store'>, batch: string): Promise<string[]> {
  const place = Number(/^(\d{1,15})\./.exec(batch)?.[1] ?? Number.NaN);
  const ids: string[] = [];
  if (Number.isNaN(place)) return ids;
  for (let listedAfter = place; ;) {
    const page = await store.conflicts({ listedAfter, limit: atOnce });
    for (const { id, settlement } of page) if (settlement?.batch === batch) ids.push(id);
    listedAfter = page.at(-1)?.listedAt ?? listedAfter;
    if (page.length < atOnce) return ids;
  }
}

/** All of some hundreds at once where that goes; else one by one, leaving out those that cannot be. Returns how many those are. */
async function asManyAsCan(
  ids: readonly string[],
  change: (some: readonly string[]) => Promise<unknown>,
): Promise<number> {
  let left = 0;
  for (let at = 0; at < ids.length; at += atOnce) {
    const some = ids.slice(at, at + atOnce);
    if (await goes(() => change(some))) continue;
    for (const id of some) if (!(await goes(() => change([id])))) left += 1;
  }
  return left;
}

async function goes(change: () => Promise<unknown>): Promise<boolean> {
  try {
    await change();
    return true;
  } catch (error) {
    if (error instanceof RequestError) return false;
    throw error;
  }
}
