import type { SubscriptionState, Waiting } from './subscription.ts';

/** Why a subscription does not move by itself at the moment: what it was told to wait for, else the answer to a message that was handed over. */
export function waitingFor({ waiting, session }: SubscriptionState): Waiting | undefined {
  if (waiting !== undefined || session?.handedOver === undefined) return waiting;
  return { for: 'answer', ...session.handedOver };
}
