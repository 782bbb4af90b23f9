import { isDeepStrictEqual } from 'node:util';
import { z } from 'zod';
import { RequestError } from '../errors/concord-error.ts';
import { exceededLimit } from '../xml/exceeded-limit.ts';
import type { XmlLimits } from '../xml/limits.ts';
import { parseXml } from '../xml/parse.ts';
import { writePlace } from '../xupdate/place.ts';
import { refusedValue } from '../xupdate/refused-value.ts';
import { withFileName } from './file-input.ts';
import type { Content, MergeConflict, MergedFile, Side } from './merge-files.ts';
import { isXmlFile } from './merge-files.ts';

/** A conflict with the number that it has among all of a merge, whatever becomes of the others: what is settled once is said again with it. */
export interface NumberedConflict extends MergeConflict {
  readonly number: number;
}

/** A merged file with the conflicts that are left. */
export interface SettledFile extends MergedFile {
  readonly conflicts: readonly NumberedConflict[];
}

/** What is to stand instead of a conflict. */
export type Decision =
  | { readonly kind: 'keep'; readonly side: Side }
  | { readonly kind: 'value'; readonly value: string }
  | { readonly kind: 'remove' };

const OPTION = /^([1-9][0-9]*)=(?:(publisher|subscriber|remove)|value:([^]*))$/;

/** The decisions that options make: `2=subscriber`, `2=remove` or `2=value:TEXT`. @throws RequestError CON-C003 */
export function readSettlements(options: readonly string[]): ReadonlyMap<number, Decision> {
  const decisions = new Map<number, Decision>();
  for (const option of options) {
    const [, number, what, value] = OPTION.exec(option) ?? [];
    if (number === undefined)
      throw new RequestError(
        'CON-C003',
        `--settle ${option}: write NUMBER=publisher, NUMBER=subscriber, NUMBER=remove or NUMBER=value:TEXT`,
      );
    decisions.set(Number(number), value === undefined ? decisionOf(what ?? '') : { kind: 'value', value });
  }
  return decisions;
}

function decisionOf(word: string): Decision {
  if (word === 'publisher' || word === 'subscriber') return { kind: 'keep', side: word };
  return { kind: 'remove' };
}

const writtenConflict = z.object({
  number: z.int().optional(),
  file: z.string(),
  place: z.string().nullable(),
  base: z.string().nullable().optional(),
  publisher: z.string().nullable(),
  subscriber: z.string().nullable(),
  keep: z.enum(['publisher', 'subscriber', 'remove']).nullable().optional(),
  value: z.string().optional(),
});
const writtenFile = z.object({ conflicts: z.array(writtenConflict) });
type WrittenConflict = z.infer<typeof writtenConflict>;

/**
 * The conflicts of a merge as a file in which a person decides: `keep` is to be filled in, or a `value` to be added. What is decided already is in it, so that the file
 * can take the place of the one that it was decided in.
 */
export function writeConflicts(conflicts: readonly MergeConflict[], decisions: ReadonlyMap<number, Decision>): string {
  const help =
    'To settle a conflict, set its keep to "publisher", "subscriber" or "remove", or add a "value". Then merge again with --decisions and this file.';
  const written = conflicts.map((each, at) => {
    const number = at + 1;
    return { ...inJson({ ...each, number }), ...decisionInJson(decisions.get(number)) };
  });
  return `${JSON.stringify({ help, conflicts: written }, null, 2)}\n`;
}

function decisionInJson(decision: Decision | undefined): Readonly<Record<string, unknown>> {
  if (decision === undefined) return { keep: null };
  switch (decision.kind) {
    case 'keep':
      return { keep: decision.side };
    case 'remove':
      return { keep: 'remove' };
    case 'value':
      return { keep: null, value: decision.value };
    default:
      return decision satisfies never;
  }
}

/** A conflict as JSON; null for a value that is not there. */
export function inJson(conflict: NumberedConflict): Readonly<Record<string, unknown>> {
  const { number, file, place, base, publisher, subscriber, stands } = conflict;
  const values = { base: base ?? null, publisher: publisher ?? null, subscriber: subscriber ?? null };
  return { number, file, place: place ?? null, ...values, stands };
}

/** The file with decisions, and what it is about. */
export interface DecisionsFile {
  readonly name: string;
  /** Only then the names of files are looked at: one document may be called otherwise the next time. */
  readonly isFolder: boolean;
}

/**
 * What a person has decided in a file that `writeConflicts` wrote, by the numbers that the conflicts have now.
 * @throws RequestError CON-R014 for what is no such file, CON-R020 when a decided conflict is not there any more, cannot be told from another one, or is decided twice
 */
export function readDecisions(
  text: string,
  conflicts: readonly MergeConflict[],
  { name, isFolder }: DecisionsFile,
): ReadonlyMap<number, Decision> {
  const decisions = new Map<number, Decision>();
  const numbered = conflicts.map((each, at): NumberedConflict => ({ ...each, number: at + 1 }));
  const all = parseDecisions(text, name).toSorted((a, b) => (a.number ?? 0) - (b.number ?? 0));
  for (const written of all) {
    const { keep, value } = written;
    if (value === undefined && (keep ?? null) === null) continue;
    const refuse = (why: string): never => {
      throw new RequestError('CON-R020', `${name}: ${why} at ${written.place ?? written.file}`);
    };
    const number = numberNow(written, { all, numbered, isFolder }, refuse);
    const decision: Decision = value === undefined ? decisionOf(keep ?? '') : { kind: 'value', value };
    const before = decisions.get(number);
    if (before !== undefined && !isDeepStrictEqual(before, decision)) refuse(`conflict ${number} is decided twice,`);
    decisions.set(number, decision);
  }
  return decisions;
}

interface Finding {
  readonly all: readonly WrittenConflict[];
  readonly numbered: readonly NumberedConflict[];
  readonly isFolder: boolean;
}

/** Its number now. Conflicts that are equal in all that is known of them are told apart by their order, or by their numbers where some were taken out of the file. */
function numberNow(
  written: WrittenConflict,
  { all, numbered, isFolder }: Finding,
  refuse: (why: string) => never,
): number {
  const fitting = numbered.filter((each) => isSameConflict(written, inFile(each), isFolder));
  const ofSameBase = fitting.filter(({ base }) => (base ?? null) === (written.base ?? null));
  const found = ofSameBase.length > 0 ? ofSameBase : fitting;
  const [first, second] = found;
  if (first === undefined) return refuse('there is no conflict any more between these values');
  if (second === undefined) return first.number;
  const alike = all.filter(
    (each) => isSameConflict(written, each, isFolder) && (each.base ?? null) === (written.base ?? null),
  );
  if (alike.length === found.length) return found[alike.indexOf(written)]?.number ?? first.number;
  const same = found.find(({ number }) => number === written.number);
  return (
    same?.number ??
    refuse(
      `the conflicts ${found.map(({ number }) => number).join(', ')} are alike: give the number of the one that is meant,`,
    )
  );
}

function inFile({ file, place, publisher, subscriber }: MergeConflict): WrittenConflict {
  return { file, place: place ?? null, publisher: publisher ?? null, subscriber: subscriber ?? null };
}

function isSameConflict(one: WrittenConflict, other: WrittenConflict, isFolder: boolean): boolean {
  const isSameFile = !isFolder || one.file === other.file;
  return (
    isSameFile && one.place === other.place && one.publisher === other.publisher && one.subscriber === other.subscriber
  );
}

function parseDecisions(text: string, name: string): readonly WrittenConflict[] {
  let json: unknown;
  try {
    json = JSON.parse(text);
  } catch (cause) {
    throw new RequestError('CON-R014', `${name} is no JSON: ${String(cause)}`, { cause });
  }
  const read = writtenFile.safeParse(json);
  if (read.success) return read.data.conflicts;
  const [issue] = read.error.issues;
  throw new RequestError(
    'CON-R014',
    `${name} is no list of conflicts: ${issue?.path.join('.') ?? ''} ${issue?.message ?? ''}`,
  );
}

/**
 * The files with the decisions carried out; what nobody decided about is as it was. Conflicts are numbered from 1 through all files.
 * @throws RequestError CON-R020 for a number that no conflict has, CON-R021 for a value that cannot stand at its place, CON-X001 for one that cannot be the whole document,
 *   CON-X002 where the document would be beyond a limit
 */
export function settle(files: readonly MergedFile[], settling: Settling): readonly SettledFile[] {
  const { decisions } = settling;
  const count = files.reduce((sum, { conflicts }) => sum + conflicts.length, 0);
  for (const number of decisions.keys())
    if (number > count)
      throw new RequestError('CON-R020', `There is no conflict ${number}: the last one is number ${count}`);
  let first = 1;
  return files.map((file) => {
    const from = first;
    first += file.conflicts.length;
    return withFileName(file.file, () => settleFile(file, from, settling));
  });
}

/** What is settled, and what documents must keep to. */
export interface Settling {
  readonly decisions: ReadonlyMap<number, Decision>;
  readonly limits: XmlLimits;
}

function settleFile(file: MergedFile, first: number, { decisions, limits }: Settling): SettledFile {
  let { merged } = file;
  const left: NumberedConflict[] = [];
  for (let at = file.conflicts.length - 1; at >= 0; at--) {
    const conflict = file.conflicts[at];
    const number = first + at;
    const decision = decisions.get(number);
    if (conflict === undefined) continue;
    if (decision === undefined) left.push({ ...conflict, number });
    else merged = decided(merged, { file, conflict, decision, limits });
  }
  // What was merged is within the limits already.
  const exceeded = merged === file.merged ? undefined : exceededBy(merged, limits);
  if (exceeded !== undefined) throw new RequestError('CON-X002', `The document would have ${exceeded}`);
  return { ...file, merged, conflicts: left.reverse() };
}

function exceededBy(content: Content | undefined, limits: XmlLimits): string | undefined {
  return content === undefined || content instanceof Uint8Array ? undefined : exceededLimit(content, limits);
}

interface Deciding {
  readonly file: MergedFile;
  readonly conflict: MergeConflict;
  readonly decision: Decision;
  readonly limits: XmlLimits;
}

function decided(merged: Content | undefined, { file, conflict, decision, limits }: Deciding): Content | undefined {
  const { place, stands } = conflict;
  if (decision.kind === 'keep' && decision.side === stands) return merged;
  if (place === undefined) {
    if (decision.kind === 'keep') return file.sides[decision.side];
    return decision.kind === 'value' ? wholeFile(file.file, decision.value, limits) : undefined;
  }
  // Only documents have conflicts at places.
  if (merged === undefined || merged instanceof Uint8Array) return merged;
  const chosen =
    decision.kind === 'value' ? decision.value : decision.kind === 'keep' ? conflict[decision.side] : undefined;
  try {
    return writePlace(merged, place, chosen);
  } catch (cause) {
    throw refusedValue(place, cause);
  }
}

function wholeFile(file: string, value: string, limits: XmlLimits): Uint8Array {
  if (isXmlFile(file)) parseXml(value, limits);
  return Buffer.from(value);
}
