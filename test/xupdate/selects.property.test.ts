import fc from 'fast-check';
import * as libxml2 from 'libxml2-wasm';
import { describe, expect, it } from 'vitest';
import { evaluateXPath } from '../../src/adapters/xpath/evaluate-xpath.ts';
import { defaultXmlLimits } from '../../src/xml/limits.ts';
import { serializeXml } from '../../src/xml/serialize.ts';
import type { XmlDocument } from '../../src/xml/tree.ts';
import { Application } from '../../src/xupdate/application.ts';
import type { FoundNode } from '../../src/xupdate/evaluate-xpath.ts';
import { readExpression } from '../../src/xupdate/expression.ts';
import type { Profile } from '../../src/xupdate/modifications.ts';
import type { Target } from '../../src/xupdate/select-targets.ts';
import { selectTargets } from '../../src/xupdate/select-targets.ts';
import { WorkingDocument } from '../../src/xupdate/working-tree.ts';
import { XUpdateError } from '../../src/xupdate/xupdate-error.ts';
import { documentAndSelect, selectPrefixes } from './arbitrary-select.ts';

const scope = new Map(Object.entries(selectPrefixes));

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
function byConcord(tree: XmlDocument, select: string, profile: Profile): readonly FoundNode[] | string {
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

function byXmldom(tree: XmlDocument, expression: string): unknown {
  return evaluateXPath({
    expression,
    document: tree,
    resolvePrefix: (prefix) => selectPrefixes[prefix],
    variables: new Map(),
  });
}

function libraryPath(node: libxml2.XmlNode): readonly number[] {
  const above = node.get('..');
  return above === null ? [] : [...libraryPath(above), Number(node.eval('count(preceding-sibling::node())'))];
}

function byLibxml2(tree: XmlDocument, select: string): readonly FoundNode[] {
  using document = libxml2.XmlDocument.fromString(serializeXml(tree));
  return document.find(select, { ...selectPrefixes }).map((node) => {
    if (!(node instanceof libxml2.XmlAttribute)) return { path: libraryPath(node) };
    const owner = node.get('..');
    const attribute = { namespace: node.namespaceUri, local: node.name };
    return { path: owner === null ? [] : libraryPath(owner), attribute };
  });
}

describe('a select of the peers’ grammar', () => {
  it('finds what xpath on xmldom finds, and what libxml2 finds', () => {
    let hits = 0;
    fc.assert(
      fc.property(documentAndSelect, ([tree, select]) => {
        const nodes = byConcord(tree, select, 'tool');
        const context = `${select} in ${serializeXml(tree)}`;
        expect(nodes, context).toEqual(byXmldom(tree, select));
        expect(nodes, context).toEqual(byLibxml2(tree, select));
        if (nodes.length > 0) hits++;
      }),
      { numRuns: 2000 },
    );
    expect(hits).toBeGreaterThan(300);
  });

  it('finds for a peer that one node, or is refused for none or several on the way', () => {
    fc.assert(
      fc.property(documentAndSelect, ([tree, select]) => {
        const nodes = byLibxml2(tree, select);
        const one = byConcord(tree, select, 'peer');
        const context = `${select} in ${serializeXml(tree)}`;
        if (typeof one !== 'string') expect(one, context).toEqual(nodes);
        else if (one === 'select-empty') expect(nodes, context).toEqual([]);
        else expect(one, context).toBe('select-many');
      }),
      { numRuns: 1000 },
    );
  });
});
