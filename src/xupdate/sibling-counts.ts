import type { XmlElement, XmlNode } from '../xml/tree.ts';

/** How many siblings have one name, and how many of them each value of a key. */
interface Named {
  count: number;
  gid: Map<string, number> | undefined;
  id: Map<string, number> | undefined;
}

/** What a name is: what it means, as in a select, or how it is written, as in a place. */
export type Naming = 'meant' | 'written';

/** How many siblings there are of each class that a select can count, while instructions come and go. Owns the counts. */
export class SiblingCounts {
  readonly #naming: Naming;
  readonly #namespaces = new Map<string, Map<string, Named>>();
  readonly #others = { text: 0, comment: 0, 'processing-instruction': 0 };
  #lastLocal = '';
  #lastNamespace = '';
  #last: Named | undefined;

  constructor(naming: Naming = 'meant') {
    this.#naming = naming;
  }

  add(item: XmlNode): void {
    this.#change(item, 1);
  }

  remove(item: XmlNode): void {
    this.#change(item, -1);
  }

  /** How many siblings the select of this item could mean. */
  of(item: XmlNode): number {
    if (item.kind !== 'element') return this.#others[item.kind];
    const named = this.#named(item);
    let byId: number | undefined;
    for (let at = 0; at < item.attributes.length; at++) {
      const each = item.attributes[at];
      if (each?.name === 'gid') return named.gid?.get(each.value) ?? 0;
      if (each?.name === 'id') byId = named.id?.get(each.value) ?? 0;
    }
    return byId ?? named.count;
  }

  #change(item: XmlNode, by: number): void {
    if (item.kind !== 'element') {
      this.#others[item.kind] += by;
      return;
    }
    const named = this.#named(item);
    named.count += by;
    for (let at = 0; at < item.attributes.length; at++) {
      const each = item.attributes[at];
      if (each?.name !== 'gid' && each?.name !== 'id') continue;
      const values = (named[each.name] ??= new Map<string, number>());
      values.set(each.value, (values.get(each.value) ?? 0) + by);
    }
  }

  #named(element: XmlElement): Named {
    const isMeant = this.#naming === 'meant';
    const local = isMeant ? element.local : element.name;
    const namespace = isMeant ? element.namespace : '';
    // Siblings mostly have one name.
    if (local === this.#lastLocal && namespace === this.#lastNamespace && this.#last !== undefined) return this.#last;
    let names = this.#namespaces.get(namespace);
    if (names === undefined) this.#namespaces.set(namespace, (names = new Map<string, Named>()));
    let named = names.get(local);
    if (named === undefined) names.set(local, (named = { count: 0, gid: undefined, id: undefined }));
    this.#lastLocal = local;
    this.#lastNamespace = namespace;
    return (this.#last = named);
  }
}
