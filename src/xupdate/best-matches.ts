/** The ascending matches of two lists with the greatest sum of weights, a weight of 0 being no match; for short lists, as it looks at every pair. */
export function bestMatches(
  [olds, news]: readonly [number, number],
  weigh: (old: number, fresh: number) => number,
): readonly (readonly [old: number, fresh: number])[] {
  const width = news + 1;
  const best = new Float64Array((olds + 1) * width);
  const at = (old: number, fresh: number): number => best[old * width + fresh] ?? 0;
  for (let old = olds - 1; old >= 0; old--) {
    for (let fresh = news - 1; fresh >= 0; fresh--) {
      const weight = weigh(old, fresh);
      const taken = weight > 0 ? weight + at(old + 1, fresh + 1) : 0;
      best[old * width + fresh] = Math.max(taken, at(old + 1, fresh), at(old, fresh + 1));
    }
  }
  const matches: (readonly [number, number])[] = [];
  for (let old = 0, fresh = 0; old < olds && fresh < news;) {
    if (at(old, fresh) === at(old + 1, fresh)) old++;
    else if (at(old, fresh) === at(old, fresh + 1)) fresh++;
    else matches.push([old++, fresh++]);
  }
  return matches;
}
