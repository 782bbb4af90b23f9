import { withoutRepeatedDeclarations } from '../xml/declarations.ts';
import { declaresNamespaces, factsOf } from '../xml/document-facts.ts';
import { exceededByParts, exceededLimit } from '../xml/exceeded-limit.ts';
import type { XmlLimits } from '../xml/limits.ts';
import { defaultXmlLimits } from '../xml/limits.ts';
import { NamespaceScope } from '../xml/namespace-scope.ts';
import type { XmlDocument, XmlNode } from '../xml/tree.ts';
import { NOTHING } from '../xml/tree.ts';
import type { Clash, FoundClash } from './clash.ts';
import { clashValues, locateClashes } from './clash.ts';
import { equalDeclarations, NodeComparison } from './equality.ts';
import { writeFragment } from './fragment.ts';
import type { KeyRules } from './keys.ts';
import { defaultKeyRules } from './keys.ts';
import { mergeChildren } from './merge-children.ts';
import { settleNode } from './settle.ts';
import { XUpdateError } from './xupdate-error.ts';

export type { Clash } from './clash.ts';

/** What is merged: both sides, and what they were made of; without base, equal parts agree and what one side alone has is added. */
export interface MergeInput {
  readonly base: XmlDocument | undefined;
  readonly publisher: XmlDocument;
  readonly incoming: XmlDocument;
  readonly keys?: KeyRules;
  readonly limits?: XmlLimits;
}

/** The merged document, in which the publisher's value stands where the sides clash, and the clashes in document order. */
export interface Merged {
  readonly document: XmlDocument;
  readonly clashes: readonly Clash[];
}

/**
 * Merges two versions: changes of different things combine, equal changes are one, different changes of one thing clash. Things are
 * attributes, texts, and child elements by key or by content; mixed content that cannot be aligned is one thing (engine.md §5).
 * The result is always well-formed and within the limits; where the two together are not, the whole document is one thing.
 */
export function merge({
  base,
  publisher,
  incoming,
  keys = defaultKeyRules,
  limits = defaultXmlLimits,
}: MergeInput): Merged {
  const exact = new NodeComparison();
  const ours = withoutRepeatedDeclarations(publisher);
  const theirs = withoutRepeatedDeclarations(incoming);
  const before = base === undefined ? undefined : withoutRepeatedDeclarations(base);
  if (equal(ours, theirs, exact) || (before !== undefined && equal(before, theirs, exact)))
    return { document: publisher, clashes: [] };
  if (before !== undefined && equal(before, ours, exact)) return { document: incoming, clashes: [] };
  const sides = before === undefined ? [ours, theirs] : [before, ours, theirs];
  const nodes = areDeclaredAlike(sides) ? exact : new NodeComparison('meant');
  const { children, clashes } = mergeChildren(
    { base: before?.children, publisher: ours.children, incoming: theirs.children },
    { rules: { keys, nodes }, exact, isDocument: true },
  );
  const document = sides.some(declaresNamespaces)
    ? settledWithin(children, limits)
    : joinedWithin(children, sides, limits);
  if (document === undefined) return wholeClash(before, ours, theirs);
  return { document, clashes: locateClashes(document, clashes) };
}

function equal(left: XmlDocument, right: XmlDocument, nodes: NodeComparison): boolean {
  return nodes.equalLists(left.children, right.children);
}

/** Whether each name that means the same is written alike, because the same prefixes are declared on all roots and nowhere else. */
function areDeclaredAlike(documents: readonly XmlDocument[]): boolean {
  const declarations = documents[0]?.root.declarations ?? NOTHING;
  return (
    new Set(declarations.map(({ namespace }) => namespace)).size === declarations.length &&
    documents.every(
      (each) => factsOf(each).declaredInside.size === 0 && equalDeclarations(each.root.declarations, declarations),
    )
  );
}

// Declarations can come from one side and names that need others from the other: what needs more gets it, if that is possible at all.
function settledWithin(children: readonly XmlNode[], limits: XmlLimits): XmlDocument | undefined {
  try {
    const settled = children.map((child) => settleNode(child, { scope: new NamespaceScope(), count: ignore }, 0));
    const document = documentOf(settled);
    return document === undefined || exceededLimit(document, limits) !== undefined ? undefined : document;
  } catch (error) {
    if (error instanceof XUpdateError) return undefined;
    throw error;
  }
}

function joinedWithin(
  children: readonly XmlNode[],
  sides: readonly XmlDocument[],
  limits: XmlLimits,
): XmlDocument | undefined {
  const document = documentOf(children);
  return document === undefined || exceededByParts(document, sides, limits) !== undefined ? undefined : document;
}

function documentOf(nodes: readonly XmlNode[]): XmlDocument | undefined {
  const children = nodes.filter((node) => node.kind !== 'text');
  const root = children.find((node) => node.kind === 'element');
  return root === undefined ? undefined : { root, children };
}

function wholeClash(base: XmlDocument | undefined, publisher: XmlDocument, incoming: XmlDocument): Merged {
  const found: FoundClash = {
    trail: [publisher.children.indexOf(publisher.root)],
    end: { kind: 'node' },
    values: clashValues(
      base === undefined ? undefined : writeFragment([base.root]),
      writeFragment([publisher.root]),
      writeFragment([incoming.root]),
    ),
  };
  return { document: publisher, clashes: locateClashes(publisher, [found]) };
}

function ignore(): void {
  // Nothing is made that was not in one of the documents.
}
