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
 * Measures lists of `count` records and of ten times as many, for each change, with and without ids. The short ones are done ten times in a round: then both sizes have as
 * many records between two collections of garbage, and the short ones pay for theirs as well.
 */
export async function measureGrowth(count: number, readings: Readings, rounds: number): Promise<readonly Growth[]> {
  const growths: Growth[] = [];
  for (const change of listChanges) {
    for (const hasIds of [true, false]) {
      const measure = (size: number, repeats: number): Promise<XmlMeasured> =>
        measureXml([listPair(change, size, hasIds)], readings, { rounds, repeats });
      growths.push({
        change,
        hasIds,
        small: await measure(count, TIMES),
        large: await measure(count * TIMES, 1),
      });
    }
  }
  return growths;
}
