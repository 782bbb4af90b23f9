import { NumberTable } from './number-table.ts';

/** A part of two lists of siblings, by index; what it ends before is not in it. */
export interface Range {
  readonly oldFrom: number;
  readonly oldTo: number;
  readonly newFrom: number;
  readonly newTo: number;
}

/** The same of either list. */
export interface Sides<T> {
  readonly olds: T;
  readonly news: T;
}

/** The pairs of the n-th old and the n-th new one of each number, by old place. The children have equal numbers where they may belong together. */
export function pairsInTurn(
  { oldFrom, oldTo, newFrom, newTo }: Range,
  { olds: oldNumbers, news: newNumbers }: Sides<Int32Array>,
): Sides<readonly number[]> {
  const firsts = new NumberTable(newTo - newFrom);
  const nexts = new Int32Array(newTo - newFrom).fill(-1);
  for (let fresh = newTo - 1; fresh >= newFrom; fresh--)
    nexts[fresh - newFrom] = firsts.put(newNumbers[fresh] ?? -1, fresh);
  const olds: number[] = [];
  const news: number[] = [];
  for (let old = oldFrom; old < oldTo; old++) {
    const number = oldNumbers[old] ?? -1;
    const fresh = firsts.get(number);
    if (fresh === -1) continue;
    firsts.put(number, nexts[fresh - newFrom] ?? -1);
    olds.push(old);
    news.push(fresh);
  }
  return { olds, news };
}
