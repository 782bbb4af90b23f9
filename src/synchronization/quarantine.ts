/** What a peer did wrong, one after the other, without a sync that went well in between. */
export interface Faults {
  readonly count: number;
  readonly lastAt: number;
  /** What was wrong with the last one. */
  readonly reason: string;
  /** Until then the peer is not listened to; left out before there were enough of them. */
  readonly until?: number | undefined;
}

const minute = 60_000;
const day = 24 * 60 * minute;
/** So many may be an accident. */
const borneFaults = 4;
const firstMs = 10 * minute;

/** The faults with one more: from the fifth on the peer is held back, for ten minutes, then twice as long each time, up to a day. What is older than a day is forgotten. */
export function withFault(
  before: Faults | undefined,
  { at, reason }: { readonly at: number; readonly reason: string },
): Faults {
  const isForgotten = before === undefined || at - before.lastAt > day;
  const count = isForgotten ? 1 : before.count + 1;
  if (count <= borneFaults) return { count, lastAt: at, reason };
  return { count, lastAt: at, reason, until: at + Math.min(day, firstMs * 2 ** (count - borneFaults - 1)) };
}

/** Until when the peer is held back; undefined when it is not. A clock that went back holds nobody longer than a day. */
export function heldBackUntil(faults: Faults | undefined, now: number): number | undefined {
  const until = faults?.until;
  return until !== undefined && until > now && until - now <= day ? until : undefined;
}
