import { withoutRepeatedDeclarations } from '../xml/declarations.ts';
import { NamespaceScope } from '../xml/namespace-scope.ts';
import type { XmlAttribute, XmlDocument, XmlElement, XmlNode } from '../xml/tree.ts';
import { checkCharacters, checkComment, checkInstruction } from './characters.ts';
import { constructedName, instructionTarget } from './constructed-name.ts';
import { readFragment, writeFragment } from './fragment.ts';
import { isBlank } from './parse-template.ts';
import type { ParsedPlace, Place } from './place-steps.ts';
import { findChild, findParent, takeApart, writtenName } from './place-steps.ts';
import type { ElementStep } from './select.ts';
import { settleNode } from './settle.ts';
import { XUpdateError } from './xupdate-error.ts';

export { changedPlaces } from './changed-places.ts';
export { parsePlace } from './place-steps.ts';
export type { Place } from './place-steps.ts';

/** What stands at the place; undefined when there is nothing. @throws XUpdateError `select-syntax` for what is no place */
export function readPlace(document: XmlDocument, place: Place): string | undefined {
  const { steps, leaf } = takeApart(place);
  const at = findParent(document, steps);
  if (at === undefined) return undefined;
  if (leaf === undefined) return 'kind' in at ? writeFragment([at]) : writeFragment(document.children);
  switch (leaf.kind) {
    case 'attribute':
      return 'kind' in at ? at.attributes.find(({ name }) => name === writtenName(leaf))?.value : undefined;
    case 'text':
      if (leaf.position === undefined && at.children.every(({ kind }) => kind === 'text')) return textOf(at.children);
      break;
    case 'content':
      return writeFragment(at.children);
    case 'gap':
      return undefined;
    case 'comment':
    case 'processing-instruction':
      break;
    default:
      return leaf satisfies never;
  }
  const found = at.children[indexOfLeaf(at.children, leaf)];
  return found === undefined || found.kind === 'element' ? undefined : found.text;
}

/**
 * The document with the value at the place; undefined removes what is there. What is missing is made where its parent exists: an element
 * without counterpart is put behind the others. What comes of it is well-formed, whatever the value; how large it is, is for the caller to ask.
 * @throws XUpdateError `select-empty` when the parent is not there; with another reason for a value that cannot stand there
 */
export function writePlace(document: XmlDocument, place: Place, value: string | undefined): XmlDocument {
  const parsed = takeApart(place);
  const change = { steps: parsed.steps, parsed, place, value, scope: new NamespaceScope() };
  const children = changeAt(document.children, change).filter(isNoBlank);
  const root = children.find((child) => child.kind === 'element');
  const isDocument = children.every(({ kind }) => kind !== 'text');
  if (root?.kind !== 'element' || !isDocument || children.filter(({ kind }) => kind === 'element').length > 1) {
    throw new XUpdateError('not-well-formed', 'the document would not have exactly one root element', {
      select: place,
    });
  }
  const settled = settleNode(root, { scope: new NamespaceScope(), count: ignore }, 0);
  if (settled.kind !== 'element') throw new XUpdateError('not-well-formed', 'the root would be no element');
  const beside = children.filter((child) => child.kind !== 'text').map((child) => (child === root ? settled : child));
  return withoutRepeatedDeclarations({ root: settled, children: beside });
}

interface Change {
  readonly steps: readonly ElementStep[];
  readonly parsed: ParsedPlace;
  readonly place: Place;
  readonly value: string | undefined;
  readonly scope: NamespaceScope;
}

function changeAt(children: readonly XmlNode[], change: Change): readonly XmlNode[] {
  const { steps, parsed, place, value, scope } = change;
  const [step, ...rest] = steps;
  if (step === undefined) return changeLeaf(children, parsed, value);
  const index = findChild(children, step);
  const found = children[index];
  if (rest.length === 0 && parsed.leaf === undefined) {
    const nodes = value === undefined ? [] : readThing(value, ['element']);
    return found === undefined ? merged([...children, ...nodes]) : replaced(children, index, nodes);
  }
  if (found?.kind !== 'element') {
    throw new XUpdateError('select-empty', 'there is nothing to write to', { select: place });
  }
  scope.enter(found.declarations);
  if (rest.length === 0 && parsed.leaf?.kind === 'attribute') {
    const attributes = changeAttribute(found, { name: writtenName(parsed.leaf), value, scope });
    return replaced(children, index, [{ ...found, attributes }]);
  }
  return replaced(children, index, [{ ...found, children: changeAt(found.children, { ...change, steps: rest }) }]);
}

function changeLeaf(
  children: readonly XmlNode[],
  { leaf }: ParsedPlace,
  value: string | undefined,
): readonly XmlNode[] {
  switch (leaf?.kind) {
    case undefined:
    case 'content':
      return value === undefined ? [] : readFragment(value);
    case 'gap': {
      const nodes = value === undefined ? [] : readThing(value, ['element', 'comment', 'processing-instruction']);
      return merged([...children.slice(0, leaf.position - 1), ...nodes, ...children.slice(leaf.position - 1)]);
    }
    case 'text':
      if (leaf.position === undefined && children.every(({ kind }) => kind === 'text')) return asText(value);
      break;
    case 'comment':
    case 'processing-instruction':
      break;
    case 'attribute':
      throw new XUpdateError('target-kind', 'the document has no attributes');
    default:
      leaf satisfies never;
  }
  const index = indexOfLeaf(children, leaf);
  const found = children[index];
  const nodes = value === undefined ? [] : [newLeaf(leaf, value, found)];
  return found === undefined ? merged([...children, ...nodes]) : replaced(children, index, nodes);
}

type TextualLeaf = Extract<NonNullable<ParsedPlace['leaf']>, { kind: 'text' | 'comment' | 'processing-instruction' }>;

function newLeaf(leaf: TextualLeaf, value: string, found: XmlNode | undefined): XmlNode {
  if (leaf.kind === 'text') return { kind: leaf.kind, text: checkCharacters(value) };
  // What is gone is told as XML, and no comment or instruction can have that for its text.
  if (leaf.kind === 'comment') {
    if (/^<!--[^]*-->$/.test(value)) return onlyThing(readFragment(value), [leaf.kind]);
    return { kind: leaf.kind, text: checkComment(value) };
  }
  if (/^<\?[^]*\?>$/.test(value)) return onlyThing(readFragment(value), [leaf.kind]);
  const target = found?.kind === leaf.kind ? found.target : instructionTarget(leaf.target ?? 'value');
  return { kind: leaf.kind, target, text: checkInstruction(value) };
}

/** The one thing that XML is, blanks around it left out. @throws XUpdateError `content` where it is another kind of thing, or more than one */
function readThing(value: string, kinds: readonly XmlNode['kind'][]): readonly XmlNode[] {
  return [onlyThing(readFragment(value).filter(isNoBlank), kinds)];
}

function onlyThing(nodes: readonly XmlNode[], kinds: readonly XmlNode['kind'][]): XmlNode {
  const [thing, ...others] = nodes;
  if (thing !== undefined && others.length === 0 && kinds.includes(thing.kind)) return thing;
  throw new XUpdateError('content', `there has to be one ${kinds.join(' or ')}, written as XML, and nothing beside it`);
}

function isNoBlank(node: XmlNode): boolean {
  return node.kind !== 'text' || !isBlank(node.text);
}

interface AttributeChange {
  readonly name: string;
  readonly value: string | undefined;
  readonly scope: NamespaceScope;
}

function changeAttribute(element: XmlElement, { name, value, scope }: AttributeChange): readonly XmlAttribute[] {
  const { attributes } = element;
  if (value === undefined) return attributes.filter((attribute) => attribute.name !== name);
  checkCharacters(value);
  if (attributes.some((attribute) => attribute.name === name)) {
    return attributes.map((attribute) => (attribute.name === name ? { ...attribute, value } : attribute));
  }
  const prefix = name.slice(0, Math.max(name.indexOf(':'), 0));
  const made = constructedName(name, new Map(), prefix === '' ? '' : scope.resolve(prefix));
  if (attributes.some(({ local, namespace }) => local === made.local && namespace === made.namespace))
    throw new XUpdateError('attribute-exists', `the attribute ${name} exists already, by another prefix`);
  return [...attributes, { ...made, value }];
}

function indexOfLeaf(children: readonly XmlNode[], leaf: TextualLeaf): number {
  let left = leaf.position ?? 1;
  return children.findIndex((child) => {
    if (child.kind !== leaf.kind) return false;
    if (leaf.kind === 'processing-instruction' && leaf.target !== undefined) {
      if (child.kind !== 'processing-instruction' || child.target !== leaf.target) return false;
    }
    return --left === 0;
  });
}

function replaced(children: readonly XmlNode[], index: number, nodes: readonly XmlNode[]): readonly XmlNode[] {
  return merged([...children.slice(0, index), ...nodes, ...children.slice(index + 1)]);
}

/** The nodes with neighbouring texts joined and empty ones dropped. */
function merged(nodes: readonly XmlNode[]): readonly XmlNode[] {
  const joined: XmlNode[] = [];
  for (const node of nodes) {
    const last = joined.at(-1);
    if (node.kind !== 'text') joined.push(node);
    else if (node.text === '') continue;
    else if (last?.kind === 'text') joined[joined.length - 1] = { kind: 'text', text: last.text + node.text };
    else joined.push(node);
  }
  return joined;
}

function asText(value: string | undefined): readonly XmlNode[] {
  return value === undefined || value === '' ? [] : [{ kind: 'text', text: checkCharacters(value) }];
}

function textOf(nodes: readonly XmlNode[]): string {
  return nodes.map((node) => (node.kind === 'text' ? node.text : '')).join('');
}

function ignore(): void {
  // Written by people or by a merge, into a document that was counted.
}
