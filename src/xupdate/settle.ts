import type { NamespaceScope } from '../xml/namespace-scope.ts';
import type { XmlDeclaration, XmlElement, XmlNode } from '../xml/tree.ts';
import { NOTHING } from '../xml/tree.ts';
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
  // In one order, so that what is needed from outside and what is declared here give one text.
  const declarations = needed.length === 0 ? element.declarations : [...element.declarations, ...needed].sort(byPrefix);
  if (declarations.length > 0) scope.enter(declarations);
  let children: XmlNode[] | undefined;
  for (let at = 0; at < element.children.length; at++) {
    const child = element.children[at];
    if (child === undefined) continue;
    const settled = settleNode(child, destination, depth + 1);
    if (settled !== child) (children ??= [...element.children])[at] = settled;
  }
  if (declarations.length > 0) scope.leave();
  if (children === undefined && needed.length === 0) return element;
  return { ...element, declarations, children: children ?? element.children };
}

/** The declarations that an element's names need where they are not in scope. @throws XUpdateError `prefix` */
export function neededDeclarations(
  element: Pick<XmlElement, 'name' | 'prefix' | 'namespace' | 'attributes' | 'declarations'>,
  scope: NamespaceScope,
): readonly XmlDeclaration[] {
  const { attributes, declarations, prefix, namespace } = element;
  // Most elements are like this, and it is asked of all.
  const isPlain = declarations.length === 0 && scope.resolve(prefix) === namespace && attributes.every(isUnprefixed);
  if (isPlain) return NOTHING;
  const needed: XmlDeclaration[] = [];
  const used = new Map(declarations.map((each) => [each.prefix, each.namespace]));
  const need = (prefix: string, namespace: string): void => {
    const bound = used.get(prefix);
    if (bound === undefined) {
      used.set(prefix, namespace);
      if (scope.resolve(prefix) !== namespace) needed.push({ prefix, namespace });
    } else if (bound !== namespace) {
      throw new XUpdateError('prefix', `the prefix ${prefix} would stand for two namespaces on ${element.name}`);
    }
  };
  need(prefix, namespace);
  for (const each of attributes) if (each.prefix !== '') need(each.prefix, each.namespace);
  return needed;
}

function byPrefix(left: XmlDeclaration, right: XmlDeclaration): number {
  return left.prefix < right.prefix ? -1 : 1;
}

function isUnprefixed({ prefix }: { readonly prefix: string }): boolean {
  return prefix === '';
}
