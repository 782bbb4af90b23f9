import type { XmlElement, XmlNode } from '../xml/tree.ts';
import { NodeComparison } from './equality.ts';
import type { Match } from './increasing.ts';
import { longestIncreasing } from './increasing.ts';
import type { KeyRules } from './keys.ts';
import { keyOfElement } from './keys.ts';

/** A child that is no text. */
export type Item = Exclude<XmlNode, { kind: 'text' }>;

/** What aligning needs to know; made once for a pair of documents. */
export interface AlignRules {
  readonly keys: KeyRules;
  readonly nodes: NodeComparison;
}

/** Rules with the memory they need. */
export function alignRules(keys: KeyRules): AlignRules {
  return { keys, nodes: new NodeComparison() };
}

/** An old child that lives on as a new one; `isEqual` when they were found to be the same, otherwise nobody has looked. */
export interface Aligned {
  readonly old: number;
  readonly fresh: number;
  readonly isEqual: boolean;
}

interface Range {
  readonly oldFrom: number;
  readonly oldTo: number;
  readonly newFrom: number;
  readonly newTo: number;
}

const ROUNDS = 12;
const MANY_PAIRS = 1024;

/**
 * Which old child lives on as which new one: matches ascend on both sides, and only nodes with the same label are matched: same kind and
 * name, declarations and key. Keys and names that are unique decide first, then equal content, then likeness. Takes about n log n steps.
 */
export function align(olds: readonly Item[], news: readonly Item[], rules: AlignRules): readonly Aligned[] {
  if (olds.length === 0 || news.length === 0) return [];
  return new Aligner(olds, news, rules).align();
}

/** The matches of nodes whose label is unique on both sides, ordered by old place; they may cross. */
export function uniqueMatches(olds: readonly Item[], news: readonly Item[], rules: AlignRules): readonly Match[] {
  if (olds.length === 0 || news.length === 0) return [];
  const oldLabels = olds.map((node) => labelOf(node, rules));
  const newLabels = news.map((node) => labelOf(node, rules));
  const unique = uniqueInBoth(oldLabels, newLabels);
  const places = new Map(newLabels.map((label, at) => [label, at]));
  return oldLabels.flatMap((label, old): readonly Match[] => {
    const fresh = places.get(label);
    return fresh === undefined || !unique.has(label) ? [] : [[old, fresh]];
  });
}

/** Aligns one pair of sibling lists; owns what was matched so far. */
class Aligner {
  readonly #olds: readonly Item[];
  readonly #news: readonly Item[];
  readonly #rules: AlignRules;
  readonly #oldLabels: readonly string[];
  readonly #newLabels: readonly string[];
  readonly #unique: ReadonlySet<string>;
  readonly #matches: Match[] = [];
  readonly #equal = new Set<number>();

  constructor(olds: readonly Item[], news: readonly Item[], rules: AlignRules) {
    this.#olds = olds;
    this.#news = news;
    this.#rules = rules;
    this.#oldLabels = olds.map((node) => labelOf(node, rules));
    this.#newLabels = news.map((node) => labelOf(node, rules));
    this.#unique = uniqueInBoth(this.#oldLabels, this.#newLabels);
  }

  align(): readonly Aligned[] {
    this.#range({ oldFrom: 0, oldTo: this.#olds.length, newFrom: 0, newTo: this.#news.length }, ROUNDS);
    this.#matches.sort(([left], [right]) => left - right);
    return this.#matches.map(([old, fresh]) => ({ old, fresh, isEqual: this.#equal.has(old) }));
  }

  #range(range: Range, rounds: number): void {
    const inner = this.#trim(range);
    if (inner.oldFrom === inner.oldTo || inner.newFrom === inner.newTo) return;
    const anchors = rounds === 0 ? [] : this.#anchors(inner);
    if (anchors.length === 0) {
      this.#likeness(inner);
      return;
    }
    let { oldFrom, newFrom } = inner;
    for (const [old, fresh] of anchors) {
      this.#matches.push([old, fresh]);
      this.#gap({ oldFrom, oldTo: old, newFrom, newTo: fresh }, rounds - 1);
      oldFrom = old + 1;
      newFrom = fresh + 1;
    }
    this.#gap({ oldFrom, oldTo: inner.oldTo, newFrom, newTo: inner.newTo }, rounds - 1);
  }

  #gap(range: Range, rounds: number): void {
    if (range.oldFrom < range.oldTo && range.newFrom < range.newTo) this.#range(range, rounds);
  }

  // What is the same at both ends stays.
  #trim({ oldFrom, oldTo, newFrom, newTo }: Range): Range {
    while (oldFrom < oldTo && newFrom < newTo && this.#isSure(oldFrom, newFrom))
      this.#matches.push([oldFrom++, newFrom++]);
    while (oldFrom < oldTo && newFrom < newTo && this.#isSure(oldTo - 1, newTo - 1))
      this.#matches.push([--oldTo, --newTo]);
    return { oldFrom, oldTo, newFrom, newTo };
  }

  #isSure(old: number, fresh: number): boolean {
    const label = this.#oldLabels[old];
    if (label === undefined || label !== this.#newLabels[fresh]) return false;
    return this.#unique.has(label) || this.#isEqual(old, fresh);
  }

  #isEqual(old: number, fresh: number): boolean {
    const left = this.#olds[old];
    const right = this.#news[fresh];
    const isEqual = left !== undefined && right !== undefined && this.#rules.nodes.equal(left, right);
    if (isEqual) this.#equal.add(old);
    return isEqual;
  }

  // The first of each content belongs to the first of it on the other side, the second to the second; what crosses is left out.
  #anchors({ oldFrom, oldTo, newFrom, newTo }: Range): readonly Match[] {
    const waiting = new Map<string, number[]>();
    for (let fresh = newTo - 1; fresh >= newFrom; fresh--) {
      const content = this.#content(this.#news[fresh], this.#newLabels[fresh]);
      const list = waiting.get(content);
      if (list === undefined) waiting.set(content, [fresh]);
      else list.push(fresh);
    }
    const candidates: Match[] = [];
    for (let old = oldFrom; old < oldTo; old++) {
      const fresh = waiting.get(this.#content(this.#olds[old], this.#oldLabels[old]))?.pop();
      if (fresh !== undefined) candidates.push([old, fresh]);
    }
    return longestIncreasing(candidates).filter(
      ([old, fresh]) => this.#unique.has(this.#oldLabels[old] ?? '') || this.#isEqual(old, fresh),
    );
  }

  #content(node: Item | undefined, label = ''): string {
    if (node === undefined || this.#unique.has(label)) return label;
    return `${label}#${this.#rules.nodes.hash(node)}`;
  }

  // Nothing is equal here: old ones live on as new ones of the same label, the most alike if there are few, else in their order.
  #likeness(range: Range): void {
    const olds = range.oldTo - range.oldFrom;
    const news = range.newTo - range.newFrom;
    if (olds * news <= MANY_PAIRS && olds + news > 2) {
      this.#matches.push(...bestMatches(range, (old, fresh) => this.#likenessOf(old, fresh)));
      return;
    }
    const waiting = new Map<string, number[]>();
    for (let fresh = range.newTo - 1; fresh >= range.newFrom; fresh--) {
      const label = this.#newLabels[fresh] ?? '';
      const list = waiting.get(label);
      if (list === undefined) waiting.set(label, [fresh]);
      else list.push(fresh);
    }
    const candidates: Match[] = [];
    for (let old = range.oldFrom; old < range.oldTo; old++) {
      const fresh = waiting.get(this.#oldLabels[old] ?? '')?.pop();
      if (fresh !== undefined) candidates.push([old, fresh]);
    }
    for (const match of longestIncreasing(candidates)) this.#matches.push(match);
  }

  #likenessOf(old: number, fresh: number): number {
    const left = this.#olds[old];
    const right = this.#news[fresh];
    if (left === undefined || right === undefined || this.#oldLabels[old] !== this.#newLabels[fresh]) return 0;
    if (left.kind !== 'element' || right.kind !== 'element') return 1;
    return 1 + 8 * shared(left, right, this.#rules.nodes);
  }
}

/** The part of the children that both have, from 0 to 1. */
function shared(left: XmlElement, right: XmlElement, nodes: NodeComparison): number {
  const most = Math.max(left.children.length, right.children.length, 1);
  const there = new Map<number, number>();
  for (const child of left.children) {
    const hash = nodes.hash(child);
    there.set(hash, (there.get(hash) ?? 0) + 1);
  }
  let common = 0;
  for (const child of right.children) {
    const hash = nodes.hash(child);
    const left = there.get(hash) ?? 0;
    if (left === 0) continue;
    there.set(hash, left - 1);
    common++;
  }
  return common / most;
}

/** The ascending matches with the greatest sum of weights; for short ranges, as it looks at every pair. */
function bestMatches(range: Range, weigh: (old: number, fresh: number) => number): readonly Match[] {
  const { oldFrom, oldTo, newFrom, newTo } = range;
  const width = newTo - newFrom + 1;
  const best = new Float64Array((oldTo - oldFrom + 1) * width);
  const cell = (old: number, fresh: number): number => (old - oldFrom) * width + (fresh - newFrom);
  const at = (old: number, fresh: number): number => best[cell(old, fresh)] ?? 0;
  for (let old = oldTo - 1; old >= oldFrom; old--) {
    for (let fresh = newTo - 1; fresh >= newFrom; fresh--) {
      const weight = weigh(old, fresh);
      const taken = weight > 0 ? weight + at(old + 1, fresh + 1) : 0;
      best[cell(old, fresh)] = Math.max(taken, at(old + 1, fresh), at(old, fresh + 1));
    }
  }
  const matches: Match[] = [];
  let old = oldFrom;
  let fresh = newFrom;
  while (old < oldTo && fresh < newTo) {
    if (at(old, fresh) === at(old + 1, fresh)) old++;
    else if (at(old, fresh) === at(old, fresh + 1)) fresh++;
    else matches.push([old++, fresh++]);
  }
  return matches;
}

function uniqueInBoth(olds: readonly string[], news: readonly string[]): ReadonlySet<string> {
  const once = onlyOnce(news);
  return new Set([...onlyOnce(olds)].filter((label) => once.has(label)));
}

function onlyOnce(labels: readonly string[]): Set<string> {
  const once = new Set<string>();
  const seen = new Set<string>();
  for (const label of labels) {
    if (seen.has(label)) once.delete(label);
    else once.add(label);
    seen.add(label);
  }
  return once;
}

function labelOf(node: Item, { keys }: AlignRules): string {
  if (node.kind === 'comment') return '#comment';
  if (node.kind === 'processing-instruction') return `#instruction ${node.target}`;
  const key = keyOfElement(node, keys);
  let label = key === undefined ? node.name : `${node.name} ${key}`;
  if (node.namespace !== '') label = `${label} {${node.namespace}}`;
  if (node.declarations.length === 0) return label;
  const declared = node.declarations.map(({ prefix, namespace }) => `${prefix}=${namespace}`).sort();
  return `${label} ${declared.join(' ')}`;
}
