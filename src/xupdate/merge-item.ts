import type { XmlAttribute, XmlDeclaration, XmlElement, XmlNode } from '../xml/tree.ts';
import { NOTHING } from '../xml/tree.ts';
import type { AlignRules } from './align.ts';
import type { ClashValues, FoundClash } from './clash.ts';
import { clashValues } from './clash.ts';
import type { NodeComparison } from './equality.ts';
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
  /** Whether one side is taken as it is. */
  readonly exact: NodeComparison;
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
  if (publisher === undefined || incoming === undefined)
    return mergeOneSided({ base, publisher, incoming }, merging.rules);
  const taken = takenAsItIs({ base, publisher, incoming }, merging.exact);
  if (taken !== undefined) return { node: taken, clashes: NOTHING };
  if (publisher.kind === 'element' && incoming.kind === 'element' && (base === undefined || base.kind === 'element')) {
    return mergeElements({ base, publisher, incoming }, merging);
  }
  return clashingNodes({ base, publisher, incoming });
}

/** The one side where the other has changed nothing, or both the same. */
function takenAsItIs<T extends Item>(
  { base, publisher, incoming }: { readonly base: T | undefined; readonly publisher: T; readonly incoming: T },
  nodes: NodeComparison,
): T | undefined {
  if (nodes.equal(publisher, incoming)) return publisher;
  if (base !== undefined && nodes.equal(base, incoming)) return publisher;
  return base !== undefined && nodes.equal(base, publisher) ? incoming : undefined;
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

function mergeElements({ base, publisher, incoming }: ElementSides, { rules, inside }: ItemMerging): MergedItem {
  const sides = [publisher, incoming, base ?? publisher];
  const isSame = ({ local, namespace }: XmlElement): boolean =>
    local === publisher.local && namespace === publisher.namespace;
  const declared = mergeDeclarations({ base, publisher, incoming });
  if (declared === undefined || !sides.every(isSame) || !isOfOneMind(sides, declared)) {
    const taken = takenAsItIs({ base, publisher, incoming }, rules.nodes);
    return taken === undefined ? clashingNodes({ base, publisher, incoming }) : { node: taken, clashes: NOTHING };
  }
  const { attributes, clashes, removed } = mergeAttributes({ base, publisher, incoming });
  const declarations = declaringAlso(removed, declared);
  const content = inside({ base: base?.children, publisher: publisher.children, incoming: incoming.children });
  const { name, prefix } = base?.prefix === publisher.prefix ? incoming : publisher;
  const node: XmlElement = { ...publisher, name, prefix, attributes, declarations, children: content.children };
  return { node, clashes: [...clashes, ...content.clashes] };
}

/** Whether a prefix stands for the same namespace wherever it is used on the element, so that it names one attribute there. */
function isOfOneMind(sides: readonly XmlElement[], declared: readonly XmlDeclaration[]): boolean {
  // Most elements are like this.
  if (declared.length === 0 && sides.every(({ attributes }) => attributes.every(({ prefix }) => prefix === '')))
    return true;
  const bound = new Map(declared.map(({ prefix, namespace }) => [prefix, namespace]));
  const agrees = ({ prefix, namespace }: XmlDeclaration): boolean => {
    const before = bound.get(prefix) ?? namespace;
    bound.set(prefix, before);
    return before === namespace;
  };
  return sides.every((each) => agrees(each) && each.attributes.every((one) => one.prefix === '' || agrees(one)));
}

/** The declarations, with the prefixes of attributes that are not there, so that they can be written where a clash is settled. */
function declaringAlso(
  attributes: readonly XmlAttribute[],
  declared: readonly XmlDeclaration[],
): readonly XmlDeclaration[] {
  if (attributes.length === 0) return declared;
  const declarations = [...declared];
  for (const { prefix, namespace } of attributes) {
    if (prefix === '' || prefix === 'xml' || declarations.some((each) => each.prefix === prefix)) continue;
    declarations.push({ prefix, namespace });
  }
  return declarations;
}

interface MergedAttributes {
  readonly attributes: readonly XmlAttribute[];
  readonly clashes: readonly FoundClash[];
  /** Those in the clashes that the publisher has removed. */
  readonly removed: readonly XmlAttribute[];
}

function mergeAttributes({ base, publisher, incoming }: ElementSides): MergedAttributes {
  const attributes: XmlAttribute[] = [];
  const clashes: FoundClash[] = [];
  const removed: XmlAttribute[] = [];
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
    if (standing === 'clash' && ours === undefined) removed.push(attribute);
    const chosen = standing === 'clash' ? ours : standing;
    if (chosen !== undefined) attributes.push(chosen);
  }
  // What comes last is settled first: the attribute that all these places are named by comes before the others.
  const key = selectKey({ attributes })?.attribute;
  const sorted = clashes.toSorted((a, b) => Number(isField(b, key)) - Number(isField(a, key)));
  return { attributes, clashes: sorted, removed };
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
  // A prefix is nobody's edit, either: the other one stands where one side has changed it.
  if (isEqual(ours, theirs)) return before?.prefix === ours?.prefix ? theirs : ours;
  if (hasBase && isEqual(before, theirs)) return ours;
  if (hasBase && isEqual(before, ours)) return theirs;
  if (!hasBase && (ours === undefined || theirs === undefined)) return ours ?? theirs;
  return 'clash';
}

function isEqual(left: XmlAttribute | undefined, right: XmlAttribute | undefined): boolean {
  return left?.value === right?.value;
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
    else if (ours === undefined || theirs === undefined) chosen = ours ?? theirs;
    else return undefined;
    if (chosen !== undefined) merged.push(chosen);
  }
  return merged;
}
