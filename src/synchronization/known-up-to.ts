import type { SubscriberState } from './subscriber.ts';

/** Up to where a subscriber knows the publisher's log: what it was offered last counts, for it asks no more for that; 0 before it was offered anything. */
export function knownUpTo({ offered, checkpoints }: Pick<SubscriberState, 'offered' | 'checkpoints'>): number {
  return (offered?.checkpoint ?? checkpoints.at(-1))?.publisher.seq ?? 0;
}
