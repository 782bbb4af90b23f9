import type { Features } from './simulate.ts';

const shapes = [
  [['P', 'A']],
  [
    ['P', 'A'],
    ['P', 'B'],
  ],
  [
    ['P', 'A'],
    ['P', 'B'],
    ['P', 'C'],
  ],
  [
    ['P', 'H'],
    ['H', 'L'],
  ],
  [
    ['P', 'H'],
    ['H', 'L'],
    ['H', 'M'],
  ],
  [
    ['P', 'A'],
    ['P', 'H'],
    ['H', 'L'],
  ],
  [
    ['P', 'H'],
    ['H', 'J'],
    ['J', 'L'],
  ],
] as const;

/** Names of sets of features, from the tame to the wild. */
export const featureSets = ['edits', 'deletes', 'faults', 'kills', 'moves', 'all'] as const;
export type FeatureSet = (typeof featureSets)[number];

/** What a seed is played with. */
export function featuresOf(seed: number, set: FeatureSet): Features {
  const level = featureSets.indexOf(set);
  const isAll = set === 'all';
  return {
    shape: {
      links: shapes[seed % shapes.length] ?? [],
      maxMessageOctets: isAll && seed % 3 === 0 ? 8_000 : 1_000_000,
      settings: {},
    },
    habits: { deletes: level >= 1, moves: set === 'moves' || isAll, most: 6 },
    faults: set === 'faults' || set === 'kills' || isAll,
    kills: set === 'kills' || isAll,
    meanwhile: set === 'faults' || set === 'kills' || isAll,
    steps: 6 + (seed % 31),
  };
}
