import { conduitNamed } from '../../conduits/conduit.ts';
import type { LogLine } from '../../ports/peer-reader.ts';
import type { PublisherSession } from '../../synchronization/subscriber.ts';
import { keptChanges } from '../exchange/kept-changes.ts';
import { recordSync } from '../exchange/record-sync.ts';
import type { PublisherStep } from './publisher-step.ts';

/** The line that a session leaves in the publisher's log when it has ended, with what it changed since the last one that both agreed on. */
export async function recordEnded(step: PublisherStep, session: PublisherSession): Promise<LogLine> {
  const { context, publication, subscriber } = step;
  const agreed = subscriber.state.checkpoints.at(-1)?.publisher.seq ?? 0;
  const changes = await keptChanges({
    store: context.store,
    peer: subscriber.peer,
    collection: publication.collection,
    keys: conduitNamed(publication.conduit).keys,
    sent: session.sent,
    received: session.received,
    sentAfter: agreed,
    readAt: session.readAt?.seq ?? agreed,
    receivedAfter: agreed,
    peersEpoch: session.subscriberReadAt.epoch,
  });
  return recordSync(context, { subject: publication.id, session, changes });
}
