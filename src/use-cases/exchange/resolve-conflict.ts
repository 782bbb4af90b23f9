import { RequestError } from '../../errors/concord-error.ts';
import { checkedDocument } from '../../objects/checked-document.ts';
import { documentTypes } from '../../objects/document-type.ts';
import type { Field } from '../../objects/edit.ts';
import { parseGid } from '../../objects/gid.ts';
import { checkedId } from '../../objects/path.ts';
import type { Version } from '../../objects/version.ts';
import type { ListedConflict } from '../../ports/peer-reader.ts';
import type { Batch } from '../../ports/site-store.ts';
import type { Conflict } from '../../synchronization/conflict.ts';
import { withField } from '../../synchronization/fields.ts';
import { judge } from '../../synchronization/policy.ts';
import { fromCollection, toCollection } from '../../synchronization/relative.ts';
import type { XmlLimits } from '../../xml/limits.ts';
import { refusedValue } from '../../xupdate/refused-value.ts';
import { conflictsOfEqualValues } from '../objects/equal-values.ts';
import { LocalEdits } from '../objects/local-edits.ts';
import { calledNow } from '../publisher/kept-gids.ts';
import { liveChild } from '../publisher/placement.ts';
import type { Actor, SiteContext } from '../site-context.ts';

/** Which of a conflict's values is to stand: one of the two, the newer of them, or another. */
export type Settlement =
  | { readonly keep: 'publisher' | 'subscriber' | 'newer' }
  /** Undefined takes the field away. */
  | { readonly value: string | undefined };

const shownIds = 100;

/** Conflicts to be settled the same way, together. */
export type SettleRequest = {
  readonly ids: readonly string[];
  /** As it was read (`listedAt`): who settles what somebody else has settled, or changed, meanwhile, is told so. */
  readonly versions?: Readonly<Record<string, number>>;
  /** The rule that decides, where no person does. */
  readonly rule?: string;
  /** What they are settled under, together with others. */
  readonly batch?: string;
} & Settlement;

/** What came of it: how many are settled here, and how many wait for the next sync, which tells the publisher. */
export interface Settled {
  readonly settled: number;
  readonly toBeSent: number;
}

/**
 * Settles conflicts, all of them or none (engine.md §5). The publisher's value stands already: to keep it only closes the note. Anything else is an edit of the
 * field, which travels and merges like all others. At a subscriber the decision goes out with the next sync.
 * @throws RequestError CON-R010 unknown, CON-E006 settled or changed meanwhile, CON-R021 when the value cannot stand in the field, CON-R008 when it is no id or type, CON-R012
 *   when children are in the way
 * @throws ProtocolError CON-X002 when the document would be beyond a limit
 */
export async function resolveConflicts(
  context: SiteContext,
  actor: Actor,
  { ids, versions = {}, rule, batch: together, ...settlement }: SettleRequest,
): Promise<Settled> {
  return context.store.update(async (head) => {
    const edits = new LocalEdits(context, actor, head);
    const written: Conflict[] = [];
    const now = context.clock.now();
    for (const conflict of await openConflicts(context, ids, versions)) {
      const choice = choose(conflict, settlement, now);
      const before = edits.tree.writes.length;
      await applySettlement(context, edits, { conflict, choice });
      const wrote = edits.tree.writes.length > before ? head.seq + edits.tree.writes.length : undefined;
      const stood = wrote === undefined ? head.seq + before : undefined;
      written.push({
        ...conflict,
        state: conflict.role === 'publisher' ? 'settled' : 'closing',
        settledBy: rule === undefined ? 'person' : 'policy',
        settlement: {
          choice: 'keep' in choice ? choice.keep : 'other',
          at: now,
          by: actor.name,
          rule,
          wrote,
          stood,
          ...(together === undefined ? {} : { batch: together }),
        },
      });
    }
    const line = {
      at: now,
      kind: 'conflict',
      level: 'info',
      subject: actor.name,
      text: `Settled ${String(written.length)} conflict(s): ${said(settlement)}`,
      details: {
        ids: ids.slice(0, shownIds),
        ...(rule === undefined ? {} : { rule }),
        ...(together && { batch: together }),
      },
    } as const;
    const equal = await madeEqual(context, edits, written);
    const conflicts = [...written.map((conflict) => withClosed(conflict, equal)), ...equal];
    const batch: Batch = { writes: edits.tree.writes, conflicts, log: [line] };
    const toBeSent = written.filter((conflict) => conflict.state === 'closing').length;
    return { batch, result: { settled: written.length - toBeSent, toBeSent } };
  });
}

/** Other subscribers' notes, whose values the settlements have made equal. */
async function madeEqual(
  { store }: SiteContext,
  { tree }: LocalEdits,
  written: readonly Conflict[],
): Promise<readonly Conflict[]> {
  const ids = new Set(written.map(({ id }) => id));
  const gids = [...new Set(tree.writes.map(({ draft }) => draft.version.gid))];
  return (await conflictsOfEqualValues(store, tree, gids)).filter(({ id }) => !ids.has(id));
}

function withClosed(conflict: Conflict, equal: readonly Conflict[]): Conflict {
  const { gid, field, settlement } = conflict;
  const closed = equal.filter((one) => one.gid === gid && one.field === field).map(({ id }) => id);
  if (settlement?.wrote === undefined || closed.length === 0) return conflict;
  return { ...conflict, settlement: { ...settlement, closed } };
}

/** The last one first: those of one document are in its order, and a place with a number counts what stands before it. */
async function openConflicts(
  context: SiteContext,
  ids: readonly string[],
  versions: Readonly<Record<string, number>>,
): Promise<readonly ListedConflict[]> {
  const found: ListedConflict[] = [];
  for (const id of new Set(ids)) found.push(await openConflict(context, id, versions[id]));
  return found.sort((a, b) => b.listedAt - a.listedAt);
}

async function openConflict(
  { store, site }: SiteContext,
  id: string,
  version: number | undefined,
): Promise<ListedConflict> {
  const conflict = await store.conflict(id);
  if (conflict === undefined) throw new RequestError('CON-R010', `There is no conflict “${id}” at ${site}`);
  if (conflict.state !== 'open') throw new RequestError('CON-E006', `The conflict “${id}” has been settled already`);
  if (version !== undefined && version !== conflict.listedAt)
    throw new RequestError('CON-E006', `The conflict “${id}” has changed since you read it`);
  return conflict;
}

/** One of the two values, or another. */
type Choice = { readonly keep: 'publisher' | 'subscriber' } | { readonly value: string | undefined };

function choose({ publisher, subscriber }: Conflict, settlement: Settlement, now: number): Choice {
  if (!('keep' in settlement)) return settlement;
  if (settlement.keep !== 'newer') return { keep: settlement.keep };
  const verdict = judge('NEWER', { publisher, incoming: subscriber, isSubscribersObject: false, now });
  return { keep: verdict === 'incoming' ? 'subscriber' : 'publisher' };
}

interface Step {
  readonly conflict: ListedConflict;
  readonly choice: Choice;
}

async function applySettlement(context: SiteContext, edits: LocalEdits, { conflict, choice }: Step): Promise<void> {
  if ('keep' in choice && choice.keep === 'publisher') return;
  // Objects may have got other gids since the conflict was noted.
  const place = { reader: context.store, tree: edits.tree };
  // Whoever has gone on from that edit has gone on from what is chosen.
  const { edit } = conflict.subscriber;
  const chosen = 'keep' in choice && edit.id !== '' ? edit : undefined;
  const wish = 'keep' in choice ? conflict.subscriber.value : choice.value;
  const parent = conflict.field === 'parent' ? parseGid(wish ?? '') : undefined;
  const value = parent === undefined ? wish : await calledNow(place, parent);
  const draft = await edits.tree.current(await calledNow(place, conflict.gid));
  if (draft === undefined) throw new RequestError('CON-E006', 'The object of the conflict is no longer known here');
  if (conflict.field === 'existence') {
    if (!('keep' in choice) && value !== undefined && value !== 'present')
      throw new RequestError('CON-R021', 'Whether the object is there has no other value: keep one, or remove it');
    const isThere = draft.state === 'present';
    if (isThere === (value !== undefined)) return;
    if (isThere) await checkIsEmpty(context, edits, draft.version);
    await edits.write(isThere ? 'deleted' : 'present', draft.version, chosen);
    return;
  }
  if (draft.state !== 'present')
    throw new RequestError('CON-E006', 'The object of the conflict has been deleted meanwhile');
  const root = await rootOfConflict(context, conflict);
  const changed = set(toCollection(draft.version, root), conflict.field, value);
  if (!('keep' in choice)) checkGiven(changed, conflict.field, context.xmlLimits);
  const version = fromCollection(changed, root);
  await checkPlace(context, edits, version);
  await edits.write('present', version, chosen);
}

/** What is deleted must have nothing below it. */
async function checkIsEmpty({ store }: SiteContext, edits: LocalEdits, { gid, id }: Version): Promise<void> {
  const isInUse = (await liveChild({ reader: store, tree: edits.tree }, gid)) !== undefined;
  if (isInUse) throw new RequestError('CON-R012', `“${id}” has objects below it`);
}

/** A value that a person gives may fit the field or not: for an element it is XML, for a text or an attribute it is plain. */
function set(version: Version, field: Exclude<Field, 'existence'>, value: string | undefined): Version {
  try {
    return withField(version, field, value);
  } catch (cause) {
    throw refusedValue(field, cause);
  }
}

/** What a person writes has to keep to what every edit has to (write-object.ts). */
function checkGiven(version: Version, field: Field, limits: XmlLimits | undefined): void {
  const { document, id, type } = version;
  if (field === 'id') checkedId(id);
  // A type that only a peer knows is no business of its document.
  const isKnown = field === 'type' || documentTypes.some((known) => known === type);
  if (field !== 'id' && field !== 'parent') checkedDocument(document, isKnown ? type : undefined, limits);
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

/** The root of the collection that a conflict is in. @throws RequestError CON-E006 when it is gone */
export async function rootOfConflict(
  { store }: Pick<SiteContext, 'store'>,
  conflict: ListedConflict,
): Promise<Version['gid']> {
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
  if ('keep' in settlement && settlement.keep === 'newer') return 'the newer value';
  return 'keep' in settlement ? `the ${settlement.keep}’s value` : 'another value';
}
