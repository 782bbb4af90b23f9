/** Schemes whose way has no answers of its own: a message is handed over, and the answer comes some other time (design.md §2). */
const carriedSchemes: readonly string[] = ['mailto', 'file'];

/** Whether messages to this address are carried: handed over now, and answered when somebody brings the answer. */
export function isCarried(url: string): boolean {
  return carriedSchemes.includes(schemeOf(url));
}

/** What stands before the first colon, in small letters. */
export function schemeOf(url: string): string {
  const colon = url.indexOf(':');
  return colon === -1 ? '' : url.slice(0, colon).toLowerCase();
}

/** The last message of a session lies with a way that has no answers of its own. */
export interface HandedOver {
  /** When it was handed over for the first time. */
  readonly since: number;
  readonly lastAt: number;
  readonly times: number;
  /** How large it is; rows of before it was counted do not say. */
  readonly octets?: number;
  /** When the same bytes are handed over again, if no answer has come. */
  readonly againAt: number;
  /** Where it lies, on a way where a person carries it on. */
  readonly where?: string;
  /** Why it came back, where the way said that it could not be delivered. */
  readonly cameBack?: string;
}

/** How patiently an answer is waited for. */
export interface Patience {
  readonly firstMs: number;
  readonly longestMs: number;
}

/** Mail takes minutes, and a stick days: asking again costs little, and nobody notices it. */
export const defaultPatience: Patience = { firstMs: 15 * 60_000, longestMs: 24 * 60 * 60_000 };

/** After a message was handed over once more: the pause before the next time doubles, up to the longest. */
export function handedOverAgain(
  before: HandedOver | undefined,
  { now, where, octets }: { readonly now: number; readonly where: string | undefined; readonly octets: number },
  patience: Patience,
): HandedOver {
  const times = (before?.times ?? 0) + 1;
  const pause = Math.min(patience.firstMs * 2 ** (times - 1), patience.longestMs);
  return {
    since: before?.since ?? now,
    lastAt: now,
    times,
    octets,
    againAt: now + pause,
    ...(where !== undefined && { where }),
  };
}
