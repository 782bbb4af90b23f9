import { RequestError } from '../../errors/concord-error.ts';
import type { Field } from '../../objects/edit.ts';
import type { Version } from '../../objects/version.ts';
import type { ListedConflict } from '../../ports/peer-reader.ts';
import type { Batch } from '../../ports/site-store.ts';
import type { Conflict } from '../../synchronization/conflict.ts';
import { withField } from '../../synchronization/fields.ts';
import { fromCollection, toCollection } from '../../synchronization/relative.ts';
import { LocalEdits } from '../objects/local-edits.ts';
import { liveChild } from '../publisher/placement.ts';
import type { Actor, SiteContext } from '../site-context.ts';

/** Which of a conflict's values is to stand: one of the two, or another. */
export type Settlement =
  | { readonly keep: 'publisher' | 'subscriber' }
  /** Undefined takes the field away. */
  | { readonly value: string | undefined };

/** Conflicts to be settled the same way, together. */
export type SettleRequest = { readonly ids: readonly string[] } & Settlement;

/** What came of it: how many are settled here, and how many wait for the next sync, which tells the publisher. */
export interface Settled {
  readonly settled: number;
  readonly toBeSent: number;
}

/**
 * Settles conflicts, all of them or none (engine.md §5). The publisher's value stands already: to keep it only closes the note. Anything else is an edit of the
 * field, which travels and merges like all others. At a subscriber the decision goes out with the next sync.
 * @throws RequestError CON-R010 unknown, CON-E006 settled meanwhile, CON-R008 when the value does not fit the field, CON-R012 when children are in the way
 */
export async function resolveConflicts(
  context: SiteContext,
  actor: Actor,
  { ids, ...settlement }: SettleRequest,
): Promise<Settled> {
  return context.store.update(async (head) => {
    const edits = new LocalEdits(context, actor, head);
    const written: Conflict[] = [];
    for (const id of new Set(ids)) {
      const conflict = await openConflict(context, id);
      await applySettlement(context, edits, { conflict, settlement });
      const state = conflict.role === 'publisher' ? 'settled' : 'closing';
      written.push({ ...conflict, state, settledBy: 'person' });
    }
    const line = {
      at: context.clock.now(),
      kind: 'conflict',
      level: 'info',
      subject: actor.name,
      text: `Settled ${String(written.length)} conflict(s): ${said(settlement)}`,
      details: { ids: [...ids] },
    } as const;
    const batch: Batch = { writes: edits.tree.writes, conflicts: written, log: [line] };
    const toBeSent = written.filter((conflict) => conflict.state === 'closing').length;
    return { batch, result: { settled: written.length - toBeSent, toBeSent } };
  });
}

async function openConflict({ store, site }: SiteContext, id: string): Promise<ListedConflict> {
  const conflict = await store.conflict(id);
  if (conflict === undefined) throw new RequestError('CON-R010', `There is no conflict “${id}” at ${site}`);
  if (conflict.state !== 'open') throw new RequestError('CON-E006', `The conflict “${id}” has been settled already`);
  return conflict;
}

interface Step {
  readonly conflict: ListedConflict;
  readonly settlement: Settlement;
}

async function applySettlement(context: SiteContext, edits: LocalEdits, { conflict, settlement }: Step): Promise<void> {
  if ('keep' in settlement && settlement.keep === 'publisher') return;
  const value = 'keep' in settlement ? conflict.subscriber.value : settlement.value;
  const draft = await edits.tree.current(conflict.gid);
  if (draft === undefined) throw new RequestError('CON-E006', 'The object of the conflict is no longer known here');
  if (conflict.field === 'existence') {
    if (value === undefined && draft.state === 'present') await remove(context, edits, draft.version);
    if (value !== undefined && draft.state !== 'present') await edits.write('present', draft.version);
    return;
  }
  if (draft.state !== 'present')
    throw new RequestError('CON-E006', 'The object of the conflict has been deleted meanwhile');
  const root = await rootOf(context, conflict);
  const changed = set(toCollection(draft.version, root), conflict.field, value);
  const version = fromCollection(changed, root);
  await checkPlace(context, edits, version);
  await edits.write('present', version);
}

async function remove(context: SiteContext, edits: LocalEdits, version: Version): Promise<void> {
  const isInUse = (await liveChild({ reader: context.store, tree: edits.tree }, version.gid)) !== undefined;
  if (isInUse) throw new RequestError('CON-R012', `“${version.id}” has objects below it`);
  await edits.write('deleted', version);
}

/** A value that a person gives may fit the field or not: for an element it is XML, for a text or an attribute it is plain. */
function set(version: Version, field: Exclude<Field, 'existence'>, value: string | undefined): Version {
  try {
    return withField(version, field, value);
  } catch (cause) {
    throw new RequestError('CON-R008', 'The value does not fit this field, or the field is no longer there', { cause });
  }
}

/** A parent that was wished for must be there, and not below the object itself. */
async function checkPlace({ store }: SiteContext, edits: LocalEdits, version: Version): Promise<void> {
  let { parent } = version;
  const seen = new Set([version.gid]);
  while (parent !== '') {
    const above = await edits.tree.current(parent);
    if (above?.state !== 'present' || seen.has(parent))
      throw new RequestError('CON-E006', 'The object cannot be moved there any more');
    seen.add(parent);
    ({ parent } = above.version);
  }
  const others = await store.named(version.parent, version.id);
  if (others.some((other) => other.gid !== version.gid))
    throw new RequestError('CON-R006', `The name “${version.id}” is taken there`);
}

async function rootOf({ store }: SiteContext, conflict: ListedConflict): Promise<Version['gid']> {
  const peers = conflict.role === 'subscriber' ? await store.subscriptions() : [];
  const subscription = peers.find((one) => one.peer === conflict.peer);
  if (subscription !== undefined) return subscription.root;
  for (const publication of await store.publications()) {
    const subscribers = await store.subscribers(publication.id);
    if (subscribers.some((one) => one.peer === conflict.peer)) return publication.root;
  }
  throw new RequestError('CON-E006', 'The publication or subscription of the conflict is gone');
}

function said(settlement: Settlement): string {
  return 'keep' in settlement ? `the ${settlement.keep}’s value` : 'another value';
}
