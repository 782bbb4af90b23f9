import type { Position } from '../objects/position.ts';

/**
 * A pair of log positions up to which two sides agree: the publisher's that the subscriber has taken in, the subscriber's that the publisher has taken in.
 * `takenUpTo` (kept by the subscriber) is the place in its own log up to which it had written what it took in (engine.md §3).
 */
export interface Checkpoint {
  readonly publisher: Position;
  readonly subscriber: Position;
  readonly takenUpTo: number;
}

/** How many checkpoints each side keeps, to find a common one after a restore. */
const keptCheckpoints = 8;

/** The checkpoints with one more, oldest first; the oldest is dropped when there are too many. */
export function withCheckpoint(checkpoints: readonly Checkpoint[], next: Checkpoint): readonly Checkpoint[] {
  const last = checkpoints.at(-1);
  const isRepeat =
    last !== undefined && last.publisher.seq === next.publisher.seq && last.subscriber.seq === next.subscriber.seq;
  return [...(isRepeat ? checkpoints.slice(0, -1) : checkpoints), next].slice(-keptCheckpoints);
}
