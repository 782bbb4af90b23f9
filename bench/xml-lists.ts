import type { XmlPair } from './xml-pairs.ts';

/** What became of a list. */
export type ListChange = (typeof listChanges)[number];

/** All changes of lists that are measured. */
export const listChanges = ['edited', 'reversed', 'shuffled', 'alike', 'different'] as const;

/** A list of records before and after a change, with or without ids. */
export function listPair(change: ListChange, count: number, hasIds: boolean): XmlPair {
  const numbers = Array.from({ length: count }, (_, at) => at);
  const write = (records: readonly string[]): string => `<records>\n${records.join('')}</records>\n`;
  const old = numbers.map((number) => record(change === 'alike' ? 0 : number, hasIds ? number : undefined, ''));
  const fresh = numbers.map((number) =>
    record(
      change === 'alike' ? 0 : number,
      hasIds ? number + (change === 'different' ? count : 0) : undefined,
      change === 'different' || (change === 'edited' && number % 100 === 7) ? '+' : '',
    ),
  );
  return { old: write(old), fresh: write(changed(change, fresh)) };
}

function changed(change: ListChange, records: readonly string[]): readonly string[] {
  switch (change) {
    case 'edited':
    case 'different':
      return records;
    case 'reversed':
      return records.toReversed();
    case 'shuffled':
      return shuffled(records);
    case 'alike':
      // Of what is all the same, some are gone and others are there twice.
      return records.flatMap((each, at) => (at % 10 === 3 ? [] : at % 10 === 6 ? [each, each] : [each]));
    default:
      return change satisfies never;
  }
}

function record(number: number, id: number | undefined, mark: string): string {
  const name = `<name>Record ${number}${mark}</name><city>City ${number % 997}${mark}</city>`;
  const start = id === undefined ? '<record>' : `<record id="r${id}">`;
  return `  ${start}${name}<quantity>${(number * 7) % 101}${mark}</quantity></record>\n`;
}

/** In an order that is always the same: by a linear congruence (Numerical Recipes). */
function shuffled(records: readonly string[]): readonly string[] {
  const mixed = [...records];
  let state = 7;
  for (let at = mixed.length - 1; at > 0; at--) {
    state = (Math.imul(state, 1_664_525) + 1_013_904_223) >>> 0;
    const other = state % (at + 1);
    const [one, two] = [mixed[at], mixed[other]];
    if (one === undefined || two === undefined) continue;
    mixed[at] = two;
    mixed[other] = one;
  }
  return mixed;
}
