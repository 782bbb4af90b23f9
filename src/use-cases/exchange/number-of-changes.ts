import type { Tally } from '../../synchronization/tally.ts';

/** What a Sync says of how much is to come (SyncML Representation 1.2, NumberOfChanges), for progress bars: at most so much; nothing where it is not known. */
export function numberOfChanges({ expected }: Pick<Tally, 'expected'>): { readonly numberOfChanges?: number } {
  return expected > 0 ? { numberOfChanges: expected } : {};
}
