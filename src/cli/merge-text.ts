import { join } from 'node:path';
import { changedPlaces } from '../xupdate/changed-places.ts';
import { below, describeChanges } from './diff-text.ts';
import type { NumberedConflict } from './merge-decisions.ts';
import type { MergedFile } from './merge-files.ts';
import type { Paint } from './paint.ts';
import { harmless } from './paint.ts';
import { count } from './table.ts';

/** The conflicts as a numbered list for people, with how to settle them. */
export function describeConflicts(
  conflicts: readonly NumberedConflict[],
  paint: Paint,
  isFolder: boolean,
): readonly string[] {
  if (conflicts.length === 0) return [];
  const blocks = conflicts.flatMap(({ number, file, place, base, publisher, subscriber, stands }) => [
    paint.title(`${number}. ${isFolder ? `${harmless(file)} ` : ''}${harmless(place ?? 'the whole file')}`),
    `   before      ${shown(base)}`,
    `   publisher   ${paint.removed(shown(publisher))}${stands === 'publisher' ? '  (stands)' : ''}`,
    `   subscriber  ${paint.added(shown(subscriber))}${stands === 'subscriber' ? '  (stands)' : ''}`,
  ]);
  return [
    `${count(conflicts.length, 'conflict')}:`,
    ...blocks,
    paint.faint(
      'Merge again with --settle NUMBER=subscriber (or publisher, remove, value:TEXT), or with --conflicts FILE and, once decided there, --decisions FILE.',
    ),
  ];
}

/** What stays in the output folder though the merge no longer has it, with what to do. */
export function describeKept(files: readonly string[], output: string): readonly string[] {
  return files.map(
    (file) =>
      `Warning: ${harmless(join(output, file))} stays, though the merge has no such file any more: what it holds is in none of the three folders. Remove it, or take it over into one of them.`,
  );
}

/** What the merge changes in the publisher's versions, as a list for people. */
export function describeMerge(files: readonly MergedFile[], paint: Paint, isFolder: boolean): readonly string[] {
  return files.flatMap((each) => {
    const lines = describeFile(each, paint);
    return isFolder && lines.length > 0 ? below(each.file, lines, paint) : lines;
  });
}

function describeFile({ sides: { publisher }, merged }: MergedFile, paint: Paint): readonly string[] {
  if (merged === publisher) return [];
  if (merged === undefined) return [paint.removed('goes')];
  if (publisher === undefined) return [paint.added('is new')];
  if (merged instanceof Uint8Array || publisher instanceof Uint8Array) return ['is the subscriber’s'];
  const changes = changedPlaces(publisher, merged);
  return changes.length === 0 ? [] : describeChanges(changes, paint);
}

function shown(value: string | undefined): string {
  return value === undefined ? 'nothing' : JSON.stringify(value);
}
