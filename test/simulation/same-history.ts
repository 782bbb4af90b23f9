import { expect } from 'vitest';
import type { OpenDisk } from './disk.ts';
import { planOf } from './plan.ts';
import type { History } from './simulate.ts';
import { simulate } from './simulate.ts';

/** Plays the history of a seed on other disks, and expects all that happens on the store of the tests, line by line. */
export async function expectSameHistory(seed: number, openDisk: OpenDisk): Promise<History> {
  const plan = planOf(seed);
  const expected = await simulate(plan, true);
  const history = await simulate(plan, true, openDisk);
  expect(history.faults, `faults of seed ${String(seed)}`).toEqual(expected.faults);
  if (history.digest !== expected.digest) expect(history.trace, `seed ${String(seed)}`).toEqual(expected.trace);
  expect(history.digest, `seed ${String(seed)}`).toBe(expected.digest);
  return history;
}
