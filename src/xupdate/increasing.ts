/** A match of an old place with a new one. */
export type Match = readonly [old: number, fresh: number];

/**
 * The longest part of the matches in which new places grow as old ones do. `matches` come ordered by old place, no place twice.
 * Takes n log n steps.
 */
export function longestIncreasing(matches: readonly Match[]): readonly Match[] {
  const tails: number[] = [];
  const before: number[] = [];
  matches.forEach(([, fresh], at) => {
    const length = lowerBound(tails, fresh, matches);
    before[at] = length === 0 ? -1 : (tails[length - 1] ?? -1);
    tails[length] = at;
  });
  const chosen: Match[] = [];
  for (let at = tails.at(-1) ?? -1; at >= 0; at = before[at] ?? -1) {
    const match = matches[at];
    if (match !== undefined) chosen.push(match);
  }
  return chosen.reverse();
}

function lowerBound(tails: readonly number[], fresh: number, matches: readonly Match[]): number {
  let low = 0;
  let high = tails.length;
  while (low < high) {
    const middle = (low + high) >> 1;
    const tail = matches[tails[middle] ?? -1]?.[1] ?? Number.POSITIVE_INFINITY;
    if (tail < fresh) low = middle + 1;
    else high = middle;
  }
  return low;
}
