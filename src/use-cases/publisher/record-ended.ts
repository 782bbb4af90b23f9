import { conduitNamed } from '../../conduits/conduit.ts';
import type { LogLine } from '../../ports/peer-reader.ts';
import type { PublisherSession } from '../../synchronization/subscriber.ts';
import type { EndedSession } from '../exchange/kept-changes.ts';
import { keptChanges } from '../exchange/kept-changes.ts';
import { recordSync } from '../exchange/record-sync.ts';
import type { PublisherStep } from './publisher-step.ts';

/** The line that a session leaves in the publisher's log when it has ended, with what it changed since the last one that both agreed on. */
export async function recordEnded(step: PublisherStep, session: PublisherSession): Promise<LogLine> {
  const { context, publication } = step;
  const ended = endedSession(step, session);
  const changes = await (context.keepingAhead?.take(context.site, ended) ?? keptChanges(ended));
  return recordSync(context, { subject: publication.id, session, changes });
}

/** Begins to work out that line, while the subscriber takes in what was sent last. */
export function recordAhead(step: PublisherStep, session: PublisherSession): void {
  step.context.keepingAhead?.begin(step.context.site, endedSession(step, session));
}

function endedSession({ context, publication, subscriber }: PublisherStep, session: PublisherSession): EndedSession {
  const agreed = subscriber.state.checkpoints.at(-1)?.publisher.seq ?? 0;
  return {
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
  };
}
