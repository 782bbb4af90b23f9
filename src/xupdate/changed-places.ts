import { withoutRepeatedDeclarations } from '../xml/declarations.ts';
import type { XmlDocument, XmlElement, XmlNode } from '../xml/tree.ts';
import type { Aligned, AlignRules, Item } from './align.ts';
import { align, alignRules } from './align.ts';
import { equalDeclarations } from './equality.ts';
import { writeFragment } from './fragment.ts';
import type { KeyRules } from './keys.ts';
import { defaultKeyRules } from './keys.ts';
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
  const list = new ChangeList(alignRules(keys));
  const isRoot = (root: XmlElement) => (node: XmlNode) => node === root;
  const roots = { old: old.children.findIndex(isRoot(old.root)), fresh: fresh.children.findIndex(isRoot(fresh.root)) };
  list.siblings(old.children, fresh.children, { steps: [], oldSteps: [], roots });
  return list.changes;
}

interface Where {
  readonly steps: readonly string[];
  readonly oldSteps: readonly string[];
  readonly roots?: { readonly old: number; readonly fresh: number };
}

/** Collects changes; owns the list. */
class ChangeList {
  readonly changes: PlaceChange[] = [];
  readonly #rules: AlignRules;

  constructor(rules: AlignRules) {
    this.#rules = rules;
  }

  siblings(old: readonly XmlNode[], fresh: readonly XmlNode[], { steps, oldSteps, roots }: Where): void {
    const oldItems = itemsOf(old);
    const newItems = itemsOf(fresh);
    const matches =
      roots === undefined
        ? align(items(oldItems), items(newItems), this.#rules)
        : aroundRoots(old, fresh, { rules: this.#rules, roots });
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
    for (const match of matches) {
      gap(match.old, match.fresh);
      [oldAt, newAt] = [match.old + 1, match.fresh + 1];
      const [left, right] = [oldItems[match.old], newItems[match.fresh]];
      if (match.isEqual || left === undefined || right === undefined) continue;
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

function aroundRoots(
  old: readonly XmlNode[],
  fresh: readonly XmlNode[],
  { rules, roots }: { readonly rules: AlignRules; readonly roots: { readonly old: number; readonly fresh: number } },
): readonly Aligned[] {
  const part = (nodes: readonly XmlNode[]): readonly Item[] => items(itemsOf(nodes));
  const behind = align(part(old.slice(roots.old + 1)), part(fresh.slice(roots.fresh + 1)), rules);
  return [
    ...align(part(old.slice(0, roots.old)), part(fresh.slice(0, roots.fresh)), rules),
    { ...roots, isEqual: false },
    ...behind.map((each) => ({ ...each, old: each.old + roots.old + 1, fresh: each.fresh + roots.fresh + 1 })),
  ];
}

function textOf(element: XmlElement): string {
  return element.children.map((node) => (node.kind === 'text' ? node.text : '')).join('');
}
