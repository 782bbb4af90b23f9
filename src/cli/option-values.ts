import { InvalidArgumentError } from 'commander';

/** Reads a list out of an option that may be repeated, or have several words with commas between; only words that are known. */
export function listOf<Word extends string>(
  words: readonly Word[],
): (text: string, before: unknown) => readonly Word[] {
  return (text, before) => {
    const given = text.split(',').map((word) => word.trim());
    const known = words.filter((word) => given.includes(word));
    const unknown = given.find((word) => !words.some((each) => each === word));
    if (unknown !== undefined) throw new InvalidArgumentError(`“${unknown}” is none of: ${words.join(', ')}.`);
    return [...(Array.isArray(before) ? words.filter((word) => before.includes(word)) : []), ...known];
  };
}

/** Reads names out of an option that may be repeated, or have several with commas between. */
export function namesOf(text: string, before: unknown): readonly string[] {
  const names = text.split(',').map((name) => name.trim());
  // What this function returned for the options before.
  return [...(Array.isArray(before) ? (before as readonly string[]) : []), ...names.filter((name) => name !== '')];
}

/** Reads a whole number from `least` on. */
export function wholeNumber(least: number): (text: string) => number {
  return (text) => {
    const number = Number(text);
    if (/^\d+$/.test(text) && Number.isSafeInteger(number) && number >= least) return number;
    throw new InvalidArgumentError(`A whole number from ${least} on is wanted.`);
  };
}
