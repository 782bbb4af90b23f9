import type { Key, Testable } from './node-test.ts';
import { keyValue } from './node-test.ts';

/** Which elements an index is for: those of a name that have the attribute. */
export interface Indexed {
  readonly local: string;
  readonly namespace: string;
  readonly attribute: Key['attribute'];
}

/** An element that nobody has asked for, by its place in the list when the index was made. */
export type Row = number;

/**
 * The elements of one name by the value of their key. Nearly all have a value of their own. Of those that nobody has asked for only the rows are known, so that nothing is
 * made for them. Owns the index.
 */
export class KeyIndex<W extends object & Testable> {
  readonly #indexed: Indexed;
  readonly #found = new Map<string, Row | W | Set<W>>();

  constructor(indexed: Indexed) {
    this.#indexed = indexed;
  }

  /** Notes an element that nobody has asked for; false where another one has its value, and both have to be asked for. */
  note(node: Testable, row: Row): boolean {
    const value = this.#valueOf(node);
    if (value === undefined) return true;
    if (this.#found.has(value)) return false;
    this.#found.set(value, row);
    return true;
  }

  /** The one with the value, if nobody has asked for it. */
  untouched(value: string): Row | undefined {
    const row = this.#found.get(value);
    return typeof row === 'number' ? row : undefined;
  }

  /** The one that has the same value and was not asked for. */
  untouchedLike(node: Testable): Row | undefined {
    const value = this.#valueOf(node);
    return value === undefined ? undefined : this.untouched(value);
  }

  /** Adds one that somebody has asked for; of a value it takes the place of the one that it was made of. */
  add(node: W): void {
    const value = this.#valueOf(node);
    if (value === undefined) return;
    const there = this.#found.get(value);
    if (there === undefined || typeof there === 'number') this.#found.set(value, node);
    else if (there instanceof Set) there.add(node);
    else if (there !== node) this.#found.set(value, new Set([there, node]));
  }

  delete(node: W): void {
    const value = this.#valueOf(node);
    if (value === undefined) return;
    const there = this.#found.get(value);
    if (there instanceof Set) there.delete(node);
    else if (there === node) this.#found.delete(value);
  }

  /** Those with the value that somebody has asked for, in no order. */
  withValue(value: string): ReadonlySet<W> {
    const there = this.#found.get(value);
    if (there instanceof Set) return there;
    return new Set(there === undefined || typeof there === 'number' ? [] : [there]);
  }

  #valueOf(node: Testable): string | undefined {
    if (node.kind !== 'element' || node.attributes.length === 0) return undefined;
    const { local, namespace, attribute } = this.#indexed;
    return node.local === local && node.namespace === namespace ? keyValue(node.attributes, attribute) : undefined;
  }
}
