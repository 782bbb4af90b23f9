import { setFlagsFromString } from 'node:v8';
import { runInNewContext } from 'node:vm';
import { canonicalXml } from '../src/xml/canonical.ts';
import { digestOfText } from '../src/xml/digest.ts';
import { parseXml } from '../src/xml/parse.ts';
import { serializeXml } from '../src/xml/serialize.ts';
import { XmlVersions } from '../src/xml/versions.ts';
import { applyModifications } from '../src/xupdate/apply.ts';
import { diff } from '../src/xupdate/diff.ts';
import { merge } from '../src/xupdate/merge.ts';
import { parseModifications } from '../src/xupdate/parse-modifications.ts';
import { processorMs } from './processor-time.ts';
import type { Reading } from './reading.ts';
import type { XmlPair } from './xml-pairs.ts';
import { editedElsewhere } from './xml-pairs.ts';

/** Milliseconds of the processor for all pairs of a set, and what else was found. */
export interface XmlMeasured {
  readonly pairs: number;
  readonly documentOctets: number;
  /** Of both versions. */
  readonly reading: number;
  readonly readingWithNamespaces: number;
  /** Both versions into trees. */
  readonly parse: number;
  /** Both versions parsed, compared, and the difference written. */
  readonly diff: number;
  readonly deltaOctets: number;
  /** How many differences make the later version of the earlier one, white space included. */
  readonly right: number;
  /** Of the earlier version and the difference. */
  readonly applyReading: number;
  /** Both parsed, applied, the result written in its canonical form and digested. */
  readonly apply: number;
  /** Of three versions. */
  readonly mergeReading: number;
  /** Three versions parsed, merged, the result written. */
  readonly merge: number;
}

/** The two threads that read. */
export interface Readings {
  readonly bare: Reading;
  readonly withNamespaces: Reading;
}

/** Pairs that are measured as one. */
export interface PairsMeasured {
  readonly pairs: readonly XmlPair[];
  /** How often in one round, between two collections of what others have left; as the length of the documents asks for unless said. */
  readonly repeats?: number;
}

setFlagsFromString('--expose-gc');
// Holds: the flag has just been set, and a new context has what it exposes.
const collectGarbage = runInNewContext('gc') as (options: { readonly type: 'minor' }) => void;

/**
 * Measures sets of pairs, all of them and everything in turn in each round; what counts is the best of the rounds, for all alike. What others have left is collected before
 * each measurement, but only what is new: a whole collection throws away compiled code as well.
 */
export async function measureXml(
  sets: readonly PairsMeasured[],
  readings: Readings,
  rounds: number,
): Promise<readonly XmlMeasured[]> {
  const measured = sets.map(({ pairs, repeats }) => ready(pairs, repeats));
  for (let round = -1; round < rounds; round++) {
    for (const { works, repeats, found } of measured) {
      const times = await measureRound(works, readings, repeats);
      // The first round warms up.
      if (round >= 0) found.push(times);
    }
  }
  return measured.map(summary);
}

/** A set that is measured, and what each round found. */
interface Measured {
  readonly works: readonly Work[];
  readonly repeats: number;
  readonly documentOctets: number;
  readonly found: Round[];
}

function ready(pairs: readonly XmlPair[], repeats: number | undefined): Measured {
  const works = pairs.map((pair) => workOf(pair));
  const documentOctets = works.reduce((sum, { old, fresh }) => sum + octets(old) + octets(fresh), 0);
  // Short ones are repeated until a clock can measure them.
  const enough = Math.max(1, Math.round(300_000 / documentOctets) * 2);
  return { works, repeats: repeats ?? enough, documentOctets, found: [] };
}

function summary({ works, documentOctets, found }: Measured): XmlMeasured {
  const best = (name: keyof Round): number => Math.min(...found.map((times) => times[name]));
  return {
    pairs: works.length,
    documentOctets,
    reading: best('reading'),
    readingWithNamespaces: best('readingWithNamespaces'),
    parse: best('parse'),
    diff: best('diff'),
    deltaOctets: works.reduce((sum, { delta }) => sum + octets(delta), 0),
    right: works.filter(isRight).length,
    applyReading: best('applyReading'),
    apply: best('apply'),
    mergeReading: best('mergeReading'),
    merge: best('merge'),
  };
}

interface Work extends XmlPair {
  readonly other: string;
  readonly delta: string;
}

function workOf({ old, fresh }: XmlPair): Work {
  return { old, fresh, other: editedElsewhere(old), delta: compared({ old, fresh }) };
}

type Round = Pick<
  XmlMeasured,
  'reading' | 'readingWithNamespaces' | 'parse' | 'diff' | 'applyReading' | 'apply' | 'mergeReading' | 'merge'
>;

async function measureRound(
  works: readonly Work[],
  { bare, withNamespaces }: Readings,
  repeats: number,
): Promise<Round> {
  const both = works.flatMap(({ old, fresh }) => [old, fresh]);
  const deltas = works.flatMap(({ old, delta }) => (delta === '' ? [old] : [old, delta]));
  const three = works.flatMap(({ old, fresh, other }) => [old, fresh, other]);
  return {
    reading: await bare.measure(both, repeats),
    readingWithNamespaces: await withNamespaces.measure(both, repeats),
    parse: timed(works, repeats, ({ old, fresh }) => [parseXml(old), parseXml(fresh)]),
    diff: timed(works, repeats, compared),
    applyReading: await bare.measure(deltas, repeats),
    apply: timed(works, repeats, (work) => digestOfText(applied(work))),
    mergeReading: await bare.measure(three, repeats),
    merge: timed(works, repeats, merged),
  };
}

function timed(works: readonly Work[], repeats: number, run: (work: Work) => unknown): number {
  collectGarbage({ type: 'minor' });
  const start = processorMs();
  let results = 0;
  for (let repeat = 0; repeat < repeats; repeat++) for (const work of works) if (run(work) !== undefined) results += 1;
  const ms = processorMs() - start;
  if (results !== repeats * works.length) throw new Error('something that was measured gave nothing');
  return ms / repeats;
}

function compared({ old, fresh }: XmlPair): string {
  const versions = new XmlVersions();
  return diff(versions.parse(old), versions.parse(fresh));
}

function applied({ old, delta }: Work): string {
  const before = parseXml(old);
  return canonicalXml(delta === '' ? before : applyModifications(before, parseModifications(delta)));
}

function merged({ old, fresh, other }: Work): string {
  const versions = new XmlVersions();
  const base = versions.parse(old);
  return serializeXml(merge({ base, publisher: versions.parse(fresh), incoming: versions.parse(other) }).document);
}

function isRight(work: Work): boolean {
  return applied(work) === canonicalXml(parseXml(work.fresh));
}

function octets(text: string): number {
  return Buffer.byteLength(text);
}
