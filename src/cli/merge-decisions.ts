import { z } from 'zod';
import { RequestError } from '../errors/concord-error.ts';
import { writePlace } from '../xupdate/place.ts';
import { withFileName } from './file-input.ts';
import type { Content, MergeConflict, MergedFile, Side } from './merge-files.ts';

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
  file: z.string(),
  place: z.string().nullable(),
  publisher: z.string().nullable(),
  subscriber: z.string().nullable(),
  keep: z.enum(['publisher', 'subscriber', 'remove']).nullable().optional(),
  value: z.string().optional(),
});
const writtenFile = z.object({ conflicts: z.array(writtenConflict) });

/**
 * The conflicts as a file in which a person decides: `keep` is to be filled in, or a `value` to be added.
 */
export function writeConflicts(conflicts: readonly MergeConflict[]): string {
  const help =
    'To settle a conflict, set its keep to "publisher", "subscriber" or "remove", or add a "value". Then merge again with --decisions and this file.';
  return `${JSON.stringify({ help, conflicts: conflicts.map((each, at) => ({ ...inJson(each, at + 1), keep: null })) }, null, 2)}\n`;
}

/** A conflict as JSON; null for a value that is not there. */
export function inJson(conflict: MergeConflict, number: number): Readonly<Record<string, unknown>> {
  const { file, place, base, publisher, subscriber, stands } = conflict;
  const values = { base: base ?? null, publisher: publisher ?? null, subscriber: subscriber ?? null };
  return { number, file, place: place ?? null, ...values, stands };
}

/**
 * What a person has decided in a file that `writeConflicts` wrote, by the numbers that the conflicts have now.
 * @throws RequestError CON-R014 for what is no such file, CON-R010 when a decided conflict is not there any more
 */
export function readDecisions(
  text: string,
  conflicts: readonly MergeConflict[],
  name: string,
): ReadonlyMap<number, Decision> {
  const decisions = new Map<number, Decision>();
  for (const written of parseDecisions(text, name)) {
    const { file, place, keep, value } = written;
    if (value === undefined && (keep ?? null) === null) continue;
    const at = conflicts.findIndex(
      (each) =>
        each.file === file &&
        (each.place ?? null) === place &&
        (each.publisher ?? null) === written.publisher &&
        (each.subscriber ?? null) === written.subscriber,
    );
    if (at === -1)
      throw new RequestError(
        'CON-R010',
        `${name}: there is no conflict any more between these values at ${place ?? file}`,
      );
    decisions.set(at + 1, value === undefined ? decisionOf(keep ?? '') : { kind: 'value', value });
  }
  return decisions;
}

function parseDecisions(text: string, name: string): z.infer<typeof writtenFile>['conflicts'] {
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
 * @throws RequestError CON-R010 for a number that no conflict has, CON-X001 for a value that is not well-formed where it must be
 */
export function settle(files: readonly MergedFile[], decisions: ReadonlyMap<number, Decision>): readonly MergedFile[] {
  const count = files.reduce((sum, { conflicts }) => sum + conflicts.length, 0);
  for (const number of decisions.keys())
    if (number > count) throw new RequestError('CON-R010', `There is no conflict ${number}: there are ${count}`);
  let first = 1;
  return files.map((file) => {
    const from = first;
    first += file.conflicts.length;
    return settleFile(file, (at) => decisions.get(from + at));
  });
}

function settleFile(file: MergedFile, decisionAbout: (at: number) => Decision | undefined): MergedFile {
  let { merged } = file;
  const left: MergeConflict[] = [];
  for (let at = file.conflicts.length - 1; at >= 0; at--) {
    const conflict = file.conflicts[at];
    const decision = decisionAbout(at);
    if (conflict === undefined) continue;
    if (decision === undefined) left.push(conflict);
    else merged = withFileName(file.file, () => decided(merged, { file, conflict, decision }));
  }
  return { ...file, merged, conflicts: left.reverse() };
}

interface Settling {
  readonly file: MergedFile;
  readonly conflict: MergeConflict;
  readonly decision: Decision;
}

function decided(merged: Content | undefined, { file, conflict, decision }: Settling): Content | undefined {
  const { place, stands } = conflict;
  if (decision.kind === 'keep' && decision.side === stands) return merged;
  if (place === undefined) {
    if (decision.kind === 'keep') return file.sides[decision.side];
    return decision.kind === 'value' ? Buffer.from(decision.value) : undefined;
  }
  // Only documents have conflicts at places.
  if (merged === undefined || merged instanceof Uint8Array) return merged;
  const chosen =
    decision.kind === 'value' ? decision.value : decision.kind === 'keep' ? conflict[decision.side] : undefined;
  return writePlace(merged, place, chosen);
}
