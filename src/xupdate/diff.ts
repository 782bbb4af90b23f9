import { withoutRepeatedDeclarations } from '../xml/declarations.ts';
import { factsOf } from '../xml/document-facts.ts';
import type { XmlAttribute, XmlDocument, XmlElement, XmlNode } from '../xml/tree.ts';
import type { Alignment, AlignRules } from './align.ts';
import { align, alignRules } from './align.ts';
import { alignDocuments } from './align-documents.ts';
import type { Path } from './delta-writer.ts';
import { DeltaWriter, writePath } from './delta-writer.ts';
import { equalAttributes, equalDeclarations } from './equality.ts';
import type { KeyRules } from './keys.ts';
import { defaultKeyRules } from './keys.ts';
import type { Item } from './labels.ts';
import { SiblingDiff } from './sibling-diff.ts';
import type { Children } from './siblings.ts';
import { selectKey, splitChildren, stepTo } from './siblings.ts';

/**
 * The modifications that make `after` of `before`, as one line of XUpdate; `''` when the two are canonically equal. Deterministic, in
 * the peers' language only, and never of more octets than what puts the whole document.
 */
export function diff(before: XmlDocument, after: XmlDocument, keys: KeyRules = defaultKeyRules): string {
  const old = withoutRepeatedDeclarations(before);
  const fresh = withoutRepeatedDeclarations(after);
  const rules = alignRules(keys);
  if (rules.nodes.equalLists(old.children, fresh.children)) return '';
  if (!canStay(old.root, fresh.root)) return wholeDocument(old, fresh);
  let written: string | undefined;
  const whole = (): string => (written ??= wholeDocument(old, fresh));
  let expected = factsOf(after).size?.characters;
  // A document is about as long as what puts the whole of it, which nobody has to write before the delta has come to that.
  const room = (length: number): number => {
    expected ??= shortestForm(fresh, Infinity);
    return length <= expected ? expected : Buffer.byteLength(whole());
  };
  const writer = new DeltaWriter(old, fresh, room);
  new DocumentDiff(writer, rules).documents(old, fresh);
  if (writer.isGivenUp) return whole();
  const delta = writer.finish();
  const octets = Buffer.byteLength(delta);
  if (written === undefined && octets <= shortestForm(fresh, octets)) return delta;
  return Buffer.byteLength(whole()) < octets ? whole() : delta;
}

// A root can be renamed where no namespace is concerned; any other change of namespaces concerns all that is inside.
function canStay(old: XmlElement, fresh: XmlElement): boolean {
  if (!equalDeclarations(old.declarations, fresh.declarations)) return false;
  return (old.name === fresh.name && old.namespace === fresh.namespace) || canRename(old, fresh);
}

function canRename(old: XmlElement, fresh: XmlElement): boolean {
  return [old, fresh].every(({ prefix, namespace }) => prefix === '' && namespace === '');
}

/** The modifications that put the whole of the other document. */
export function wholeDocument(old: XmlDocument, fresh: XmlDocument): string {
  const writer = new DeltaWriter(old, fresh);
  writer.write('update', '/', fresh.children);
  return writer.finish();
}

/** Fewer octets than the document can be written in, counted up to `enough`. */
function shortestForm(document: XmlDocument, enough: number): number {
  let size = 0;
  const walk = (node: XmlNode): void => {
    if (size > enough) return;
    if (node.kind !== 'element') {
      size += node.text.length;
      return;
    }
    size += node.name.length + 3;
    const { attributes, children } = node;
    for (let at = 0; at < attributes.length; at++) {
      const each = attributes[at];
      if (each !== undefined) size += each.name.length + each.value.length + 4;
    }
    for (let at = 0; at < children.length; at++) {
      const child = children[at];
      if (child !== undefined) walk(child);
    }
  };
  for (const child of document.children) walk(child);
  return size;
}

/** Writes what makes one document of another. Owns nothing but what all of it needs. */
class DocumentDiff {
  readonly #writer: DeltaWriter;
  readonly #rules: AlignRules;

  constructor(writer: DeltaWriter, rules: AlignRules) {
    this.#writer = writer;
    this.#rules = rules;
  }

  documents(old: XmlDocument, fresh: XmlDocument): void {
    const lists = { before: splitChildren(old.children), after: splitChildren(fresh.children) };
    this.#siblings(undefined, lists, alignDocuments(old, fresh, this.#rules));
  }

  #siblings(parent: Path | undefined, { before, after }: Lists, alignment: Alignment): void {
    new SiblingDiff({
      writer: this.#writer,
      rules: this.#rules,
      parent,
      before,
      after,
      alignment,
      inside: (old, fresh, path) => this.#pair(old, fresh, path),
    }).write();
  }

  #pair(old: Item, fresh: Item, path: Path): void {
    if (old.kind === 'element' && fresh.kind === 'element') {
      this.#elements(old, fresh, path);
    } else if (fresh.kind !== 'element') {
      this.#update(path, fresh.text === '' ? [] : [{ kind: 'text', text: fresh.text }]);
    }
  }

  #elements(old: XmlElement, fresh: XmlElement, path: Path): void {
    // The attribute in the address changes last, or the address would be another one.
    const addressed = selectKey(old)?.attribute;
    this.#attributes(old, fresh, { path, only: (name) => name !== addressed });
    this.#children(old, fresh, path);
    if (addressed === undefined && old.name === fresh.name) return;
    this.#attributes(old, fresh, { path, only: (name) => name === addressed });
    if (old.name === fresh.name) return;
    // Only roots and elements that are otherwise equal are renamed, hence the position of a root.
    const step = equalAttributes(old.attributes, fresh.attributes)
      ? path.step
      : stepTo({ ...old, attributes: fresh.attributes }, { rank: 1, count: 1 }, this.#writer);
    this.#writer.write('rename', writePath({ parent: path.parent, step }), [{ kind: 'text', text: fresh.name }]);
  }

  #attributes(
    old: XmlElement,
    fresh: XmlElement,
    { path, only }: { readonly path: Path; readonly only: (name: string) => boolean },
  ): void {
    if (equalAttributes(old.attributes, fresh.attributes)) return;
    const added = fresh.attributes.filter((each) => only(each.name) && same(old, each) === undefined);
    for (const attribute of old.attributes) {
      if (!only(attribute.name)) continue;
      const next = same(fresh, attribute);
      const step: Path = { parent: path, step: `@${this.#writer.name(attribute)}` };
      if (next === undefined) this.#writer.write('remove', writePath(step));
      else if (next.value !== attribute.value)
        this.#update(step, next.value === '' ? [] : [{ kind: 'text', text: next.value }]);
    }
    if (added.length > 0) this.#writer.appendAttributes(writePath(path), added);
  }

  #children(old: XmlElement, fresh: XmlElement, path: Path): void {
    if (this.#rules.nodes.equalLists(old.children, fresh.children)) return;
    if (old.children.length === 0) {
      this.#writer.write('append', writePath(path), fresh.children);
      return;
    }
    if (old.children.every(({ kind }) => kind === 'text')) {
      this.#update(path, fresh.children);
      return;
    }
    const lists = { before: splitChildren(old.children), after: splitChildren(fresh.children) };
    const alignment = align(lists.before.items, lists.after.items, this.#rules);
    findRenames(alignment, lists, this.#rules);
    if (alignment.partners.every((partner) => partner === -1)) this.#update(path, fresh.children);
    else this.#siblings(path, lists, alignment);
  }

  #update(path: Path, nodes: readonly XmlNode[]): void {
    this.#writer.write('update', writePath(path), nodes);
  }
}

function same(element: XmlElement, { name, namespace }: XmlAttribute): XmlAttribute | undefined {
  return element.attributes.find((each) => each.name === name && each.namespace === namespace);
}

interface Lists {
  readonly before: Children;
  readonly after: Children;
}

/** Makes partners of those that differ in nothing but their name, where they stand alone between others that live on. */
function findRenames({ partners }: Alignment, { before, after }: Lists, rules: AlignRules): void {
  let fresh = 0;
  for (let old = 0; old < partners.length; old++) {
    const partner = partners[old] ?? -1;
    if (partner !== -1) {
      fresh = partner + 1;
      continue;
    }
    const isAlone = (partners[old - 1] ?? 0) !== -1 && (partners[old + 1] ?? after.items.length) === fresh + 1;
    if (isAlone && isRenamed(before.items[old], after.items[fresh], rules)) partners[old] = fresh++;
  }
}

function isRenamed(old: Item | undefined, fresh: Item | undefined, { nodes }: AlignRules): boolean {
  return (
    old?.kind === 'element' &&
    fresh?.kind === 'element' &&
    old.name !== fresh.name &&
    canRename(old, fresh) &&
    equalDeclarations(old.declarations, fresh.declarations) &&
    equalAttributes(old.attributes, fresh.attributes) &&
    nodes.equalLists(old.children, fresh.children)
  );
}
