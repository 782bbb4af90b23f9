import type { XmlDocument, XmlElement } from './tree.ts';

/** What the parser sees of a document in passing, and what takes others a walk over the tree. */
export interface DocumentFacts {
  /** The prefixes that elements below the root declare, `''` for the default namespace; mostly none. */
  readonly declaredInside: ReadonlySet<string>;
  readonly size: DocumentSize | undefined;
}

/** How large a document is at most. */
export interface DocumentSize {
  /** Of its text. */
  readonly characters: number;
  readonly nodes: number;
  /** Elements inside each other. */
  readonly depth: number;
  /** Attributes and declarations of one element. */
  readonly attributes: number;
}

const none: ReadonlySet<string> = new Set();
// Documents never change, so that what was found once holds.
const known = new WeakMap<XmlDocument, DocumentFacts>();

/** Notes the facts of a document that has just been made. */
export function rememberFacts(
  document: XmlDocument,
  {
    declaredInside = none,
    size,
  }: { readonly declaredInside: ReadonlySet<string> | undefined } & Pick<DocumentFacts, 'size'>,
): void {
  known.set(document, { declaredInside, size });
}

/** The facts of a document; its size only where it was parsed. */
export function factsOf(document: XmlDocument): DocumentFacts {
  const facts = known.get(document);
  if (facts !== undefined) return facts;
  const found = { declaredInside: walk(document.root) ?? none, size: undefined };
  known.set(document, found);
  return found;
}

/** Whether anything in the document, its root included, declares a prefix or a default namespace. */
export function declaresNamespaces(document: XmlDocument): boolean {
  return document.root.declarations.length + factsOf(document).declaredInside.size > 0;
}

function walk(element: XmlElement, before?: Set<string>): Set<string> | undefined {
  let found = before;
  for (const child of element.children) {
    if (child.kind !== 'element') continue;
    for (const { prefix } of child.declarations) (found ??= new Set()).add(prefix);
    if (child.children.length > 0) found = walk(child, found);
  }
  return found;
}
