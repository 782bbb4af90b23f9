/** Lets one after the other: what is given to `take` begins when all that was given before has ended, well or not. */
export class Turns {
  #last: Promise<unknown> = Promise.resolve();

  async take<Result>(work: () => Promise<Result>): Promise<Result> {
    const before = this.#last;
    const own = before.then(work, work);
    this.#last = own.catch(() => undefined);
    return own;
  }
}
