import type { LogLine } from '../../ports/peer-reader.ts';
import type { Position } from '../../objects/position.ts';
import type { PublisherSession } from '../../synchronization/subscriber.ts';
import { recordSync } from '../exchange/record-sync.ts';
import type { PublisherStep } from './publisher-step.ts';

/** The line that a session leaves in the publisher's log when it has ended, with where that log holds what changed since both last agreed. */
export function recordEnded(
  { context, publication, subscriber }: PublisherStep,
  session: PublisherSession,
  head: Pick<Position, 'seq'>,
): LogLine {
  const agreed = subscriber.state.checkpoints.at(-1)?.publisher.seq ?? 0;
  const span = {
    peer: subscriber.peer,
    collection: publication.collection,
    conduit: publication.conduit,
    sentAfter: agreed,
    readAt: session.readAt?.seq ?? agreed,
    receivedAfter: agreed,
    upTo: head.seq,
    peersEpoch: session.subscriberReadAt.epoch,
  };
  return recordSync(context, { subject: publication.id, session, span });
}
