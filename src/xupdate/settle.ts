import type { NamespaceScope } from '../xml/namespace-scope.ts';
import type { XmlDeclaration, XmlElement, XmlNode } from '../xml/tree.ts';
import { XUpdateError } from './xupdate-error.ts';

/** Where nodes are settled: the namespaces in scope there, and what is told of each node and its depth, to be counted. */
export interface Destination {
  readonly scope: NamespaceScope;
  readonly count: (node: XmlNode, depth: number) => void;
}

/**
 * The node as it can stand at the destination: with the declarations that its names need there, and no other added.
 * @throws XUpdateError `prefix` when one prefix would have to stand for two namespaces on one element
 */
export function settleNode(node: XmlNode, destination: Destination, depth: number): XmlNode {
  destination.count(node, depth);
  return node.kind === 'element' ? settleElement(node, destination, depth) : node;
}

function settleElement(element: XmlElement, destination: Destination, depth: number): XmlElement {
  const { scope } = destination;
  const needed = neededDeclarations(element, scope);
  const declarations = needed.length === 0 ? element.declarations : [...element.declarations, ...needed];
  scope.enter(declarations);
  let changed = needed.length > 0;
  const children = element.children.map((child) => {
    const settled = settleNode(child, destination, depth + 1);
    if (settled !== child) changed = true;
    return settled;
  });
  scope.leave();
  return changed ? { ...element, declarations, children } : element;
}

function neededDeclarations(element: XmlElement, scope: NamespaceScope): readonly XmlDeclaration[] {
  const needed: XmlDeclaration[] = [];
  const used = new Map(element.declarations.map(({ prefix, namespace }) => [prefix, namespace]));
  const need = (prefix: string, namespace: string): void => {
    const bound = used.get(prefix);
    if (bound === undefined) {
      used.set(prefix, namespace);
      if (scope.resolve(prefix) !== namespace) needed.push({ prefix, namespace });
    } else if (bound !== namespace) {
      throw new XUpdateError('prefix', `the prefix ${prefix} would stand for two namespaces on ${element.name}`);
    }
  };
  need(element.prefix, element.namespace);
  for (const { prefix, namespace } of element.attributes) if (prefix !== '') need(prefix, namespace);
  return needed;
}
