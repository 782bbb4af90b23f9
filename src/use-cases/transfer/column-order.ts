/**
 * Puts the columns of a table into an order in which each object has its properties in its own order, where there is one; what nothing orders comes as it
 * was first seen. Grows object by object, hence a class.
 */
export class ColumnOrder {
  /** Of each name those that come directly behind it somewhere. */
  readonly #after = new Map<string, Set<string>>();

  /** The names of one object's properties, in its order. */
  add(names: Iterable<string>): void {
    let before: string | undefined;
    for (const name of names) {
      if (!this.#after.has(name)) this.#after.set(name, new Set());
      if (before !== undefined) this.#after.get(before)?.add(name);
      before = name;
    }
  }

  names(): readonly string[] {
    const seen = new Set<string>();
    const order: string[] = [];
    // All that follows a name is put before it, and in the end the whole is turned round.
    const visit = (name: string): void => {
      if (seen.has(name)) return;
      seen.add(name);
      for (const next of [...(this.#after.get(name) ?? [])].reverse()) visit(next);
      order.push(name);
    };
    for (const name of [...this.#after.keys()].reverse()) visit(name);
    return order.reverse();
  }
}
