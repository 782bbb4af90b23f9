/** A process of the benchmark of XUpdate: measures lists of one size and of ten times as many records, for each change, with and without ids, and says what it found. */
import type { Growth } from './measure-growth.ts';
import { measureXml } from './measure-xml.ts';
import { Reading } from './reading.ts';
import { listChanges, listPair } from './xml-lists.ts';

const TIMES = 10;

const [count = 0, rounds = 0] = process.argv.slice(2).map(Number);
await using bare = new Reading(false);
await using withNamespaces = new Reading(true);

const growths: Growth[] = [];
for (const change of listChanges) {
  for (const hasIds of [true, false]) {
    // The short ones are done ten times in a round: then both sizes have as many records between two collections of garbage, and the short ones pay for theirs as well.
    const lists = [
      { pairs: [listPair(change, count, hasIds)], repeats: TIMES },
      { pairs: [listPair(change, count * TIMES, hasIds)], repeats: 1 },
    ];
    const [small, large] = await measureXml(lists, { bare, withNamespaces }, rounds);
    if (small !== undefined && large !== undefined) growths.push({ change, hasIds, small, large });
  }
}
process.send?.(growths);
