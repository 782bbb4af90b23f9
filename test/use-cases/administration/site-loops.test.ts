import { describe, expect, it } from 'vitest';
import { StoreError } from '../../../src/errors/concord-error.ts';
import { loopOverSites } from '../../../src/use-cases/administration/site-loops.ts';
import { openMemorySite } from '../../support/memory-site.ts';

/** A clock whose rests are noted and take no time; it stops the loops after so many. */
function restingClock(stop: AbortController, most: number) {
  const rests: number[] = [];
  return {
    rests,
    clock: {
      now: () => 0,
      sleep: async (delayMs: number) => {
        rests.push(delayMs);
        if (rests.length >= most) stop.abort();
        await new Promise(setImmediate);
      },
    },
  };
}

describe('the loops of a process', () => {
  it('rest the longer the more often a step fails, and as ever once it does not', async () => {
    const stop = new AbortController();
    const { clock, rests } = restingClock(stop, 60);
    const context = { ...openMemorySite(), site: 'cps' };
    let runs = 0;
    const faults: unknown[] = [];
    await loopOverSites(
      {
        sites: async () => ['cps'],
        // The step looks at nothing of the site.
        site: async () => context as never,
        clock,
        pollMs: 1000,
        signal: stop.signal,
        reportFault: (error) => faults.push(error),
      },
      [
        async () => {
          runs += 1;
          if (runs <= 8) throw new StoreError('CON-D004', 'damaged');
          return false;
        },
      ],
    );
    expect(faults).toHaveLength(8);
    const ofTheStep = rests.filter((rest) => rest !== 1000);
    expect(ofTheStep).toEqual([2000, 4000, 8000, 16_000, 32_000, 60_000, 60_000, 60_000]);
    expect(runs).toBeGreaterThan(9);
  });
});
