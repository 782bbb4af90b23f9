import { createHash } from 'node:crypto';

/** What happened in a history, line by line; kept only where somebody is to read it. Two histories are the same when their digests are. */
export class Trace {
  readonly lines: string[] = [];
  readonly #hash = createHash('sha256');
  readonly #isKept: boolean;

  constructor(isKept: boolean) {
    this.#isKept = isKept;
  }

  note(line: string): void {
    this.#hash.update(line).update('\n');
    if (this.#isKept) this.lines.push(line.replace(/x{50,}/g, 'x…'));
  }

  /** Of all lines so far. */
  digest(): string {
    return this.#hash.copy().digest('base64url');
  }
}
