import { NamespaceScope } from './namespace-scope.ts';
import type { XmlDocument, XmlElement, XmlNode } from './tree.ts';
import { NOTHING } from './tree.ts';

// Documents never change, so that what was found once holds. A walk for it takes as long as a third of a parse, and the parser sees it in passing.
const declaredInside = new WeakMap<XmlDocument, ReadonlySet<string>>();
const none: ReadonlySet<string> = new Set();

/** Notes what `prefixesDeclaredInside` will say of a document that has just been made. */
export function rememberDeclarations(document: XmlDocument, prefixes: ReadonlySet<string> | undefined): void {
  declaredInside.set(document, prefixes ?? none);
}

/** The prefixes that elements below the root declare, `''` for the default namespace; mostly none. */
export function prefixesDeclaredInside(document: XmlDocument): ReadonlySet<string> {
  const known = declaredInside.get(document);
  if (known !== undefined) return known;
  let found: Set<string> | undefined;
  const walk = (element: XmlElement): void => {
    for (const child of element.children) {
      if (child.kind !== 'element') continue;
      for (const { prefix } of child.declarations) (found ??= new Set()).add(prefix);
      if (child.children.length > 0) walk(child);
    }
  };
  walk(document.root);
  rememberDeclarations(document, found);
  return found ?? none;
}

/** The document without the declarations that repeat what is in scope: its trees are equal exactly when canonical forms are. */
export function withoutRepeatedDeclarations(document: XmlDocument): XmlDocument {
  const { root } = document;
  const isDeclaredInside = prefixesDeclaredInside(document).size > 0;
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
