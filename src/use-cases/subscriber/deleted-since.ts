import type { Revision } from '../../objects/revision.ts';
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

const historyLimit = 200;

/**
 * What is to be remembered of an object that a publisher sends as if it had never been here, and that was deleted here; undefined for all others. One of the two
 * sites, or another subscriber, was restored meanwhile: the deletion goes to the publisher, which does not know of it, and decides (ADRs 0018 and 0027).
 */
export async function deletedSince(
  { context, subscription, session, epoch }: Taking,
  { gid, base }: Put,
  here: Revision | undefined,
): Promise<Exception | undefined> {
  const givesWay = session.kind === 'refresh-from-publisher' || isKeptBack({ subscription, session }, 'delete');
  // What the publisher has deleted itself it knows, unless that was in a log which it has lost.
  const isKnownThere = here?.origin?.peer === subscription.peer && here.origin.epoch === epoch;
  // A new subscription gets back what was deleted before there was one (ADR 0010).
  const isNew = subscription.state.checkpoints.length === 0;
  if (here?.state !== 'deleted' || isKnownThere || isNew || givesWay || base !== undefined) return undefined;
  const history = await context.store.history(gid, { before: here.seq, limit: historyLimit });
  const last = history.find(({ state }) => state === 'present');
  if (last === undefined) return undefined;
  return { reason: 'waits', clashes: ['existence'], holds: { kind: 'revision', seq: last.seq } };
}
