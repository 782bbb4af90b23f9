/** How often each of a list of things happened. */
export class Occurrences {
  readonly #counts = new Map<string, number>();

  count(what: string, times = 1): void {
    this.#counts.set(what, (this.#counts.get(what) ?? 0) + times);
  }

  of(what: string): number {
    return this.#counts.get(what) ?? 0;
  }

  add(others: Occurrences): void {
    for (const [what, times] of others.#counts) this.count(what, times);
  }

  /** Those of the list that never happened. */
  missing(expected: readonly string[]): readonly string[] {
    return expected.filter((what) => this.of(what) === 0);
  }
}
