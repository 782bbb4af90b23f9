import fc from 'fast-check';
import { describe, expect, it } from 'vitest';
import type { RetryRules } from '../../src/activities/retry.ts';
import { delayBeforeRetry } from '../../src/activities/retry.ts';

const rules: RetryRules = { firstMs: 1000, longestMs: 6000 };

describe('delayBeforeRetry', () => {
  it('doubles the wait up to the longest', () => {
    const waits = [0, 1, 2, 3, 4].map((retries) =>
      delayBeforeRetry(rules, { retries, maxRetries: 5, retry: 'later' }, 1),
    );
    expect(waits).toEqual([1000, 2000, 4000, 6000, 6000]);
  });

  it('gives up when the retries are used up', () => {
    expect(delayBeforeRetry(rules, { retries: 5, maxRetries: 5, retry: 'later' }, 0)).toBeUndefined();
  });

  it('does not repeat what cannot succeed by itself', () => {
    expect(delayBeforeRetry(rules, { retries: 0, maxRetries: 5, retry: 'never' }, 0)).toBeUndefined();
  });

  it('spreads the wait over its second half, however many retries there were', () => {
    fc.assert(
      fc.property(fc.nat(99_999), fc.double({ min: 0, max: 1, noNaN: true }), (retries, random) => {
        const full = delayBeforeRetry(rules, { retries, maxRetries: 100_000, retry: 'later' }, 1) ?? 0;
        const wait = delayBeforeRetry(rules, { retries, maxRetries: 100_000, retry: 'later' }, random) ?? 0;
        expect(wait).toBeGreaterThanOrEqual(full / 2);
        expect(wait).toBeLessThanOrEqual(full);
        expect(full).toBeLessThanOrEqual(rules.longestMs);
      }),
    );
  });
});
