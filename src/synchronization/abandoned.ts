import { knownUpTo } from './known-up-to.ts';
import type { SubscriberState } from './subscriber.ts';

/** A subscriber that has not been heard of for so long is named: thirty days. */
export const abandonedAfterMs = 30 * 24 * 60 * 60 * 1000;

/** When the subscriber last ended a sync, or began one; undefined when it has done neither, and nothing is kept for it. */
export function lastHeardOf({
  lastSyncAt,
  session,
}: Pick<SubscriberState, 'lastSyncAt' | 'session'>): number | undefined {
  if (session === undefined) return lastSyncAt;
  return Math.max(lastSyncAt ?? 0, session.startedAt);
}

/** Whether the subscriber has not been heard of for `unseenMs`, and lacks what has been written since: the log is kept for it. One that lacks nothing costs nothing. */
export function isAbandoned(
  state: SubscriberState,
  { now, head, unseenMs }: { readonly now: number; readonly head: number; readonly unseenMs: number },
): boolean {
  const heard = lastHeardOf(state);
  return heard !== undefined && now - heard >= unseenMs && knownUpTo(state) < head;
}
