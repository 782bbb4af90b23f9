/** Pairs of an old one and a new one, ascending, by index. */
export type Matches = readonly (readonly [old: number, fresh: number])[];

/** What no match has taken. */
export interface LeftOver {
  readonly olds: readonly number[];
  readonly news: readonly number[];
}

/**
 * The ascending matches of two lists with the greatest sum of weights, a weight of 0 being no match; for short lists, as it looks at every pair. Of matches that are
 * equally good, those of the first ones: what comes, mostly comes at the end.
 */
export function bestMatches(
  [olds, news]: readonly [number, number],
  weigh: (old: number, fresh: number) => number,
): Matches {
  const width = news + 1;
  const best = new Float64Array((olds + 1) * width);
  const isTaken = new Uint8Array(olds * width);
  const at = (old: number, fresh: number): number => best[old * width + fresh] ?? 0;
  for (let old = olds - 1; old >= 0; old--) {
    for (let fresh = news - 1; fresh >= 0; fresh--) {
      const weight = weigh(old, fresh);
      const taken = weight > 0 ? weight + at(old + 1, fresh + 1) : 0;
      const left = Math.max(at(old + 1, fresh), at(old, fresh + 1));
      best[old * width + fresh] = Math.max(taken, left);
      if (weight > 0 && taken >= left) isTaken[old * width + fresh] = 1;
    }
  }
  const matches: (readonly [number, number])[] = [];
  for (let old = 0, fresh = 0; old < olds && fresh < news;) {
    if (isTaken[old * width + fresh] === 1) matches.push([old++, fresh++]);
    else if (at(old, fresh) === at(old, fresh + 1)) fresh++;
    else old++;
  }
  return matches;
}

/** What is left over of two lists of these lengths. */
export function leftOver(matches: Matches, olds: number, news: number): LeftOver {
  const isOld = new Uint8Array(olds);
  const isNew = new Uint8Array(news);
  for (const [old, fresh] of matches) isOld[old] = isNew[fresh] = 1;
  return { olds: zeros(isOld), news: zeros(isNew) };
}

function zeros(taken: Uint8Array): readonly number[] {
  const found: number[] = [];
  for (let at = 0; at < taken.length; at++) if (taken[at] === 0) found.push(at);
  return found;
}
