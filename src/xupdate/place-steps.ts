import type { XmlDocument, XmlElement, XmlNode } from '../xml/tree.ts';
import { XML_NAMESPACE } from '../xml/tree.ts';
import type { ElementStep, Leaf, Select } from './select.ts';
import { parseSelect } from './select.ts';
import { SiblingCounts } from './sibling-counts.ts';
import { selectKey, writeLiteral } from './siblings.ts';
import { XUpdateError } from './xupdate-error.ts';

declare const place: unique symbol;

/**
 * Where one field of a document is, readable for people and stable while keys are. A select of the peers' grammar, in which names are as
 * written in the document (a prefix is not looked up), with these ends:
 * - `/r/a/@k` an attribute; `/r/a/text()` the text of an element without other content;
 * - `/r/a/node()` the whole content of an element, as XML;
 * - `/r/a[2]` an element with all in it, as XML; `/r/comment()[1]` and `/r/processing-instruction()[1]` their text;
 * - `/r/gap()[3]` the place in front of the third child node, where something is missing: reads as absent, and what is written is put there.
 */
export type Place = string & { readonly [place]: true };

/** A place taken apart. */
export interface ParsedPlace {
  readonly steps: readonly ElementStep[];
  readonly leaf: Leaf | { readonly kind: 'content' } | { readonly kind: 'gap'; readonly position: number } | undefined;
}

const GAP = /\/gap\(\)\[([1-9][0-9]{0,8})\]$/;
const CONTENT = '/node()';

/** The place that the text names; undefined when it names none. */
export function parsePlace(text: string): Place | undefined {
  try {
    takeApart(text);
  } catch (error) {
    if (error instanceof XUpdateError) return undefined;
    throw error;
  }
  // Holds: the form has just been checked.
  return text as Place;
}

/** Takes a place apart. @throws XUpdateError `select-syntax` */
export function takeApart(text: string): ParsedPlace {
  const gap = GAP.exec(text);
  if (gap !== null)
    return { ...select(text.slice(0, gap.index) || '/'), leaf: { kind: 'gap', position: Number(gap[1]) } };
  if (text.endsWith(CONTENT)) return { ...select(text.slice(0, -CONTENT.length) || '/'), leaf: { kind: 'content' } };
  return select(text);
}

function select(text: string): Select {
  const { steps, leaf } = parseSelect(text, (prefix) => prefix);
  const [root, ...below] = steps;
  // There is one root: it is meant by its place, too, when its key has become another one.
  return root === undefined ? { steps, leaf } : { steps: [{ ...root, key: undefined }, ...below], leaf };
}

/** The name of a step as the document writes it. */
export function writtenName({ local, namespace }: { readonly local: string; readonly namespace: string }): string {
  if (namespace === '') return local;
  return namespace === XML_NAMESPACE ? `xml:${local}` : `${namespace}:${local}`;
}

/** What is added to the place of a parent to name each of its children. */
export class ChildSteps {
  readonly #siblings: readonly XmlNode[];
  readonly #counts = new SiblingCounts('written');
  readonly #ranks: Int32Array;

  constructor(siblings: readonly XmlNode[]) {
    this.#siblings = siblings;
    this.#ranks = new Int32Array(siblings.length);
    for (let at = 0; at < siblings.length; at++) {
      const child = siblings[at];
      if (child === undefined) continue;
      this.#counts.add(child);
      this.#ranks[at] = this.#counts.of(child);
    }
  }

  /** The step to the child at the index. */
  to(index: number): string {
    const child = this.#siblings[index];
    if (child === undefined) return gapStep(index);
    const isAlone = this.#counts.of(child) < 2;
    const position = isAlone ? '' : `[${this.#ranks[index] ?? 1}]`;
    if (child.kind !== 'element') return `/${child.kind}()${position}`;
    return `/${child.name}${keyPart(child)}${position}`;
  }

  /** The step for an element that is not among them; undefined when it has no key, or the key is taken. */
  toMissing(missing: XmlNode): string | undefined {
    if (missing.kind !== 'element' || selectKey(missing) === undefined) return undefined;
    return this.#counts.of(missing) > 0 ? undefined : `/${missing.name}${keyPart(missing)}`;
  }
}

/** The end of a place for a child that is missing in front of the child at the index. */
export function gapStep(index: number): string {
  return `/gap()[${index + 1}]`;
}

/** The place that the steps lead to; they come from this module, so the form is right. */
export function joinSteps(steps: readonly string[]): Place {
  // Holds: steps are made by the functions above only.
  return (steps.length === 0 ? '/' : steps.join('')) as Place;
}

/** The element that the steps lead to; undefined when one finds nothing; the document for no steps. */
export function findParent(document: XmlDocument, steps: readonly ElementStep[]): XmlElement | XmlDocument | undefined {
  let at: XmlElement | XmlDocument = document;
  for (const step of steps) {
    const found: XmlNode | undefined = at.children[findChild(at.children, step)];
    if (found?.kind !== 'element') return undefined;
    at = found;
  }
  return at;
}

/** The index of the child that a step means: the one at its position, else the first; -1 when there is none. */
export function findChild(children: readonly XmlNode[], step: ElementStep): number {
  const name = writtenName(step);
  let left = step.position ?? 1;
  return children.findIndex(
    (child) => child.kind === 'element' && child.name === name && hasKey(child, step.key) && --left === 0,
  );
}

function hasKey(element: XmlElement, key: ElementStep['key']): boolean {
  return (
    key === undefined || element.attributes.some(({ name, value }) => name === key.attribute && value === key.value)
  );
}

function keyPart(element: XmlElement): string {
  const key = selectKey(element);
  return key === undefined ? '' : `[@${key.attribute}=${writeLiteral(key.value)}]`;
}
