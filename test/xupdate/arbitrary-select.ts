import fc from 'fast-check';
import type { XmlDocument, XmlElement, XmlNode } from '../../src/xml/tree.ts';
import { document } from '../xml/arbitrary-document.ts';

/** What the prefixes of random selects stand for; not always what they stand for in the documents. */
export const selectPrefixes: Readonly<Record<string, string>> = {
  n: 'urn:a',
  p: 'urn:b',
  x: 'http://www.xmldb.org/xupdate',
};

type Quoting = 'single' | 'double' | 'concat';

/** The choices at one step of a select, each made of what the document has there. */
interface StepChoice {
  readonly child: number;
  readonly name: 'own' | 'other';
  readonly key: 'none' | 'id' | 'gid';
  readonly value: 'own' | 'other';
  readonly quoting: Quoting;
  readonly blank: string;
  readonly axis: '@' | 'attribute::';
  readonly position: 'none' | 'own' | 'other';
  readonly other: number;
}

interface LeafChoice {
  readonly kind: 'none' | 'attribute' | 'text' | 'comment' | 'instruction' | 'target';
  readonly which: number;
  readonly axis: '@' | 'attribute::';
  readonly position: 'none' | 'own' | 'other';
  readonly other: number;
}

const others = ['', '1', '2', "it's", '"q"', `"it's"`];
const axis = fc.constantFrom('@', 'attribute::');
const position = fc.constantFrom('none', 'own', 'own', 'other');
const stepChoice: fc.Arbitrary<StepChoice> = fc.record({
  child: fc.nat(8),
  name: fc.constantFrom('own', 'own', 'own', 'own', 'own', 'own', 'other'),
  key: fc.constantFrom('none', 'id', 'gid'),
  value: fc.constantFrom('own', 'own', 'own', 'other'),
  quoting: fc.constantFrom('single', 'double', 'concat'),
  blank: fc.constantFrom('', '', ' ', '\t\n'),
  axis,
  position,
  other: fc.nat(5),
});
const leafChoice: fc.Arbitrary<LeafChoice> = fc.record({
  kind: fc.constantFrom('none', 'none', 'attribute', 'attribute', 'text', 'text', 'comment', 'instruction', 'target'),
  which: fc.nat(4),
  axis,
  position,
  other: fc.nat(3),
});

function nameOf(named: { readonly local: string; readonly namespace: string }): string {
  if (named.namespace === '') return named.local;
  const prefix = Object.keys(selectPrefixes).find((each) => selectPrefixes[each] === named.namespace);
  return prefix === undefined ? named.local : `${prefix}:${named.local}`;
}

function literal(value: string, quoting: Quoting, blank: string): string {
  if (quoting === 'single' && !value.includes("'")) return `'${value}'`;
  if (quoting !== 'concat' && !value.includes('"')) return `"${value}"`;
  if (!value.includes("'") && quoting !== 'concat') return `'${value}'`;
  const parts = value.split(/('+)/).map((part) => (part.includes("'") ? `"${part}"` : `'${part}'`));
  if (parts.length < 2) parts.push("''");
  return `concat(${blank}${parts.join(`${blank},${blank}`)}${blank})`;
}

/** How many of the children up to this one, itself included, are alike. */
function rankOf(children: readonly XmlNode[], child: XmlNode, isAlike: (other: XmlNode) => boolean): number {
  return children.slice(0, children.indexOf(child) + 1).filter(isAlike).length;
}

function positionOf(choice: StepChoice | LeafChoice, rank: number): string {
  if (choice.position === 'none') return '';
  return `[${choice.position === 'own' ? Math.max(rank, 1) : choice.other + 1}]`;
}

function writeStep(children: readonly XmlNode[], child: XmlElement, choice: StepChoice): string {
  const named = choice.name === 'own' ? child : { local: 'a', namespace: '' };
  const isNamed = (other: XmlNode): other is XmlElement =>
    other.kind === 'element' && other.local === named.local && other.namespace === named.namespace;
  const { key, blank } = choice;
  const read = (element: XmlElement): string | undefined => element.attributes.find(({ name }) => name === key)?.value;
  const value = choice.value === 'own' ? read(child) : (others[choice.other] ?? '');
  if (key === 'none' || value === undefined)
    return `/${nameOf(named)}${positionOf(choice, rankOf(children, child, isNamed))}`;
  const rank = rankOf(children, child, (other) => isNamed(other) && read(other) === value);
  const written = `${choice.axis}${key}${blank}=${blank}${literal(value, choice.quoting, blank)}`;
  return `/${nameOf(named)}[${blank}${written}${blank}]${positionOf(choice, rank)}`;
}

function writeLeaf(parent: XmlElement | XmlDocument, choice: LeafChoice): string {
  const { kind, which } = choice;
  if (kind === 'none') return '';
  if (kind === 'attribute') {
    if (!('kind' in parent)) return '';
    const attribute = parent.attributes[which % Math.max(parent.attributes.length, 1)];
    return `/${choice.axis}${nameOf(attribute ?? { local: 'k', namespace: '' })}`;
  }
  const wanted = kind === 'instruction' || kind === 'target' ? 'processing-instruction' : kind;
  if (wanted === 'text' && !('kind' in parent)) return '';
  const alike = parent.children.filter((child) => child.kind === wanted);
  const found = alike[which % Math.max(alike.length, 1)];
  if (kind !== 'target') return `/${wanted}()${positionOf(choice, found === undefined ? 1 : alike.indexOf(found) + 1)}`;
  const target = found?.kind === 'processing-instruction' ? found.target : 't';
  const sameTarget = alike.filter((child) => child.kind === 'processing-instruction' && child.target === target);
  return `/processing-instruction('${target}')${positionOf(choice, found === undefined ? 1 : sameTarget.indexOf(found) + 1)}`;
}

function writeSelect(tree: XmlDocument, steps: readonly StepChoice[], leaf: LeafChoice): string {
  let at: XmlElement | XmlDocument = tree;
  let written = '';
  for (const choice of steps) {
    const below: readonly XmlNode[] = at.children;
    const elements = below.filter((child) => child.kind === 'element');
    const child: XmlElement | undefined = elements[choice.child % Math.max(elements.length, 1)];
    if (child === undefined) break;
    written += writeStep(below, child, choice);
    at = child;
  }
  return written + writeLeaf(at, leaf) || '/';
}

/** A document, and a select of the peers' grammar that often finds something in it. */
export const documentAndSelect: fc.Arbitrary<readonly [XmlDocument, string]> = fc
  .tuple(document, fc.array(stepChoice, { maxLength: 5 }), leafChoice)
  .map(([tree, steps, leaf]) => [tree, writeSelect(tree, steps, leaf)] as const);
