import { expect, it } from 'vitest';
import { expectedDeeds } from './deeds.ts';
import { expectedFaults, expectedRules } from './observed-rules.ts';
import { Occurrences } from './occurrences.ts';
import { planOf } from './plan.ts';
import { shrink } from './shrink.ts';
import { simulate } from './simulate.ts';

/** Plays the histories of these seeds as one test; of the first that goes wrong it shows the least that still does. */
export function playHistories(first: number, count: number): void {
  it(`ends quiet and equal, with nothing lost, in the histories ${String(first)} to ${String(first + count - 1)}`, async () => {
    const occurrences = new Occurrences();
    for (let seed = first; seed < first + count; seed += 1) {
      const history = await simulate(planOf(seed));
      occurrences.add(history.occurrences);
      if (history.faults.length === 0) continue;
      const least = await shrink(history.plan);
      const trace = least.trace.filter((line) => !line.startsWith(' ')).join('\n');
      expect(history.faults, `npm run simulate -- --seed ${String(seed)} --histories 1\n${trace}`).toEqual([]);
    }
    expect(occurrences.missing([...expectedFaults, ...expectedDeeds, ...expectedRules]), 'never happened').toEqual([]);
  }, 300_000);
}
