import type { PlaceChange } from '../xupdate/changed-places.ts';
import type { Paint } from './paint.ts';
import { harmless } from './paint.ts';

const shownNames = 10;

/** Changes as a list for people: each place, then what was there and what is there now. */
export function describeChanges(changes: readonly PlaceChange[], paint: Paint): readonly string[] {
  if (changes.length === 0) return ['only white space between elements differs'];
  return changes.flatMap(({ place, before, after }) => [
    paint.title(harmless(place)),
    ...(before === undefined ? [] : marked('-', before).map(paint.removed)),
    ...(after === undefined ? [] : marked('+', after).map(paint.added)),
  ]);
}

/** The lines of a value, each with the mark. */
function marked(mark: string, value: string): readonly string[] {
  // What cannot be seen has to be told.
  const text = value.trim() === '' ? JSON.stringify(value) : harmless(value);
  return text.split('\n').map((line) => `  ${mark} ${line}`);
}

/** Lines that belong to a file. */
export function below(file: string, lines: readonly string[], paint: Paint): readonly string[] {
  return [paint.title(`${file}:`), ...lines.map((line) => `  ${line}`)];
}

/** What was not looked into, for people: a few names say which kind of thing it is. */
export function describeLeftOut(names: readonly string[]): readonly string[] {
  if (names.length === 0) return [];
  const rest = names.length > shownNames ? ` and ${names.length - shownNames} more` : '';
  const shown = names.slice(0, shownNames).map(harmless).join(', ');
  return [`Left out (symbolic links, what is no file, names that begin with a dot): ${shown}${rest}`];
}

/** What was taken out of a folder of deltas. */
export function describeRemoved(files: readonly string[]): readonly string[] {
  return files.length === 0 ? [] : [`Removed, as left by an earlier comparison: ${files.map(harmless).join(', ')}`];
}

/** Lines as they are printed. */
export function joinLines(lines: readonly string[]): string {
  return lines.map((line) => `${line}\n`).join('');
}
