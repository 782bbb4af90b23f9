import type { Retry } from '../errors/concord-error.ts';

/** How a failed activity is tried again. */
export interface RetryRules {
  readonly firstMs: number;
  readonly longestMs: number;
}

/** A try that failed: how many retries there were before it and may be, and whether the same can succeed without anyone changing anything. */
export interface FailedTry {
  readonly retries: number;
  readonly maxRetries: number;
  readonly retry: Retry;
}

/**
 * How long to wait before the next try, in milliseconds; undefined when there is none. The wait doubles from try to try up to the longest; `random`
 * (0 to 1) spreads it over its second half, so that those who failed together do not come back together.
 */
export function delayBeforeRetry(rules: RetryRules, failed: FailedTry, random: number): number | undefined {
  const { retries, maxRetries, retry } = failed;
  if (retry === 'never' || retries >= maxRetries) return undefined;
  // 2^1024 is Infinity, which the longest wait cuts down like any other.
  const wait = Math.min(rules.firstMs * 2 ** retries, rules.longestMs);
  return Math.round(wait / 2 + (wait / 2) * random);
}
