import type { SubscriberState } from '../../synchronization/subscriber.ts';
import type { ItemAnswer } from '../../synchronization/wire/statuses.ts';
import { StatusCode } from '../../syncml/status.ts';

/** How much of a subscriber's log has been taken in. */
export type TakenSoFar = Pick<SubscriberState, 'takenUpTo' | 'refusedUpTo'>;

/** What a message brought of a package that tells the log up to a position: what was received, and what could not be read. */
interface Brought {
  readonly upTo: number;
  readonly outcomes: readonly Pick<ItemAnswer, 'code'>[];
  readonly unread: readonly Pick<ItemAnswer, 'code'>[];
}

/** The same after a message. What was refused is remembered by its position: a subscriber that was restored to before it heard so would count it as had here. */
export function takenWith({ takenUpTo, refusedUpTo }: TakenSoFar, { upTo, outcomes, unread }: Brought): TakenSoFar {
  return {
    takenUpTo: outcomes.length > 0 ? Math.max(takenUpTo, upTo) : takenUpTo,
    refusedUpTo: [...outcomes, ...unread].every(isTaken) ? refusedUpTo : upTo,
  };
}

/** Whether what was sent is here now, or something that was made of it. */
function isTaken({ code }: Pick<ItemAnswer, 'code'>): boolean {
  return (code < 400 && code !== StatusCode.OperationCancelled) || code === StatusCode.ConflictResolvedServerWins;
}
