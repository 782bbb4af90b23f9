import type { Readings, XmlMeasured } from './measure-xml.ts';
import { measureXml } from './measure-xml.ts';
import type { ListChange } from './xml-lists.ts';
import { listChanges, listPair } from './xml-lists.ts';

/** What a list of one size and one ten times as long cost. */
export interface Growth {
  readonly change: ListChange;
  readonly hasIds: boolean;
  readonly small: XmlMeasured;
  readonly large: XmlMeasured;
}

const TIMES = 10;

/**
 * Measures lists of `count` records and of ten times as many, for each change, with and without ids. Both sizes are measured in turn in each round: one after the other, each
 * would have the compiled code, the heap and the machine that it happens to find. The short ones are done ten times in a round: then both sizes have as many records between
 * two collections of garbage, and the short ones pay for theirs as well.
 */
export async function measureGrowth(count: number, readings: Readings, rounds: number): Promise<readonly Growth[]> {
  const growths: Growth[] = [];
  for (const change of listChanges) {
    for (const hasIds of [true, false]) {
      const lists = [
        { pairs: [listPair(change, count, hasIds)], repeats: TIMES },
        { pairs: [listPair(change, count * TIMES, hasIds)], repeats: 1 },
      ];
      const [small, large] = await measureXml(lists, readings, rounds);
      if (small !== undefined && large !== undefined) growths.push({ change, hasIds, small, large });
    }
  }
  return growths;
}
