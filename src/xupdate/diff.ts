import { withoutRepeatedDeclarations } from '../xml/declarations.ts';
import type { XmlAttribute, XmlDocument, XmlElement, XmlNode } from '../xml/tree.ts';
import type { Aligned, AlignRules, Item } from './align.ts';
import { align, alignRules } from './align.ts';
import type { Path } from './delta-writer.ts';
import { DeltaWriter, writePath } from './delta-writer.ts';
import { equalAttributes, equalDeclarations } from './equality.ts';
import type { KeyRules } from './keys.ts';
import { defaultKeyRules } from './keys.ts';
import { SiblingDiff } from './sibling-diff.ts';
import { selectKey, splitChildren, stepTo } from './siblings.ts';

/**
 * The modifications that make `after` of `before`, as one line of XUpdate; `''` when the two are canonically equal. Deterministic, in
 * the peers' language only, and never longer than putting the whole document.
 */
export function diff(before: XmlDocument, after: XmlDocument, keys: KeyRules = defaultKeyRules): string {
  const old = withoutRepeatedDeclarations(before);
  const fresh = withoutRepeatedDeclarations(after);
  const rules = alignRules(keys);
  if (rules.nodes.equalLists(old.children, fresh.children)) return '';
  if (!canStay(old.root, fresh.root)) return wholeDocument(old, fresh);
  const writer = new DeltaWriter(old, fresh);
  new DocumentDiff(writer, rules).documents(old, fresh);
  if (writer.length <= shortestForm(fresh, writer.length)) return writer.finish();
  const whole = wholeDocument(old, fresh);
  const delta = writer.finish();
  return whole.length < delta.length ? whole : delta;
}

// A root can be renamed where no namespace is concerned; any other change of namespaces concerns all that is inside.
function canStay(old: XmlElement, fresh: XmlElement): boolean {
  if (!equalDeclarations(old.declarations, fresh.declarations)) return false;
  return (old.name === fresh.name && old.namespace === fresh.namespace) || canRename(old, fresh);
}

function canRename(old: XmlElement, fresh: XmlElement): boolean {
  return [old, fresh].every(({ prefix, namespace }) => prefix === '' && namespace === '');
}

function wholeDocument(old: XmlDocument, fresh: XmlDocument): string {
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
    for (const { name, value } of node.attributes) size += name.length + value.length + 4;
    for (const child of node.children) walk(child);
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
    const oldRoot = old.children.indexOf(old.root);
    const freshRoot = fresh.children.indexOf(fresh.root);
    const behind = align(old.children.slice(oldRoot + 1), fresh.children.slice(freshRoot + 1), this.#rules);
    const matches: readonly Aligned[] = [
      ...align(old.children.slice(0, oldRoot), fresh.children.slice(0, freshRoot), this.#rules),
      { old: oldRoot, fresh: freshRoot, isEqual: false },
      ...behind.map((each) => ({ ...each, old: each.old + oldRoot + 1, fresh: each.fresh + freshRoot + 1 })),
    ];
    this.#siblings(undefined, { before: old.children, after: fresh.children }, matches);
  }

  #siblings(
    parent: Path | undefined,
    { before, after }: { readonly before: readonly XmlNode[]; readonly after: readonly XmlNode[] },
    matches: readonly Aligned[],
  ): void {
    new SiblingDiff({
      writer: this.#writer,
      rules: this.#rules,
      parent,
      before: splitChildren(before),
      after: splitChildren(after),
      matches,
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
    const before = old.children.filter(isItem);
    const after = fresh.children.filter(isItem);
    const matches = withRenames(align(before, after, this.#rules), { before, after, rules: this.#rules });
    if (old.children.length === 0) this.#writer.write('append', writePath(path), fresh.children);
    else if (matches.length === 0) this.#update(path, fresh.children);
    else this.#siblings(path, { before: old.children, after: fresh.children }, matches);
  }

  #update(path: Path, nodes: readonly XmlNode[]): void {
    this.#writer.write('update', writePath(path), nodes);
  }
}

function same(element: XmlElement, { name, namespace }: XmlAttribute): XmlAttribute | undefined {
  return element.attributes.find((each) => each.name === name && each.namespace === namespace);
}

function isItem(node: XmlNode): node is Item {
  return node.kind !== 'text';
}

interface Sides {
  readonly before: readonly Item[];
  readonly after: readonly Item[];
  readonly rules: AlignRules;
}

/** Adds the pairs that differ in nothing but their name, where they stand alone between others that live on. */
function withRenames(matches: readonly Aligned[], { before, after, rules }: Sides): readonly Aligned[] {
  const all: Aligned[] = [];
  let old = 0;
  let fresh = 0;
  for (const match of [...matches, { old: before.length, fresh: after.length, isEqual: true }]) {
    const left = before[old];
    const right = after[fresh];
    const isAlone = match.old - old === 1 && match.fresh - fresh === 1;
    if (isAlone && left?.kind === 'element' && right?.kind === 'element' && isRenamed(left, right, rules)) {
      all.push({ old, fresh, isEqual: false });
    }
    if (match.old < before.length) all.push(match);
    old = match.old + 1;
    fresh = match.fresh + 1;
  }
  return all;
}

function isRenamed(old: XmlElement, fresh: XmlElement, { nodes }: AlignRules): boolean {
  return (
    old.name !== fresh.name &&
    canRename(old, fresh) &&
    equalDeclarations(old.declarations, fresh.declarations) &&
    equalAttributes(old.attributes, fresh.attributes) &&
    nodes.equalLists(old.children, fresh.children)
  );
}
