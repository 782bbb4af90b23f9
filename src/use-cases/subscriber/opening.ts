import { lossyName } from '../../conduits/conduit.ts';
import type { SubscriberHello } from '../../synchronization/wire/hello.ts';
import { alertOfSubscriber } from '../../synchronization/wire/hello.ts';
import type { Command } from '../../syncml/message.ts';
import { introduce } from '../exchange/introduction.ts';
import type { Turn } from './turn.ts';

/** What a session begins with: who this is, at the first contact, and on what both sides are to go on. */
export async function opening(turn: Turn, number: () => string): Promise<readonly Command[]> {
  const { context, subscription, session } = turn;
  const { state, terms } = subscription;
  const range = { collection: subscription.collection, after: 0, upTo: session.readAt.seq };
  const members = session.kind === 'changes' ? 0 : await context.store.countChanges(range, 'present');
  const isNew = state.publisherEpoch === '';
  // A publisher may compare with a subscription that it knew before it was restored. Who only asks before subscribing has no number yet.
  const introduces = (isNew || session.kind !== 'changes') && subscription.peer > 0;
  const hello: SubscriberHello = {
    kind: session.kind,
    publication: subscription.publication,
    subscription: subscription.id,
    lastAnchor: state.lastAnchor,
    nextAnchor: session.nextAnchor,
    terms,
    generation: state.generation,
    sessionNumber: session.number,
    position: session.readAt,
    publisherEpoch: state.publisherEpoch,
    ...(introduces && {
      introduction: { subscription: subscription.peer, firstSession: state.firstSession ?? session.id },
    }),
    checkpoints: session.sendsAllCheckpoints ? state.checkpoints : state.checkpoints.slice(-1),
    areAllCheckpoints: session.sendsAllCheckpoints,
    deletions: session.isBraked ? 1 : 0,
    allowedDeletions: session.allowedDeletions,
    members,
    isPreview: turn.isPreview ?? false,
    listAfter: turn.listAfter ?? 0,
    plannedAt: session.plannedAt,
    ...lossyName(subscription.conduit),
  };
  return [
    ...(isNew ? introduce({ site: context.site, dataStore: subscription.id }, number) : []),
    alertOfSubscriber(hello, number()),
  ];
}
