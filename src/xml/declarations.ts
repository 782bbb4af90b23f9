import { factsOf } from './document-facts.ts';
import { NamespaceScope } from './namespace-scope.ts';
import type { XmlDocument, XmlElement, XmlNode } from './tree.ts';
import { NOTHING } from './tree.ts';

/** The document without the declarations that repeat what is in scope: its trees are equal exactly when canonical forms are. */
export function withoutRepeatedDeclarations(document: XmlDocument): XmlDocument {
  const { root } = document;
  const isDeclaredInside = factsOf(document).declaredInside.size > 0;
  if (root.declarations.length === 0 && !isDeclaredInside) return document;
  const stripped = strip(root, new NamespaceScope(), isDeclaredInside);
  if (stripped === root) return document;
  return { root: stripped, children: document.children.map((child) => (child === root ? stripped : child)) };
}

function strip(element: XmlElement, scope: NamespaceScope, isDeep: boolean): XmlElement {
  const declares = element.declarations.length > 0;
  const declarations = declares ? scope.enter(element.declarations) : NOTHING;
  let children: XmlNode[] | undefined;
  for (let at = 0; isDeep && at < element.children.length; at++) {
    const child = element.children[at];
    if (child?.kind !== 'element') continue;
    const stripped = strip(child, scope, isDeep);
    if (stripped !== child) (children ??= [...element.children])[at] = stripped;
  }
  if (declares) scope.leave();
  if (children === undefined && declarations.length === element.declarations.length) return element;
  return { ...element, declarations, children: children ?? element.children };
}
