/**
 * Which of the values belong to the longest ascending part of them: their indexes, ascending. No value comes twice. Takes n log n steps.
 */
export function longestIncreasing(values: ArrayLike<number>): readonly number[] {
  const tails = new Int32Array(values.length);
  const before = new Int32Array(values.length);
  let longest = 0;
  for (let at = 0; at < values.length; at++) {
    const value = values[at] ?? 0;
    const last = values[tails[longest - 1] ?? -1];
    // What ascends already is the rule.
    const length = last === undefined || last < value ? longest : lowerBound(tails, longest, { value, values });
    before[at] = length === 0 ? -1 : (tails[length - 1] ?? -1);
    tails[length] = at;
    if (length === longest) longest++;
  }
  const chosen = new Array<number>(longest);
  for (let at = tails[longest - 1] ?? -1; longest > 0; at = before[at] ?? -1) chosen[--longest] = at;
  return chosen;
}

interface Wanted {
  readonly value: number;
  readonly values: ArrayLike<number>;
}

function lowerBound(tails: Int32Array, length: number, { value, values }: Wanted): number {
  let low = 0;
  let high = length;
  while (low < high) {
    const middle = (low + high) >> 1;
    if ((values[tails[middle] ?? -1] ?? Number.POSITIVE_INFINITY) < value) low = middle + 1;
    else high = middle;
  }
  return low;
}
