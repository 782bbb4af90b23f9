/** Lets one after the other: what is given to `take` begins when all that was given before has ended, well or not. */
export class Turns {
  #last: Promise<unknown> = Promise.resolve();

  async take<Result>(work: () => Promise<Result>): Promise<Result> {
    const before = this.#last;
    const own = before.then(work, work);
    // Only that it has ended is waited for: its result may be large, and the next turn far.
    this.#last = own.then(nothing, nothing);
    return own;
  }
}

function nothing(): void {
  // What was done is its caller's.
}
