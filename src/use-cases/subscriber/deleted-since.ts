import { hasEdit } from '../../objects/edit.ts';
import type { Revision } from '../../objects/revision.ts';
import { historyLimit, lastLife } from '../../objects/revision.ts';
import type { Change as StoredChange } from '../../ports/object-reader.ts';
import type { Put } from '../../synchronization/change.ts';
import type { Exception } from '../../synchronization/exception.ts';
import type { SubscriberSession, Subscription } from '../../synchronization/subscription.ts';
import type { SiteContext } from '../site-context.ts';
import { isKeptBack } from './local-versions.ts';

/** Where the publisher's changes are taken in. */
interface Taking {
  readonly context: SiteContext;
  readonly subscription: Subscription;
  readonly session: SubscriberSession;
  /** The epoch of the publisher's log. */
  readonly epoch: string;
}

/**
 * What is to be remembered of an object that a publisher sends as if it had never been here, and that was deleted here; undefined for all others. One of the two
 * sites, or another subscriber, was restored meanwhile: the deletion goes to the publisher, which does not know of it, and decides (ADRs 0018 and 0027).
 */
export async function deletedSince(
  { context, subscription, session, epoch }: Taking,
  { gid, base, edits }: Put,
  here: Revision | undefined,
): Promise<Exception | undefined> {
  const givesWay = session.kind === 'refresh-from-publisher' || isKeptBack({ subscription, session }, 'delete');
  // What the publisher has deleted itself it knows, unless that was in a log which it has lost.
  const isKnownThere = here?.origin?.peer === subscription.peer && here.origin.epoch === epoch;
  if (here?.state !== 'deleted' || isKnownThere || givesWay || base !== undefined) return undefined;
  // A new subscription gets back what was deleted before (ADR 0010), but not what was deleted since of what both have had (ADRs 0029 and 0033).
  const isNew = subscription.state.checkpoints.length === 0;
  if (isNew && !isOfThisSubscription(here, subscription)) return undefined;
  const history = await context.store.history(gid, { before: here.seq, limit: historyLimit });
  // What was edited after the publisher had it is the same object.
  const life = lastLife(history);
  // By an edit, too: the publisher may have it from a log that was restored, and lost again, since.
  const isHad = (one: Revision): boolean => isTaken(one, session) || hasEdit(edits, one.edits.main.id);
  const last = isNew ? life.find(isHad) : history.find(({ state }) => state === 'present');
  if (last === undefined) return undefined;
  return { reason: 'waits', clashes: ['existence'], holds: { kind: 'revision', seq: last.seq } };
}

/** Whether an object was deleted at this site in this subscription, so that the publisher is told of it. */
export function isDeletedHere(here: Revision | undefined, subscription: Subscription): boolean {
  if (here?.state !== 'deleted' || here.origin?.peer === subscription.peer) return false;
  return subscription.state.checkpoints.length > 0 || isOfThisSubscription(here, subscription);
}

/** Whether somebody was subscribed when it was deleted: it was not cleared away after a subscription had ended. */
function isOfThisSubscription({ seq }: Revision, { state: { subscribedAt } }: Subscription): boolean {
  return subscribedAt !== undefined && seq > subscribedAt;
}

/** Whether the publisher had taken it in before this site was restored. */
function isTaken({ epoch, seq }: Revision, { publisherHad: had }: SubscriberSession): boolean {
  return had !== undefined && epoch === had.epoch && seq <= had.seq;
}

/**
 * Whether what stands or stood in this site has only the gid of the publisher's: its own had gone from the collection, with this change, before both last agreed on where they stand, so that the publisher
 * has heard of it.
 */
export function isAnother(
  here: Revision | undefined,
  last: StoredChange | undefined,
  { state: { checkpoints } }: Subscription,
): boolean {
  if (here === undefined || last === undefined || last.isMember) return false;
  const isTold = last.revision.seq <= (checkpoints.at(-1)?.subscriber.seq ?? 0);
  return isTold && (here.state === 'present' || here.seq > last.revision.seq);
}
