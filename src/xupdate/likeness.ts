import type { Traits } from './sibling-traits.ts';

/** How much two nodes of the same label are alike, from 1 to 9: by the part of their traits that both have. */
export function likeness(left: Traits, right: Traits): number {
  let common = 0;
  for (let one = 0, other = 0; one < left.length && other < right.length;) {
    const [here, there] = [left[one] ?? 0, right[other] ?? 0];
    if (here === there) common++;
    if (here <= there) one++;
    if (here >= there) other++;
  }
  return 1 + (8 * common) / Math.max(left.length, right.length, 1);
}
