import { conduitNamed } from '../../conduits/conduit.ts';
import type { Gid } from '../../objects/gid.ts';
import type { Query } from '../../objects/query.ts';
import type { PeerNumber } from '../../objects/revision.ts';
import type { PeerReader } from '../../ports/peer-reader.ts';
import type { SubscriberSession, Subscription } from '../../synchronization/subscription.ts';
import type { Outlook } from '../exchange/outlook.ts';
import { SharedVersions } from '../exchange/shared-versions.ts';
import type { SiteContext } from '../site-context.ts';

/** How a subscriber looks at what the publisher holds, with its own log read as of the session's beginning. */
export function subscriberOutlook(
  context: SiteContext,
  subscription: Subscription,
  { session, query }: { readonly session: SubscriberSession; readonly query: Query },
): Outlook {
  const { store } = context;
  const { state, terms, peer, root } = subscription;
  const { keys } = conduitNamed(subscription.conduit);
  const publishersEpoch = session.publisherReadAt?.epoch ?? state.publisherEpoch;
  const last = state.checkpoints.at(-1);
  const isAfresh = session.kind !== 'changes';
  // A site with nothing in it tells first and hears then: to be told once more of a deletion does no harm.
  const hasForgotten = last !== undefined && last.publisher.epoch !== session.publisherReadAt?.epoch;
  const ordinary = { session: { ...session, kind: 'changes' as const }, query };
  const otherwise =
    session.kind === 'comparison'
      ? { otherwise: { ...subscriberOutlook(context, subscription, ordinary), hasForgotten } }
      : {};
  return {
    store,
    peer,
    collection: subscription.collection,
    root,
    from: isAfresh ? 0 : state.scannedUpTo,
    heldAt: isAfresh ? 0 : state.sentUpTo,
    upTo: session.readAt.seq,
    inFlightUpTo: isAfresh ? 0 : state.inFlightUpTo,
    hasReceived: !isAfresh,
    isMember: (version) => query.isMember(version),
    hasFilter: false,
    hasConflict: conflictedAmong(store, peer),
    withheldBy: (action) => {
      if (terms.mode === 'pull') return 'mode';
      if (!session.mayPush) return 'right';
      return terms.strategy.includes(action) ? undefined : 'strategy';
    },
    peersEpoch: isAfresh ? undefined : state.publisherEpoch,
    survived: ({ epoch, number }) =>
      !isAfresh && state.checkpoints.some(({ publisher }) => publisher.epoch === epoch && number <= publisher.seq),
    basePosition: (revision, since = 0) => {
      if (revision?.origin?.peer !== peer) return last?.publisher.seq ?? 0;
      // What was edited after both had agreed was made on all that the publisher had then (ADR 0034).
      const isMadeSince = last?.publisher.epoch === publishersEpoch && since > last.takenUpTo;
      return Math.max(revision.origin.number, isMadeSince ? last.publisher.seq : 0);
    },
    heardBefore: (seq, own) =>
      state.checkpoints.findLast(
        ({ publisher, subscriber, takenUpTo }) =>
          publisher.epoch === publishersEpoch && takenUpTo < (own.find((edited) => edited > subscriber.seq) ?? seq),
      )?.publisher.seq ?? 0,
    keys,
    shared: new SharedVersions({ store, peer, root, publishersEpoch, keys }),
    ...otherwise,
  };
}

/** Which objects have a copy of a conflict with this peer; asked of each only where there are any. */
function conflictedAmong(store: PeerReader, peer: PeerNumber): (gid: Gid) => Promise<boolean> {
  const of = { role: 'subscriber', peer, limit: 1 } as const;
  let copies: Promise<number> | undefined;
  return async (gid) => {
    copies ??= store.countConflicts(of);
    return (await copies) > 0 && (await store.countConflicts({ ...of, gid })) > 0;
  };
}
