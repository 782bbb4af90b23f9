import { nameOfProperty } from '../../objects/property.ts';
import { canonicalXml } from '../../xml/canonical.ts';
import { parseXml } from '../../xml/parse.ts';
import { serializeNodes } from '../../xml/serialize.ts';
import type { XmlDocument, XmlElement, XmlNode } from '../../xml/tree.ts';
import { parsePlace } from '../../xupdate/place.ts';
import { findParent, takeApart } from '../../xupdate/place-steps.ts';

/** A field of a document as people see it: a value, or a group of fields. */
export interface DocumentField {
  /** Where it is: the positions of the children from the root down, `2.0`; an attribute by its name behind, `2@lang`. */
  readonly key: string;
  readonly label: string;
  /** As the document says: `string`, `int`, `lines`; empty where it says nothing. */
  readonly type: string;
  readonly content: FieldContent;
}

/** What is in a field. `xml`: text and elements mixed, or nested too deep to be shown as fields. */
export type FieldContent =
  | { readonly kind: 'text'; readonly text: string }
  | { readonly kind: 'lines'; readonly lines: readonly string[] }
  | { readonly kind: 'group'; readonly fields: readonly DocumentField[] }
  | { readonly kind: 'xml'; readonly xml: string };

/** A document as a page shows it. */
export interface DocumentView {
  /** What the object is called: its title or name, where it has one. */
  readonly title: string | undefined;
  /** What it is: its portal_type, or the name of its root element. */
  readonly kind: string;
  readonly fields: readonly DocumentField[];
  /** There are more fields than are shown. */
  readonly isCut: boolean;
}

const maxFields = 400;
const maxDepth = 6;
const titles = ['title', 'name', 'label', 'subject', 'fn', 'summary'];
/** What names the object or its types is no field of it. */
const structural = new Set(['portal_type', 'type', 'gid', 'id']);

/** A document as fields. @throws ProtocolError for what is no document */
export function viewDocument(document: string): DocumentView {
  const { root } = parseXml(document);
  const walk = { left: maxFields };
  const fields = [
    ...attributesOf(root, ''),
    ...contentOfRoot(root),
    ...(isMixed(root) ? [] : childrenOf(root, '', { walk, depth: 0 })),
  ];
  return { ...headOf(root), fields, isCut: walk.left <= 0 };
}

/** What a document is and what it is called, for lists. */
export function headOfDocument(document: string): Pick<DocumentView, 'title' | 'kind'> {
  return headOf(parseXml(document).root);
}

/** All fields of one value, groups taken apart. */
export function leavesOf(fields: readonly DocumentField[]): readonly DocumentField[] {
  return fields.flatMap((field) => (field.content.kind === 'group' ? leavesOf(field.content.fields) : [field]));
}

/** The key of the field that a place is in; undefined when it is in none. */
export function keyOfPlace(document: string, place: string): string | undefined {
  if (parsePlace(place) === undefined) return undefined;
  const parsed = parseXml(document);
  const { steps, leaf } = takeApart(place);
  const element = findParent(parsed, steps);
  const path = element !== undefined && 'kind' in element ? pathTo(parsed.root, element) : undefined;
  if (path === undefined || leaf?.kind !== 'attribute') return path;
  const attribute = place.slice(place.lastIndexOf('@') + 1);
  return structural.has(attribute) ? path : `${path}@${attribute}`;
}

/**
 * The document with other values in fields of one value, by their keys, and without the fields of the keys that are removed. What is not named stays as it is.
 * @throws ProtocolError CON-X001 for characters that XML cannot hold
 */
export function writeFields(
  document: string,
  values: ReadonlyMap<string, string>,
  removed: ReadonlySet<string> = new Set(),
): string {
  const parsed = parseXml(document);
  const root = rewritten(parsed.root, '', { values, removed });
  return replacedRoot(parsed, root);
}

/** The document with one more property behind the others. */
export function addField(document: string, { name, type, value }: NewField): string {
  const parsed = parseXml(document);
  const isName = /^[A-Za-z_][\w.-]*$/.test(name);
  const attributes = [...(isName ? [] : [plainAttribute('name', name)]), plainAttribute('type', type)];
  const local = isName ? name : 'property';
  const added: XmlElement = {
    kind: 'element',
    name: local,
    prefix: '',
    local,
    namespace: '',
    attributes,
    declarations: [],
    children: type === 'lines' ? itemsOf(value) : textNodes(value),
  };
  return replacedRoot(parsed, { ...parsed.root, children: [...parsed.root.children, added] });
}

/** A property to be added. */
export interface NewField {
  readonly name: string;
  readonly type: string;
  readonly value: string;
}

function headOf(root: XmlElement): Pick<DocumentView, 'title' | 'kind'> {
  const kind = root.attributes.find(({ name }) => name === 'portal_type')?.value ?? root.local;
  for (const wanted of titles) {
    const child = root.children.find(
      (each): each is XmlElement => each.kind === 'element' && nameOfProperty(each).toLowerCase() === wanted,
    );
    const text = child === undefined ? '' : (plainText(child) ?? '').trim();
    if (text !== '') return { title: text.length > 120 ? `${text.slice(0, 120)}…` : text, kind };
  }
  return { title: undefined, kind };
}

/** The key of the text of a root that has nothing but text. */
const rootText = '.';

/** What stands in the root beside elements: its text, or all of it where text and elements are mixed. */
function contentOfRoot(root: XmlElement): readonly DocumentField[] {
  const text = plainText(root) ?? '';
  if (text !== '') return [{ key: rootText, label: root.local, type: '', content: { kind: 'text', text } }];
  if (!isMixed(root)) return [];
  return [{ key: '#', label: root.local, type: '', content: { kind: 'xml', xml: serializeNodes(root.children) } }];
}

function isMixed({ children }: XmlElement): boolean {
  return (
    children.some(({ kind }) => kind === 'element') &&
    children.some((child) => child.kind === 'text' && child.text.trim() !== '')
  );
}

function attributesOf({ attributes }: XmlElement, path: string): readonly DocumentField[] {
  return attributes
    .filter(({ name }) => !structural.has(name) && name !== 'name')
    .map(({ name, value }) => ({
      key: `${path}@${name}`,
      label: name,
      type: '',
      content: { kind: 'text', text: value },
    }));
}

interface Walk {
  readonly walk: { left: number };
  readonly depth: number;
}

function childrenOf(element: XmlElement, path: string, { walk, depth }: Walk): readonly DocumentField[] {
  const fields: DocumentField[] = [];
  for (const [at, child] of element.children.entries()) {
    if (child.kind !== 'element') continue;
    if (walk.left-- <= 0) break;
    const key = path === '' ? String(at) : `${path}.${at}`;
    const type = child.attributes.find(({ name }) => name === 'type')?.value ?? '';
    fields.push({
      key,
      label: nameOfProperty(child),
      type,
      content: contentOf(child, key, { walk, depth: depth + 1 }),
    });
    if (plainText(child) !== undefined) fields.push(...attributesOf(child, key).map(labelled(nameOfProperty(child))));
  }
  return fields;
}

function labelled(name: string): (field: DocumentField) => DocumentField {
  return (field) => ({ ...field, label: `${name}, ${field.label}` });
}

function contentOf(element: XmlElement, key: string, walk: Walk): FieldContent {
  const text = plainText(element);
  if (text !== undefined) return { kind: 'text', text };
  const items = linesOf(element);
  if (items !== undefined) return { kind: 'lines', lines: items };
  if (isMixed(element) || walk.depth > maxDepth) return { kind: 'xml', xml: serializeNodes(element.children) };
  return { kind: 'group', fields: [...attributesOf(element, key), ...childrenOf(element, key, walk)] };
}

/** The text of an element with nothing else in it. */
function plainText({ children }: XmlElement): string | undefined {
  const [first, ...others] = children;
  if (first === undefined) return '';
  return others.length === 0 && first.kind === 'text' ? first.text : undefined;
}

/** The items of a `lines` property. */
function linesOf(element: XmlElement): readonly string[] | undefined {
  if (element.attributes.find(({ name }) => name === 'type')?.value !== 'lines') return undefined;
  const lines: string[] = [];
  for (const child of element.children) {
    const text = child.kind === 'element' && child.name === 'item' ? plainText(child) : undefined;
    if (text === undefined) return undefined;
    lines.push(text);
  }
  return lines;
}

function pathTo(element: XmlElement, wanted: XmlElement): string | undefined {
  if (element === wanted) return '';
  for (const [at, child] of element.children.entries()) {
    const below = child.kind === 'element' ? pathTo(child, wanted) : undefined;
    if (below !== undefined) return below === '' ? String(at) : `${at}.${below}`;
  }
  return undefined;
}

interface Changes {
  readonly values: ReadonlyMap<string, string>;
  readonly removed: ReadonlySet<string>;
}

function rewritten(element: XmlElement, path: string, changes: Changes): XmlElement {
  const attributes = element.attributes.map((attribute) => ({
    ...attribute,
    value: changes.values.get(`${path}@${attribute.name}`) ?? attribute.value,
  }));
  const value = changes.values.get(path === '' ? rootText : path);
  if (value !== undefined) {
    const isLines =
      linesOf(element) !== undefined &&
      element.attributes.some(({ name, value: type }) => name === 'type' && type === 'lines');
    return { ...element, attributes, children: isLines ? itemsOf(value) : textNodes(value) };
  }
  const children = element.children.flatMap((child, at): readonly XmlNode[] => {
    const key = path === '' ? String(at) : `${path}.${at}`;
    if (changes.removed.has(key)) return [];
    return [child.kind === 'element' ? rewritten(child, key, changes) : child];
  });
  return { ...element, attributes, children };
}

function itemsOf(value: string): readonly XmlElement[] {
  const lines = value === '' ? [] : value.replace(/\n$/, '').split('\n');
  return lines.map((line) => ({
    kind: 'element',
    name: 'item',
    prefix: '',
    local: 'item',
    namespace: '',
    attributes: [],
    declarations: [],
    children: textNodes(line),
  }));
}

function textNodes(text: string): readonly XmlNode[] {
  return text === '' ? [] : [{ kind: 'text', text }];
}

function plainAttribute(name: string, value: string): XmlElement['attributes'][number] {
  return { name, prefix: '', local: name, namespace: '', value };
}

function replacedRoot({ children, root }: XmlDocument, changed: XmlElement): string {
  return canonicalXml({ children: children.map((child) => (child === root ? changed : child)), root: changed });
}
