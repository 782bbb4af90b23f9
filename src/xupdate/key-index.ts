import type { Key, Testable } from './node-test.ts';
import { keyValue } from './node-test.ts';

/** Which elements an index is for: those of a name that have the attribute. */
export interface Indexed {
  readonly local: string;
  readonly namespace: string;
  readonly attribute: Key['attribute'];
}

/** The elements of one name by the value of their key. Nearly all have a value of their own, and stand in the index as they are. Owns the index. */
export class KeyIndex<W extends object & Testable> {
  readonly #indexed: Indexed;
  readonly #found = new Map<string, W | Set<W>>();

  constructor(indexed: Indexed) {
    this.#indexed = indexed;
  }

  isFor(node: Testable): boolean {
    return this.#valueOf(node) !== undefined;
  }

  add(node: W): void {
    const value = this.#valueOf(node);
    if (value === undefined) return;
    const there = this.#found.get(value);
    if (there === undefined) this.#found.set(value, node);
    else if (there instanceof Set) there.add(node);
    else this.#found.set(value, new Set([there, node]));
  }

  delete(node: W): void {
    const value = this.#valueOf(node);
    if (value === undefined) return;
    const there = this.#found.get(value);
    if (there instanceof Set) there.delete(node);
    else if (there === node) this.#found.delete(value);
  }

  /** Those with the value, in no order. */
  withValue(value: string): ReadonlySet<W> {
    const there = this.#found.get(value);
    if (there instanceof Set) return there;
    return new Set(there === undefined ? [] : [there]);
  }

  #valueOf(node: Testable): string | undefined {
    if (node.kind !== 'element' || node.attributes.length === 0) return undefined;
    const { local, namespace, attribute } = this.#indexed;
    return node.local === local && node.namespace === namespace ? keyValue(node.attributes, attribute) : undefined;
  }
}
