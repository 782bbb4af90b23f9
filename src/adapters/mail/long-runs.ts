/** Where lines of base64 follow one another, from the first character of the first to the last of the last. */
interface Run {
  readonly start: number;
  readonly end: number;
}

/** A mail without its long runs of base64, each of which a mark stands for; and what the marks stand for. */
export interface ShortenedMail {
  readonly mail: Uint8Array;
  /** The octets of a file, as it was before the mail was shortened; decoded in the place where they stand in the mail. A mark counts once, wherever it stands. */
  readonly restored: (octets: Uint8Array) => Uint8Array;
}

const words = 'a long run of base64, number ';
const digitsOfMark = 7;
/** Base64 does not pad it. */
const markLength = words.length + digitsOfMark;
const base64Length = (markLength / 3) * 4;
/** How the base64 of all marks begins: what whole triples make of the words. */
const beginning = base64Of(words.slice(0, words.length - (words.length % 3)));
/** Shorter ones are not worth it. */
const longRun = 64 * 1024;
const newline = 0x0a;
const carriageReturn = 0x0d;
const padding = 0x3d;
const alphabet = 'ABCDEFGHIJKLMNOPQRSTUVWXYZabcdefghijklmnopqrstuvwxyz0123456789+/';
const noDigit = 0xff;
const digits = new Uint8Array(256).fill(noDigit);
for (let digit = 0; digit < alphabet.length; digit += 1) digits[alphabet.charCodeAt(digit)] = digit;

/**
 * Takes the long runs of base64 out of a mail, so that a parser, which goes by lines and keeps each several times, never sees them. What a run is of the mail, the
 * parser alone says: whether it is a file in base64, a part of an armored one, or nothing that counts.
 */
export function shortenMail(mail: Uint8Array): ShortenedMail {
  const runs = longRuns(mail);
  const marks = new Map(runs.map((run, index) => [base64Of(markOf(index)), run]));
  const pieces: Uint8Array[] = [];
  let at = 0;
  for (const [mark, { start, end }] of marks) {
    pieces.push(mail.subarray(at, start), Buffer.from(mark, 'latin1'));
    at = end;
  }
  const restored = (octets: Uint8Array): Uint8Array => {
    if (marks.size === 0 || octets.length > longRun) return octets;
    const text = Buffer.from(octets.buffer, octets.byteOffset, octets.length).toString('latin1');
    const whole = taken(marks, base64Of(text.slice(0, markLength + 1)));
    if (whole !== undefined) return decoded(mail, whole);
    // Once through the file, however many marks there are.
    for (let place = text.indexOf(beginning); place !== -1; place = text.indexOf(beginning, place + 1)) {
      const end = place + base64Length;
      const run = taken(marks, text.slice(place, end));
      if (run === undefined) continue;
      return Buffer.concat([octets.subarray(0, place), mail.subarray(run.start, run.end), octets.subarray(end)]);
    }
    return octets;
  };
  return { mail: runs.length === 0 ? mail : Buffer.concat([...pieces, mail.subarray(at)]), restored };
}

/** What this mark stands for, which counts once. */
function taken(marks: Map<string, Run>, mark: string): Run | undefined {
  const run = marks.get(mark);
  marks.delete(mark);
  return run;
}

function markOf(index: number): string {
  return `${words}${String(index).padStart(digitsOfMark, '0')}`;
}

function base64Of(mark: string): string {
  return Buffer.from(mark, 'latin1').toString('base64');
}

function longRuns(mail: Uint8Array): readonly Run[] {
  const runs: Run[] = [];
  // Numbers, and no object for each line: there are very many.
  let begun = -1;
  let ended = -1;
  const close = (): void => {
    if (begun !== -1 && ended - begun >= longRun) runs.push({ start: begun, end: ended });
    begun = -1;
  };
  for (let start = 0; start < mail.length;) {
    const found = mail.indexOf(newline, start);
    const next = found === -1 ? mail.length : found + 1;
    const end = endOfLine(mail, next, found !== -1);
    const kind = lineKind(mail, start, end);
    if (kind === 'other') close();
    else {
      if (begun === -1) begun = start;
      ended = end;
    }
    // Nothing goes on after padding.
    if (kind === 'last') close();
    start = next;
  }
  close();
  return runs;
}

function endOfLine(mail: Uint8Array, next: number, hasNewline: boolean): number {
  const end = hasNewline ? next - 1 : next;
  return hasNewline && mail[end - 1] === carriageReturn ? end - 1 : end;
}

function lineKind(mail: Uint8Array, start: number, end: number): 'base64' | 'last' | 'other' {
  let at = start;
  while (at < end && digits[mail[at] ?? 0] !== noDigit) at += 1;
  if (at === start) return 'other';
  if (at === end) return 'base64';
  const isPadded = end - at <= 2 && mail.subarray(at, end).every((octet) => octet === padding);
  return isPadded ? 'last' : 'other';
}

function decoded(mail: Uint8Array, { start, end }: Run): Uint8Array {
  // Into the place of what was read: they are fewer. A copy of a large mail would be in memory beside it.
  const octets = mail.subarray(start, end);
  let length = 0;
  let bits = 0;
  let count = 0;
  for (let at = start; at < end; at += 1) {
    const digit = digits[mail[at] ?? 0] ?? noDigit;
    if (digit === noDigit) continue;
    bits = ((bits << 6) | digit) & 0xffffff;
    count += 1;
    if (count < 4) continue;
    octets[length] = bits >> 16;
    octets[length + 1] = (bits >> 8) & 0xff;
    octets[length + 2] = bits & 0xff;
    length += 3;
    bits = 0;
    count = 0;
  }
  if (count >= 2) octets[length++] = (bits >> (count === 2 ? 4 : 10)) & 0xff;
  if (count === 3) octets[length++] = (bits >> 2) & 0xff;
  return octets.subarray(0, length);
}
