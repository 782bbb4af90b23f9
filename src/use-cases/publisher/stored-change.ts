import type { Position } from '../../objects/position.ts';
import type { Version } from '../../objects/version.ts';
import { writtenByPublisher } from '../../synchronization/equivalence.ts';
import { withDocument } from '../../synchronization/fields.ts';
import { effectivePolicy } from '../../synchronization/policy.ts';
import type { Received, Rules } from '../../synchronization/standing.ts';
import type { Reception } from './reception.ts';
import { mayHaveMore } from './take-notes-back.ts';

/** By what a publisher with this position decides about the changes that it receives. In a refresh the subscriber's state stands. */
export function rulesOf({ context, publication, subscriber, keys, isRefresh }: Reception, head: Position): Rules {
  const { conflictPolicy, updatePolicy } = subscriber.terms;
  return {
    conflictPolicy: isRefresh ? 'OTHER' : effectivePolicy(publication.conflictPolicy, conflictPolicy),
    updatePolicy: isRefresh ? 'ASK' : effectivePolicy(publication.updatePolicy, updatePolicy),
    keys,
    limits: context.xmlLimits,
    now: context.clock.now(),
    takesBack: mayHaveMore(subscriber, head),
  };
}

/** A version that a subscriber sends, as the publication's conduit writes it: the very same where that loses nothing. */
export function storedVersion(
  incoming: Version,
  base: Version | undefined,
  { write, keys, context }: Pick<Reception, 'write' | 'keys' | 'context'>,
): Version {
  if (write === undefined) return incoming;
  const writing = { write, keys, limits: context.xmlLimits };
  const document = writtenByPublisher(incoming.document, base?.document, writing);
  return document === incoming.document ? incoming : withDocument(incoming, document);
}

/** What was decided about the stored version, as it is for a subscriber that has another one. */
export function forSender(received: Received, stored: Version, incoming: Version): Received {
  if (stored === incoming) return received;
  return { ...received, isExact: false, ...(received.isExact && { isEquivalent: true }) };
}
