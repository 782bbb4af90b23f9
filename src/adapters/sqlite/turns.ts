/** Lets one after the other: what is given to `take` begins when all that was given before has ended, well or not. */
export class Turns {
  #last: Promise<unknown> = Promise.resolve();
  #given = 0;

  /** Whether anything waits behind what has begun. */
  get isWanted(): boolean {
    return this.#given > 1;
  }

  async take<Result>(work: () => Promise<Result>): Promise<Result> {
    const before = this.#last;
    this.#given += 1;
    const own = before.then(work, work);
    // Only that it has ended is waited for: its result may be large, and the next turn far.
    const end = (): void => {
      this.#given -= 1;
    };
    this.#last = own.then(end, end);
    return own;
  }
}
