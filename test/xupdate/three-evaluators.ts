import * as libxml2 from 'libxml2-wasm';
import { evaluateXPath } from '../../src/adapters/xpath/evaluate-xpath.ts';
import { defaultXmlLimits } from '../../src/xml/limits.ts';
import { serializeXml } from '../../src/xml/serialize.ts';
import type { XmlDocument } from '../../src/xml/tree.ts';
import { Application } from '../../src/xupdate/application.ts';
import type { FoundNode } from '../../src/xupdate/evaluate-xpath.ts';
import { readExpression } from '../../src/xupdate/expression.ts';
import type { PrefixScope, Profile } from '../../src/xupdate/modifications.ts';
import type { Target } from '../../src/xupdate/select-targets.ts';
import { selectTargets } from '../../src/xupdate/select-targets.ts';
import { WorkingDocument } from '../../src/xupdate/working-tree.ts';
import { XUpdateError } from '../../src/xupdate/xupdate-error.ts';

/** A select, and what its prefixes stand for. */
export interface Written {
  readonly select: string;
  readonly scope: PrefixScope;
}

function pathOf(target: Exclude<Target, { kind: 'attribute' }>): readonly number[] {
  if (target.kind === 'document' || target.parent === undefined) return [];
  return [...pathOf(target.parent), target.parent.children.slots().indexOf(target)];
}

function found(target: Target): FoundNode {
  if (target.kind !== 'attribute') return { path: pathOf(target) };
  const { local, namespace } = target.attribute;
  return { path: pathOf(target.owner), attribute: { namespace, local } };
}

/** What the evaluator finds; the reason where it refuses. */
export function byConcord(
  tree: XmlDocument,
  { select, scope }: Written,
  profile: Profile,
): readonly FoundNode[] | string {
  const application = new Application(new WorkingDocument(tree), {
    profile,
    onEmpty: 'refuse',
    removals: 'at-once',
    evaluate: undefined,
    limits: defaultXmlLimits,
  });
  try {
    return selectTargets(application, readExpression(select, scope, profile)).map(found);
  } catch (error) {
    if (error instanceof XUpdateError) return error.reason;
    throw error;
  }
}

/** What `xpath` finds on a tree of xmldom's. */
export function byXmldom(tree: XmlDocument, { select, scope }: Written): unknown {
  return evaluateXPath({
    expression: select,
    document: tree,
    resolvePrefix: (prefix) => scope.get(prefix),
    variables: new Map(),
  });
}

function libraryPath(node: libxml2.XmlNode): readonly number[] {
  const above = node.get('..');
  return above === null ? [] : [...libraryPath(above), Number(node.eval('count(preceding-sibling::node())'))];
}

/** What libxml2 finds. */
export function byLibxml2(tree: XmlDocument, { select, scope }: Written): readonly FoundNode[] {
  using document = libxml2.XmlDocument.fromString(serializeXml(tree));
  const prefixes = Object.fromEntries([...scope].filter(([prefix]) => prefix !== ''));
  return document.find(select, prefixes).map((node) => {
    if (!(node instanceof libxml2.XmlAttribute)) return { path: libraryPath(node) };
    const owner = node.get('..');
    const attribute = { namespace: node.namespaceUri, local: node.name };
    return { path: owner === null ? [] : libraryPath(owner), attribute };
  });
}
