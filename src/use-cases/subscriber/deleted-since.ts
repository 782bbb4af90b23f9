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
}

const historyLimit = 200;

/**
 * What is to be remembered of an object that a publisher sends as if it had never been here, and that was deleted here; undefined for all others. One of the two
 * sites, or another subscriber, was restored meanwhile: the deletion goes to the publisher, which does not know of it, and decides (ADR 0018).
 */
export async function deletedSince(
  { context, subscription, session }: Taking,
  { gid, base }: Put,
  here: Revision | undefined,
): Promise<Exception | undefined> {
  const givesWay = session.kind === 'refresh-from-publisher' || isKeptBack({ subscription, session }, 'delete');
  const isOwnDeletion = here?.state === 'deleted' && here.origin?.peer !== subscription.peer;
  // A new subscription gets back what was deleted before there was one (ADR 0010).
  const isNew = subscription.state.checkpoints.length === 0;
  if (isNew || givesWay || !isOwnDeletion || base !== undefined) return undefined;
  const history = await context.store.history(gid, { before: here.seq, limit: historyLimit });
  const last = history.find(({ state }) => state === 'present');
  if (last === undefined) return undefined;
  return { reason: 'waits', clashes: ['existence'], holds: { kind: 'revision', seq: last.seq } };
}
