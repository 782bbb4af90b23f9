import fc from 'fast-check';
import { parseXml } from '../../src/xml/parse.ts';
import { serializeXml } from '../../src/xml/serialize.ts';
import type { XmlDocument, XmlElement, XmlNode } from '../../src/xml/tree.ts';
import { document } from '../xml/arbitrary-document.ts';

/** One edit: which element (counted in document order, wrapped around), what is done there, and with what. */
interface Edit {
  readonly at: number;
  readonly what: 'text' | 'drop' | 'double' | 'swap' | 'attribute' | 'unset' | 'rename' | 'graft' | 'comment';
  readonly child: number;
  readonly value: string;
}

const edit: fc.Arbitrary<Edit> = fc.record({
  at: fc.nat(30),
  what: fc.constantFrom('text', 'drop', 'double', 'swap', 'attribute', 'unset', 'rename', 'graft', 'comment'),
  child: fc.nat(8),
  value: fc.constantFrom('', '1', '2', 'x', ' ', '\n', `it's "so"`, 'a\rb'),
});

function countElements(element: XmlElement): number {
  return element.children.reduce((sum, child) => sum + (child.kind === 'element' ? countElements(child) : 0), 1);
}

function changeChildren(
  children: readonly XmlNode[],
  { what, child, value }: Edit,
  graft: XmlNode,
): readonly XmlNode[] {
  const at = children.length === 0 ? 0 : child % children.length;
  const next = [...children];
  const here = next[at];
  if (what === 'text') next.splice(at, here?.kind === 'text' ? 1 : 0, { kind: 'text', text: value });
  else if (what === 'drop') next.splice(at, 1);
  else if (what === 'double' && here !== undefined) next.splice(at, 0, here);
  else if (what === 'swap' && here !== undefined) next.push(...next.splice(at, 1));
  else if (what === 'graft') next.splice(at, 0, graft);
  else if (what === 'comment') next.splice(at, 0, { kind: 'comment', text: value.replace('\r', '') });
  return next;
}

function change(element: XmlElement, edit: Edit, graft: XmlNode): XmlElement {
  const name = ['id', 'gid', 'k'][edit.child % 3] ?? 'k';
  const others = element.attributes.filter((attribute) => attribute.name !== name);
  if (edit.what === 'attribute') {
    return { ...element, attributes: [...others, { name, prefix: '', local: name, namespace: '', value: edit.value }] };
  }
  if (edit.what === 'unset') return { ...element, attributes: others };
  if (edit.what === 'rename' && element.prefix === '' && element.namespace === '')
    return { ...element, name: 'z', local: 'z' };
  return { ...element, children: changeChildren(element.children, edit, graft) };
}

function editElement(element: XmlElement, edit: Edit, graft: XmlNode): XmlElement {
  let left = edit.at % countElements(element);
  const visit = (each: XmlElement): XmlElement => {
    if (left-- === 0) return change(each, edit, graft);
    if (left < 0) return each;
    return {
      ...each,
      children: each.children.map((child) => (child.kind === 'element' && left >= 0 ? visit(child) : child)),
    };
  };
  return visit(element);
}

function withRoot(document: XmlDocument, root: XmlElement): XmlDocument {
  return { root, children: document.children.map((child) => (child === document.root ? root : child)) };
}

// Grafts are without namespaces, so that the edited document is well-formed whatever was edited.
const graft = fc.constantFrom(
  ...['<a/>', '<b id="1">t</b>', '<a gid="2"><b/> <c id="1"/></a>'].map((text) => parseXml(text).root),
);

function clean(document: XmlDocument): XmlDocument {
  const text = serializeXml(document);
  try {
    return parseXml(text);
  } catch {
    return document;
  }
}

function isClean(document: XmlDocument): boolean {
  try {
    parseXml(serializeXml(document));
    return true;
  } catch {
    return false;
  }
}

/** A document and the same after a few edits. */
export const editedDocument: fc.Arbitrary<readonly [XmlDocument, XmlDocument]> = fc
  .tuple(document, fc.array(fc.tuple(edit, graft), { minLength: 1, maxLength: 5 }))
  .map(([before, edits]) => {
    const edited = edits.reduce((tree, [each, node]) => withRoot(tree, editElement(tree.root, each, node)), before);
    return [before, clean(edited)] as const;
  })
  .filter(([, after]) => isClean(after));

/** A document with two independent edited versions. */
export const forkedDocument: fc.Arbitrary<readonly [XmlDocument, XmlDocument, XmlDocument]> = fc
  .tuple(document, fc.array(fc.tuple(edit, graft), { maxLength: 4 }), fc.array(fc.tuple(edit, graft), { maxLength: 4 }))
  .map(([base, left, right]) => {
    const apply = (edits: typeof left): XmlDocument =>
      clean(edits.reduce((tree, [each, node]) => withRoot(tree, editElement(tree.root, each, node)), base));
    return [base, apply(left), apply(right)] as const;
  })
  .filter((trees) => trees.every(isClean));

/** Lists of records as people keep them: some with keys, some repeated, indented or not. */
export const records: fc.Arbitrary<XmlDocument> = fc
  .tuple(
    fc.array(
      fc.tuple(
        fc.constantFrom('', ' id="1"', ' id="2"', ' gid="3"', ' id="2" gid="4"'),
        fc.array(fc.constantFrom('a', 'b', 'c'), { maxLength: 3 }),
      ),
      { maxLength: 8 },
    ),
    fc.constantFrom('', '\n', '\n  '),
  )
  .map(([list, indent]) => writeRecords(list, indent));

/** The same, with no key twice among siblings. */
export const keyedRecords: fc.Arbitrary<XmlDocument> = fc
  .tuple(
    fc.uniqueArray(
      fc.tuple(
        fc.constantFrom(' id="1"', ' id="2"', ' gid="3"', ' gid="4"', ' id="5"'),
        fc.array(fc.constantFrom('a', 'b'), { maxLength: 1 }),
      ),
      { selector: ([key]) => key },
    ),
    fc.constantFrom('', '\n  '),
  )
  .map(([list, indent]) => writeRecords(list, indent));

function writeRecords(list: readonly (readonly [string, readonly string[]])[], indent: string): XmlDocument {
  const written = list.map(
    ([key, fields]) => `${indent}<e${key}>${fields.map((field) => `<f>${field}</f>`).join(indent)}</e>`,
  );
  return parseXml(`<r>${written.join('')}${indent === '' ? '' : '\n'}</r>`);
}
