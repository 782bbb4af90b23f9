import { describe, expect, it } from 'vitest';
import { isWithin } from './cost.ts';
import { featuresOf } from './features.ts';
import { cheapSync } from './observed-rules.ts';
import { planOf } from './plan.ts';
import { simulate } from './simulate.ts';

const quiet = { read: 10, changes: 8, requests: 1, full: 0 };

describe('the cost of a sync', () => {
  it('does not grow with what nobody touches', async () => {
    const { faults, occurrences } = await simulate(planOf(3, { ...featuresOf(3, ['deletes', 'crowd']), steps: 10 }));
    expect(faults).toEqual([]);
    expect(occurrences.of(cheapSync)).toBeGreaterThan(0);
  });

  it('is too high for a quiet sync that reads all that is there', () => {
    expect(isWithin(quiet)).toBe(true);
    expect(isWithin({ ...quiet, read: 130 })).toBe(false);
  });

  it('is too high for one that asks again and again', () => {
    expect(isWithin({ ...quiet, requests: 6 })).toBe(false);
    expect(isWithin({ ...quiet, requests: 6, full: 1 })).toBe(true);
  });
});
