import type { Gid } from '../../objects/gid.ts';
import type { LogLine } from '../../ports/peer-reader.ts';
import type { Position } from '../../objects/position.ts';
import type { PublisherSession } from '../../synchronization/subscriber.ts';
import type { Tally } from '../../synchronization/tally.ts';
import { recordSync } from '../exchange/record-sync.ts';
import { spanOfLate } from '../exchange/sent-late.ts';
import type { PublisherStep } from './publisher-step.ts';

/**
 * The line that a session leaves in the publisher's log when it has ended, with where that log holds what changed since both last agreed; none when nothing had: of
 * very many who ask every minute, the last time stands in their rows. `unsettled`: objects that this turn remembers something else of.
 */
export async function recordEnded(
  { context, publication, subscriber }: PublisherStep,
  session: PublisherSession,
  { head, unsettled }: { readonly head: Pick<Position, 'seq'>; readonly unsettled: ReadonlySet<Gid> },
): Promise<readonly LogLine[]> {
  if (session.kind === 'changes' && total(session.sent) + total(session.received) === 0) return [];
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
    ...(await spanOfLate(context.store, { peer: subscriber.peer, sentAfter: agreed, except: unsettled })),
  };
  return [recordSync(context, { subject: publication.id, session, span })];
}

function total({ created, updated, deleted }: Tally): number {
  return created + updated + deleted;
}
