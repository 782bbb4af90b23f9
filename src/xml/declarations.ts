import { NamespaceScope } from './namespace-scope.ts';
import type { XmlDocument, XmlElement, XmlNode } from './tree.ts';

/** The document without the declarations that repeat what is in scope: its trees are equal exactly when canonical forms are. */
export function withoutRepeatedDeclarations(document: XmlDocument): XmlDocument {
  const root = strip(document.root, new NamespaceScope());
  if (root === document.root) return document;
  return { root, children: document.children.map((child) => (child === document.root ? root : child)) };
}

function strip(element: XmlElement, scope: NamespaceScope): XmlElement {
  const declares = element.declarations.length > 0;
  const declarations = declares ? scope.enter(element.declarations) : element.declarations;
  let children: XmlNode[] | undefined;
  for (let at = 0; at < element.children.length; at++) {
    const child = element.children[at];
    if (child?.kind !== 'element') continue;
    const stripped = strip(child, scope);
    if (stripped !== child) (children ??= [...element.children])[at] = stripped;
  }
  if (declares) scope.leave();
  if (children === undefined && declarations === element.declarations) return element;
  return { ...element, declarations, children: children ?? element.children };
}
