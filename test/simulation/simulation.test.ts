import { describe, expect, it } from 'vitest';
import { featuresOf, featureSets } from './features.ts';
import { simulate } from './simulate.ts';

const histories = 40;

/** `run.ts` plays thousands, and shows the trace of one. */
describe('in random histories of sites', () => {
  for (const set of featureSets) {
    it(`all sites come to agree and nothing is lost: ${set}`, async () => {
      for (let seed = 1; seed <= histories; seed += 1) {
        const { faults } = await simulate(seed, featuresOf(seed, set));
        expect(faults, `seed ${String(seed)} of ${set}`).toEqual([]);
      }
    }, 120_000);
  }

  it('notices edits that do not travel', async () => {
    const broken: number[] = [];
    for (let seed = 1; seed <= 12; seed += 1) {
      const features = featuresOf(seed, 'edits');
      const { faults } = await simulate(seed, {
        ...features,
        shape: { ...features.shape, settings: { mode: 'pull' } },
      });
      if (faults.length > 0) broken.push(seed);
    }
    expect(broken.length).toBeGreaterThan(3);
  });
});
