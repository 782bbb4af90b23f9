import type { XmlElement, XmlNode } from '../xml/tree.ts';
import type { NodeComparison } from './equality.ts';
import { equalDeclarations } from './equality.ts';
import type { KeyRules } from './keys.ts';
import { keyOfElement } from './keys.ts';
import type { Naming } from './sibling-counts.ts';

/** A child that is no text. */
export type Item = Exclude<XmlNode, { kind: 'text' }>;

/** The numbers of elements of one name: of those without key, and of each key that was seen. */
interface Named {
  bare: number;
  readonly keyed: Map<string, Map<string, number>>;
}

/**
 * Gives nodes numbers that are equal for equal labels: kind and name, declarations and key; where names are what they mean, without prefix and declarations. Only what has
 * the same label can live on as each other. Owns the labels that it has seen. Long lists are labelled often, so that no text is put together for a label.
 */
export class Labels {
  readonly #rules: KeyRules;
  readonly #naming: Naming;
  readonly #namespaces = new Map<string, Map<string, Named>>();
  readonly #others = new Map<string, number>();
  #lastName = '';
  #lastNamespace = '';
  #last: Named | undefined;
  /** How many labels were seen. */
  count = 0;

  constructor(rules: KeyRules, naming: Naming) {
    this.#rules = rules;
    this.#naming = naming;
  }

  /** The numbers of a list of nodes. */
  ofAll(items: readonly Item[]): Int32Array {
    const labels = new Int32Array(items.length);
    for (let at = 0; at < labels.length; at++) {
      const item = items[at];
      if (item !== undefined) labels[at] = this.of(item);
    }
    return labels;
  }

  /** The number of a node's label. */
  of(item: Item): number {
    if (item.kind === 'comment') return this.#other('#comment');
    if (item.kind === 'processing-instruction') return this.#other(`#instruction ${item.target}`);
    const key = keyOfElement(item, this.#rules);
    if (item.declarations.length > 0 && this.#naming === 'written') {
      const declared = item.declarations.map(({ prefix, namespace }) => `${prefix}=${namespace}`).sort();
      return this.#other([item.name, item.namespace, key?.name, key?.value, ...declared].join('\n'));
    }
    const named = this.#named(item);
    if (key === undefined) return named.bare === -1 ? (named.bare = this.count++) : named.bare;
    let values = named.keyed.get(key.name);
    if (values === undefined) named.keyed.set(key.name, (values = new Map<string, number>()));
    return this.#in(values, key.value);
  }

  #named(element: XmlElement): Named {
    const { namespace } = element;
    const name = this.#naming === 'written' ? element.name : element.local;
    // Siblings mostly have one name.
    if (name === this.#lastName && namespace === this.#lastNamespace && this.#last !== undefined) return this.#last;
    let names = this.#namespaces.get(namespace);
    if (names === undefined) this.#namespaces.set(namespace, (names = new Map<string, Named>()));
    let named = names.get(name);
    if (named === undefined) names.set(name, (named = { bare: -1, keyed: new Map() }));
    this.#lastName = name;
    this.#lastNamespace = namespace;
    return (this.#last = named);
  }

  #other(label: string): number {
    return this.#in(this.#others, label);
  }

  #in(labels: Map<string, number>, label: string): number {
    let number = labels.get(label);
    if (number === undefined) labels.set(label, (number = this.count++));
    return number;
  }
}

/** Whether two nodes have the same label. */
export function haveSameLabel(
  left: Item,
  right: Item,
  { keys, nodes }: { readonly keys: KeyRules; readonly nodes: NodeComparison },
): boolean {
  if (left.kind !== 'element' || right.kind !== 'element') {
    if (left.kind !== right.kind) return false;
    return left.kind !== 'processing-instruction' || right.kind !== left.kind || left.target === right.target;
  }
  if (left.local !== right.local || left.namespace !== right.namespace) return false;
  const [one, other] = [keyOfElement(left, keys), keyOfElement(right, keys)];
  if (one?.name !== other?.name || one?.value !== other?.value) return false;
  return (
    nodes.naming === 'meant' ||
    (left.prefix === right.prefix && equalDeclarations(left.declarations, right.declarations))
  );
}

/** Where a label comes in two lists: not in both, once in each, or in both and more often than once in one. */
export const commonness = { none: 0, unique: 1, repeated: 2 } as const;

/** For each label its commonness. */
export function commonLabels(olds: Int32Array, news: Int32Array, count: number): Uint8Array {
  const oldCounts = new Uint32Array(count);
  const newCounts = new Uint32Array(count);
  for (const label of olds) oldCounts[label] = (oldCounts[label] ?? 0) + 1;
  for (const label of news) newCounts[label] = (newCounts[label] ?? 0) + 1;
  const common = new Uint8Array(count);
  for (let label = 0; label < count; label++) {
    const [old, fresh] = [oldCounts[label] ?? 0, newCounts[label] ?? 0];
    if (old > 0 && fresh > 0) common[label] = old + fresh === 2 ? commonness.unique : commonness.repeated;
  }
  return common;
}
