import type { XmlAttribute, XmlDeclaration, XmlElement, XmlNode } from '../xml/tree.ts';
import { NOTHING } from '../xml/tree.ts';
import type { AlignRules } from './align.ts';
import type { ClashValues, FoundClash } from './clash.ts';
import { clashValues } from './clash.ts';
import { writeFragment } from './fragment.ts';
import type { Item } from './labels.ts';
import { selectKey } from './siblings.ts';

/** One child on each side; undefined where it is not there. */
export interface ItemSides {
  readonly base: Item | undefined;
  readonly publisher: Item | undefined;
  readonly incoming: Item | undefined;
}

/** The children of one element on each side. */
export interface ChildLists {
  readonly base: readonly XmlNode[] | undefined;
  readonly publisher: readonly XmlNode[];
  readonly incoming: readonly XmlNode[];
}

/** Merged children, and the clashes in them. */
export interface MergedChildren {
  readonly children: readonly XmlNode[];
  readonly clashes: readonly FoundClash[];
}

/** What a merge of one child needs. */
export interface ItemMerging {
  readonly rules: AlignRules;
  /** Merges the content of an element. */
  readonly inside: (lists: ChildLists) => MergedChildren;
}

/** The merged child, undefined when it is gone, and the clashes in it. */
export interface MergedItem {
  readonly node: Item | undefined;
  readonly clashes: readonly FoundClash[];
}

/** Merges one child of a list. */
export function mergeItem({ base, publisher, incoming }: ItemSides, merging: ItemMerging): MergedItem {
  const { nodes } = merging.rules;
  if (publisher === undefined || incoming === undefined)
    return mergeOneSided({ base, publisher, incoming }, merging.rules);
  if (nodes.equal(publisher, incoming)) return { node: publisher, clashes: NOTHING };
  if (base !== undefined && nodes.equal(base, incoming)) return { node: publisher, clashes: NOTHING };
  if (base !== undefined && nodes.equal(base, publisher)) return { node: incoming, clashes: NOTHING };
  if (publisher.kind === 'element' && incoming.kind === 'element' && (base === undefined || base.kind === 'element')) {
    return mergeElements({ base, publisher, incoming }, merging.inside);
  }
  return clashingNodes({ base, publisher, incoming });
}

/** Deleted on one side, or there on one side only. What was changed on the other meanwhile clashes. */
function mergeOneSided({ base, publisher, incoming }: ItemSides, { nodes }: AlignRules): MergedItem {
  const there = publisher ?? incoming;
  if (base === undefined || there === undefined) return { node: there, clashes: NOTHING };
  if (nodes.equal(base, there)) return { node: undefined, clashes: NOTHING };
  if (publisher !== undefined) return clashingNodes({ base, publisher, incoming });
  const values = clashValues(writeFragment([base]), undefined, writeFragment([there]));
  return { node: undefined, clashes: [{ trail: [], end: { kind: 'missing', node: there }, values }] };
}

/** The publisher's node stands as a whole. */
function clashingNodes({ base, publisher, incoming }: ItemSides): MergedItem {
  const value = (item: Item | undefined): string | undefined => {
    if (item === undefined) return undefined;
    return item.kind === 'element' || publisher?.kind === 'element' ? writeFragment([item]) : item.text;
  };
  const values = clashValues(value(base), value(publisher), value(incoming));
  return { node: publisher, clashes: [{ trail: [], end: { kind: 'node' }, values }] };
}

interface ElementSides {
  readonly base: XmlElement | undefined;
  readonly publisher: XmlElement;
  readonly incoming: XmlElement;
}

function mergeElements({ base, publisher, incoming }: ElementSides, merge: ItemMerging['inside']): MergedItem {
  const isSame = (other: XmlElement): boolean =>
    other.name === publisher.name && other.namespace === publisher.namespace;
  const declarations = mergeDeclarations({ base, publisher, incoming });
  if (!isSame(incoming) || (base !== undefined && !isSame(base)) || declarations === undefined) {
    return clashingNodes({ base, publisher, incoming });
  }
  const { attributes, clashes } = mergeAttributes({ base, publisher, incoming });
  const inside = merge({ base: base?.children, publisher: publisher.children, incoming: incoming.children });
  const node: XmlElement = { ...publisher, attributes, declarations, children: inside.children };
  return { node, clashes: [...clashes, ...inside.clashes] };
}

interface MergedAttributes {
  readonly attributes: readonly XmlAttribute[];
  readonly clashes: readonly FoundClash[];
}

function mergeAttributes({ base, publisher, incoming }: ElementSides): MergedAttributes {
  const attributes: XmlAttribute[] = [];
  const clashes: FoundClash[] = [];
  const clash = (name: string, values: ClashValues): void => {
    clashes.push({ trail: [], end: { kind: 'field', step: `/@${name}` }, values });
  };
  const added = incoming.attributes.filter((each) => counterpart(publisher, each) === undefined);
  for (const attribute of [...publisher.attributes, ...added]) {
    const before = base === undefined ? undefined : counterpart(base, attribute);
    const ours = counterpart(publisher, attribute);
    const theirs = counterpart(incoming, attribute);
    const standing = chooseAttribute({ before, ours, theirs, hasBase: base !== undefined });
    if (standing === 'clash') clash(attribute.name, clashValues(before?.value, ours?.value, theirs?.value));
    const chosen = standing === 'clash' ? ours : standing;
    if (chosen !== undefined) attributes.push(chosen);
  }
  // What comes last is settled first: the attribute that all these places are named by comes before the others.
  const key = selectKey({ attributes })?.attribute;
  return { attributes, clashes: clashes.toSorted((a, b) => Number(isField(b, key)) - Number(isField(a, key))) };
}

function isField({ end }: FoundClash, name: string | undefined): boolean {
  return end.kind === 'field' && end.step === `/@${name}`;
}

interface AttributeSides {
  readonly before: XmlAttribute | undefined;
  readonly ours: XmlAttribute | undefined;
  readonly theirs: XmlAttribute | undefined;
  readonly hasBase: boolean;
}

function chooseAttribute({ before, ours, theirs, hasBase }: AttributeSides): XmlAttribute | undefined | 'clash' {
  if (isEqual(ours, theirs) || (hasBase && isEqual(before, theirs))) return ours;
  if (hasBase && isEqual(before, ours)) return theirs;
  if (!hasBase && (ours === undefined || theirs === undefined)) return ours ?? theirs;
  return 'clash';
}

function isEqual(left: XmlAttribute | undefined, right: XmlAttribute | undefined): boolean {
  return left?.value === right?.value && left?.name === right?.name;
}

function counterpart(element: XmlElement, { local, namespace }: XmlAttribute): XmlAttribute | undefined {
  return element.attributes.find((each) => each.local === local && each.namespace === namespace);
}

/** Undefined when both sides declare a prefix differently: then the element is one thing. */
function mergeDeclarations({ base, publisher, incoming }: ElementSides): readonly XmlDeclaration[] | undefined {
  if (publisher.declarations.length === 0 && incoming.declarations.length === 0) return publisher.declarations;
  const merged: XmlDeclaration[] = [];
  const prefixes = new Set([...publisher.declarations, ...incoming.declarations].map(({ prefix }) => prefix));
  for (const prefix of prefixes) {
    const find = (element: XmlElement | undefined): XmlDeclaration | undefined =>
      element?.declarations.find((each) => each.prefix === prefix);
    const [before, ours, theirs] = [find(base), find(publisher), find(incoming)];
    let chosen: XmlDeclaration | undefined;
    if (ours?.namespace === theirs?.namespace || before?.namespace === theirs?.namespace) chosen = ours;
    else if (before?.namespace === ours?.namespace) chosen = theirs;
    else return undefined;
    if (chosen !== undefined) merged.push(chosen);
  }
  return merged;
}
