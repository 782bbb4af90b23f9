import { parsePosition, formatPosition } from '../../objects/position.ts';
import type { PeerReader } from '../../ports/peer-reader.ts';
import type { Subscriber, SubscriberState } from '../../synchronization/subscriber.ts';

/** By what a copy of a subscriber's installation is noticed (engine.md §9). */
type Traces = Pick<SubscriberState, 'lastSeenAt' | 'formerEpochs'>;

const linesLookedAt = 200;

/** What the line of the log says of a subscriber that is taken off: all else of it is forgotten. */
export function tracesOf({ url, state }: Subscriber): Readonly<Record<string, unknown>> {
  const { lastSeenAt, formerEpochs = [], leftEpochs = [] } = state;
  const left = [...formerEpochs, ...leftEpochs];
  return {
    url,
    ...(lastSeenAt !== undefined && { seenAt: formatPosition(lastSeenAt) }),
    ...(left.length > 0 && { left }),
  };
}

/**
 * Where the log ended of a subscriber of this URL that was taken off, and which epochs it had left; nothing where none was, or two hundred things have been done with the
 * publication since. Whoever comes with another log is a copy of it, or what was copied: their edits have the same numbers.
 */
export async function tracesLeft(
  store: Pick<PeerReader, 'log'>,
  { publication, url }: Pick<Subscriber, 'publication' | 'url'>,
): Promise<Partial<Traces>> {
  const lines = await store.log({ kinds: ['administration'], subject: publication, limit: linesLookedAt });
  const details = lines.find((line) => line.details['url'] === url)?.details;
  if (details === undefined) return {};
  const { seenAt, left } = details;
  const formerEpochs = Array.isArray(left) ? left.filter((epoch) => typeof epoch === 'string') : [];
  return {
    ...(typeof seenAt === 'string' && { lastSeenAt: parsePosition(seenAt) }),
    ...(formerEpochs.length > 0 && { formerEpochs }),
  };
}
