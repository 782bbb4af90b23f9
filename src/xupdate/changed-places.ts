import { withoutRepeatedDeclarations } from '../xml/declarations.ts';
import type { XmlDocument, XmlElement, XmlNode } from '../xml/tree.ts';
import type { Alignment, AlignRules } from './align.ts';
import { align, alignRules } from './align.ts';
import { alignDocuments } from './align-documents.ts';
import { equalDeclarations } from './equality.ts';
import { writeFragment } from './fragment.ts';
import type { KeyRules } from './keys.ts';
import { defaultKeyRules } from './keys.ts';
import type { Item } from './labels.ts';
import type { Place } from './place-steps.ts';
import { ChildSteps, joinSteps } from './place-steps.ts';

/** One field that differs between two documents. A value that is not there on a side is not there here. */
export interface PlaceChange {
  /** In the later document; for what is gone, in the earlier one. */
  readonly place: Place;
  readonly before?: string;
  readonly after?: string;
}

/** What differs between two documents, field by field, in document order: for people to read. Empty when they are canonically equal but for white space between elements. */
export function changedPlaces(
  before: XmlDocument,
  after: XmlDocument,
  keys: KeyRules = defaultKeyRules,
): readonly PlaceChange[] {
  const old = withoutRepeatedDeclarations(before);
  const fresh = withoutRepeatedDeclarations(after);
  const rules = alignRules(keys);
  const list = new ChangeList(rules);
  const alignment = alignDocuments(old, fresh, rules);
  list.siblings(old.children, fresh.children, { steps: [], oldSteps: [], alignment });
  return list.changes;
}

interface Where {
  readonly steps: readonly string[];
  readonly oldSteps: readonly string[];
  /** Where it is known already. */
  readonly alignment?: Alignment;
}

/** Collects changes; owns the list. */
class ChangeList {
  readonly changes: PlaceChange[] = [];
  readonly #rules: AlignRules;

  constructor(rules: AlignRules) {
    this.#rules = rules;
  }

  siblings(old: readonly XmlNode[], fresh: readonly XmlNode[], { steps, oldSteps, alignment }: Where): void {
    const oldItems = itemsOf(old);
    const newItems = itemsOf(fresh);
    const { partners, isEqual } = alignment ?? align(items(oldItems), items(newItems), this.#rules);
    const oldTable = new ChildSteps(old);
    const newTable = new ChildSteps(fresh);
    let [oldAt, newAt] = [0, 0];
    const gap = (oldTo: number, newTo: number): void => {
      for (const { node, index } of oldItems.slice(oldAt, oldTo)) {
        this.changes.push({ place: joinSteps([...oldSteps, oldTable.to(index)]), before: writeFragment([node]) });
      }
      for (const { node, index } of newItems.slice(newAt, newTo)) {
        this.changes.push({ place: joinSteps([...steps, newTable.to(index)]), after: writeFragment([node]) });
      }
    };
    for (const [old, fresh] of partners.entries()) {
      if (fresh === -1) continue;
      gap(old, fresh);
      [oldAt, newAt] = [old + 1, fresh + 1];
      const [left, right] = [oldItems[old], newItems[fresh]];
      if (isEqual[old] === 1 || left === undefined || right === undefined) continue;
      this.#pair(left.node, right.node, {
        steps: [...steps, newTable.to(right.index)],
        oldSteps: [...oldSteps, oldTable.to(left.index)],
      });
    }
    gap(oldItems.length, newItems.length);
  }

  #pair(old: Item, fresh: Item, where: Where): void {
    if (this.#rules.nodes.equal(old, fresh)) return;
    const place = joinSteps(where.steps);
    if (old.kind !== 'element' || fresh.kind !== 'element') {
      if (old.kind !== 'element' && fresh.kind !== 'element')
        this.changes.push({ place, before: old.text, after: fresh.text });
      return;
    }
    if (
      old.name !== fresh.name ||
      old.namespace !== fresh.namespace ||
      !equalDeclarations(old.declarations, fresh.declarations)
    ) {
      this.changes.push({ place, before: writeFragment([old]), after: writeFragment([fresh]) });
      return;
    }
    this.#attributes(old, fresh, where);
    this.#content(old, fresh, where);
  }

  #attributes(old: XmlElement, fresh: XmlElement, { steps, oldSteps }: Where): void {
    for (const { name, value } of old.attributes) {
      const next = fresh.attributes.find((each) => each.name === name);
      if (next === undefined) this.changes.push({ place: joinSteps([...oldSteps, `/@${name}`]), before: value });
      else if (next.value !== value)
        this.changes.push({ place: joinSteps([...steps, `/@${name}`]), before: value, after: next.value });
    }
    for (const { name, value } of fresh.attributes) {
      if (old.attributes.every((each) => each.name !== name))
        this.changes.push({ place: joinSteps([...steps, `/@${name}`]), after: value });
    }
  }

  #content(old: XmlElement, fresh: XmlElement, where: Where): void {
    if (this.#rules.nodes.equalLists(old.children, fresh.children)) return;
    const lists = [old.children, fresh.children];
    if (lists.every((list) => list.every(({ kind }) => kind === 'text'))) {
      const [before, after] = [textOf(old), textOf(fresh)];
      this.changes.push({ place: joinSteps([...where.steps, '/text()']), before, after });
    } else if (lists.some((list) => list.some((node) => node.kind === 'text' && !/^[ \t\n\r]*$/.test(node.text)))) {
      const place = joinSteps([...where.steps, '/node()']);
      this.changes.push({ place, before: writeFragment(old.children), after: writeFragment(fresh.children) });
    } else {
      this.siblings(old.children, fresh.children, where);
    }
  }
}

interface Indexed {
  readonly node: Item;
  readonly index: number;
}

function itemsOf(nodes: readonly XmlNode[]): readonly Indexed[] {
  return nodes.flatMap((node, index) => (node.kind === 'text' ? [] : [{ node, index }]));
}

function items(indexed: readonly Indexed[]): readonly Item[] {
  return indexed.map(({ node }) => node);
}

function textOf(element: XmlElement): string {
  return element.children.map((node) => (node.kind === 'text' ? node.text : '')).join('');
}
