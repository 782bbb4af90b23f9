import type { XmlNode } from '../xml/tree.ts';
import type { AlignRules } from './align.ts';
import type { FoundClash } from './clash.ts';
import { below, clashValues } from './clash.ts';
import type { NodeComparison } from './equality.ts';
import { writeFragment } from './fragment.ts';
import type { Item } from './labels.ts';
import type { Identity } from './merge-identities.ts';
import { compareItems, identify } from './merge-identities.ts';
import type { ChildLists, ItemSides, MergedChildren, MergedItem } from './merge-item.ts';
import { mergeItem } from './merge-item.ts';
import { mergeOrder } from './merge-order.ts';
import type { Children } from './siblings.ts';
import { splitChildren } from './siblings.ts';

/** What a merge needs everywhere. */
export interface MergeRules {
  /** Which child is which, and whether it holds the same: by what names mean. */
  readonly rules: AlignRules;
  /** Whether one side is taken as it is, prefixes and declarations included. */
  readonly exact: NodeComparison;
  /** The lists are those of the document node, whose root is the root on all sides. */
  readonly isDocument: boolean;
}

/** Merges the content of one element. */
export function mergeChildren(lists: ChildLists, merging: MergeRules): MergedChildren {
  const { base, publisher, incoming } = lists;
  const unchanged = unchangedSide(lists, merging.exact);
  if (unchanged !== undefined) return unchanged;
  const split: SplitLists = {
    base: base === undefined ? undefined : splitChildren(base),
    publisher: splitChildren(publisher),
    incoming: splitChildren(incoming),
  };
  const sides = [split.publisher, split.incoming, ...(split.base === undefined ? [] : [split.base])];
  if (sides.every(({ items }) => items.length === 0)) return mergeText(split);
  if (sides.some(({ items, texts }) => items.length > 0 && texts.some((text) => !/^[ \t\n\r]*$/.test(text)))) {
    return mergeMixed(lists, split, merging);
  }
  if (sides.some(({ texts, items }) => items.length === 0 && !/^[ \t\n\r]*$/.test(texts[0] ?? '')))
    return oneField(lists, merging);
  return mergeList(split, merging);
}

interface SplitLists {
  readonly base: Children | undefined;
  readonly publisher: Children;
  readonly incoming: Children;
}

function mergeText({ base, publisher, incoming }: SplitLists): MergedChildren {
  const [before, ours, theirs] = [base?.texts[0], publisher.texts[0] ?? '', incoming.texts[0] ?? ''];
  const asNodes = (text: string): readonly XmlNode[] => (text === '' ? [] : [{ kind: 'text', text }]);
  // Without base, an empty element is one that lacks what the other has.
  if (before === undefined && ours === '') return { children: asNodes(theirs), clashes: [] };
  if (before === undefined && theirs === '') return { children: asNodes(ours), clashes: [] };
  const clash: FoundClash = {
    trail: [],
    end: { kind: 'field', step: '/text()' },
    values: clashValues(before, ours, theirs),
  };
  return { children: asNodes(ours), clashes: [clash] };
}

/** The other side's children where one has changed nothing, or both the same. */
function unchangedSide({ base, publisher, incoming }: ChildLists, nodes: NodeComparison): MergedChildren | undefined {
  if (nodes.equalLists(publisher, incoming)) return { children: publisher, clashes: [] };
  if (base !== undefined && nodes.equalLists(base, incoming)) return { children: publisher, clashes: [] };
  if (base !== undefined && nodes.equalLists(base, publisher)) return { children: incoming, clashes: [] };
  return undefined;
}

/** The whole content is one thing, and both sides have changed it. */
function oneField(lists: ChildLists, { rules }: MergeRules): MergedChildren {
  const { base, publisher, incoming } = lists;
  const unchanged = unchangedSide(lists, rules.nodes);
  if (unchanged !== undefined) return unchanged;
  if (base === undefined && publisher.length === 0) return { children: incoming, clashes: [] };
  if (base === undefined && incoming.length === 0) return { children: publisher, clashes: [] };
  const values = clashValues(
    base === undefined ? undefined : writeFragment(base),
    writeFragment(publisher),
    writeFragment(incoming),
  );
  return { children: publisher, clashes: [{ trail: [], end: { kind: 'field', step: '/node()' }, values }] };
}

/** Mixed content merges piece by piece where the same pieces stand in the same order everywhere; otherwise it is one thing. */
function mergeMixed(lists: ChildLists, split: SplitLists, merging: MergeRules): MergedChildren {
  const { base, publisher, incoming } = split;
  const count = publisher.items.length;
  if (base === undefined || incoming.items.length !== count || base.items.length !== count)
    return oneField(lists, merging);
  const straight = identify({ base: base.items, publisher: publisher.items, incoming: incoming.items }, merging.rules);
  const isStraight = straight.every((each) => each.base === each.publisher && each.base === each.incoming);
  const texts = publisher.texts.map((ours, at) => threeWay(base.texts[at] ?? '', ours, incoming.texts[at] ?? ''));
  if (!isStraight || texts.includes(undefined)) return oneField(lists, merging);
  const lead = (each: Identity): string => texts[each.base] ?? '';
  return build(straight, split, { merging, lead, tail: texts.at(-1) ?? '', isOrdered: true });
}

/** A list of elements, comments and instructions, with nothing but white space between them. */
function mergeList(split: SplitLists, merging: MergeRules): MergedChildren {
  const { base, publisher, incoming } = split;
  const identities = merging.isDocument
    ? identifyAroundRoot(split, merging.rules)
    : identify({ base: base?.items, publisher: publisher.items, incoming: incoming.items }, merging.rules);
  const lead = (each: Identity): string =>
    blank(base?.texts[each.base], publisher.texts[each.publisher], incoming.texts[each.incoming]);
  const tail = blank(base?.texts.at(-1), publisher.texts.at(-1), incoming.texts.at(-1));
  return build(identities, split, { merging, lead, tail, isOrdered: false });
}

// White space is nobody's edit. Which one stands must only not depend on which side is which.
function blank(before: string | undefined, ours: string | undefined, theirs: string | undefined): string {
  if (ours === undefined || theirs === undefined) return ours ?? theirs ?? '';
  return threeWay(before, ours, theirs) ?? (ours > theirs ? ours : theirs);
}

function threeWay(before: string | undefined, ours: string, theirs: string): string | undefined {
  if (ours === theirs || before === theirs) return ours;
  return before === ours ? theirs : undefined;
}

interface Building {
  readonly merging: MergeRules;
  readonly lead: (identity: Identity) => string;
  readonly tail: string;
  /** The order is the same on all sides. */
  readonly isOrdered: boolean;
}

function build(
  identities: readonly Identity[],
  split: SplitLists,
  { merging, lead, tail, isOrdered }: Building,
): MergedChildren {
  const { rules, exact } = merging;
  const inside = (lists: ChildLists): MergedChildren => mergeChildren(lists, { rules, exact, isDocument: false });
  const items = identities.map((each) => mergeItem(sidesOf(each, split), { rules, exact, inside }));
  const left = items.every(isLeft) ? identities : identities.filter((_, at) => isLeft(items[at]));
  const order = isOrdered
    ? left
    : mergeOrder({ identities: left, hasBase: split.base !== undefined, compare: comparison(split) });
  const nodes: XmlNode[] = [];
  const clashes: FoundClash[] = [];
  const addText = (text: string): void => {
    const last = nodes.at(-1);
    if (text === '') return;
    if (last?.kind === 'text') nodes[nodes.length - 1] = { kind: 'text', text: last.text + text };
    else nodes.push({ kind: 'text', text });
  };
  for (let at = 0; at < order.length; at++) {
    const each = order[at];
    if (each === undefined) continue;
    const item = items[each.number];
    if (item === undefined) continue;
    if (item.node !== undefined) addText(lead(each));
    for (const clash of item.clashes) clashes.push(below(nodes.length, clash));
    if (item.node !== undefined) nodes.push(item.node);
  }
  addText(tail);
  return { children: nodes, clashes };
}

function isLeft(item: MergedItem | undefined): boolean {
  return item !== undefined && (item.node !== undefined || item.clashes.length > 0);
}

function sidesOf(each: Identity, { base, publisher, incoming }: SplitLists): ItemSides {
  return {
    base: base?.items[each.base],
    publisher: publisher.items[each.publisher],
    incoming: incoming.items[each.incoming],
  };
}

function comparison({ publisher, incoming }: SplitLists): (left: Identity, right: Identity) => number {
  const itemOf = (each: Identity): Item | undefined => publisher.items[each.publisher] ?? incoming.items[each.incoming];
  return (left, right) => {
    const [one, other] = [itemOf(left), itemOf(right)];
    return one === undefined || other === undefined ? 0 : compareItems(one, other);
  };
}

// The root is the root, whatever it is called on either side.
function identifyAroundRoot(split: SplitLists, rules: AlignRules): readonly Identity[] {
  const roots = {
    number: 0,
    base: rootOf(split.base),
    publisher: rootOf(split.publisher),
    incoming: rootOf(split.incoming),
  };
  const part = (children: Children, from: number, to: number): readonly Item[] => children.items.slice(from, to);
  const between = (isBefore: boolean): readonly Identity[] => {
    const range = (children: Children, root: number): readonly Item[] =>
      isBefore ? part(children, 0, root) : part(children, root + 1, children.items.length);
    const offset = (root: number): number => (isBefore ? 0 : root + 1);
    const move = (at: number, root: number): number => (at === -1 ? -1 : at + offset(root));
    const base = split.base === undefined ? undefined : range(split.base, roots.base);
    return identify(
      { base, publisher: range(split.publisher, roots.publisher), incoming: range(split.incoming, roots.incoming) },
      rules,
    ).map((each) => ({
      number: 0,
      base: move(each.base, roots.base),
      publisher: move(each.publisher, roots.publisher),
      incoming: move(each.incoming, roots.incoming),
    }));
  };
  return [...between(true), roots, ...between(false)].map((each, number) => ({ ...each, number }));
}

function rootOf(children: Children | undefined): number {
  return children?.items.findIndex(({ kind }) => kind === 'element') ?? -1;
}
