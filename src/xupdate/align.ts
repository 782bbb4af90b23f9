import { NOTHING } from '../xml/tree.ts';
import type { LeftOver, Matches } from './best-matches.ts';
import { bestMatches, leftOver } from './best-matches.ts';
import { NodeComparison } from './equality.ts';
import { longestIncreasing } from './increasing.ts';
import type { KeyRules } from './keys.ts';
import type { Item } from './labels.ts';
import { commonLabels, commonness, haveSameLabel, Labels } from './labels.ts';
import { likeness } from './likeness.ts';
import type { Range, Sides } from './pairs-in-turn.ts';
import { pairsInTurn } from './pairs-in-turn.ts';
import { SiblingTraits } from './sibling-traits.ts';
import { TellingTraits } from './telling-traits.ts';

/** What aligning needs to know; made once for a pair of documents. */
export interface AlignRules {
  readonly keys: KeyRules;
  readonly nodes: NodeComparison;
  /** Those of a few lists that are aligned with each other in turn. */
  readonly labels?: Labels;
}

/** Rules with the memory they need. */
export function alignRules(keys: KeyRules): AlignRules {
  return { keys, nodes: new NodeComparison() };
}

/** Which old child lives on as which new one. */
export interface Alignment {
  /** For each old child the index of the new one, or -1 when it goes; the others ascend. */
  readonly partners: Int32Array;
  /** For each old child 1 when it is the same as its partner; otherwise nobody has looked, or it is not. */
  readonly isEqual: Uint8Array;
  /** Old children whose partners are guesses: another one may be what they live on as, and nothing decides. */
  readonly guesses: ReadonlySet<number>;
}

/** Mostly nothing has to be guessed. */
export const NO_GUESSES: ReadonlySet<number> = new Set();

/** So many are compared each with each sooner than labels are made for them. */
const FEW = 12;
const ROUNDS = 12;
const MANY_PAIRS = 1024;

/**
 * Which old child lives on as which new one: partners ascend, and only nodes with the same label can be partners: same kind and
 * name, declarations and key. Keys and names that are unique decide first, then equal content, then what nobody else has in it, then likeness. Takes about n log n steps.
 */
export function align(olds: readonly Item[], news: readonly Item[], rules: AlignRules): Alignment {
  const partners = new Int32Array(olds.length).fill(-1);
  const isEqual = new Uint8Array(olds.length);
  let guesses = NO_GUESSES;
  const { nodes } = rules;
  let [from, oldTo, newTo] = [0, olds.length, news.length];
  // Most of what is aligned is the same at both ends, and then no label is needed.
  for (; from < oldTo && from < newTo; from++) {
    const [old, fresh] = [olds[from], news[from]];
    if (old === undefined || fresh === undefined || !nodes.equal(old, fresh)) break;
    partners[from] = from;
    isEqual[from] = 1;
  }
  for (; from < oldTo && from < newTo; oldTo--, newTo--) {
    const [old, fresh] = [olds[oldTo - 1], news[newTo - 1]];
    if (old === undefined || fresh === undefined || !nodes.equal(old, fresh)) break;
    partners[oldTo - 1] = newTo - 1;
    isEqual[oldTo - 1] = 1;
  }
  if (oldTo === newTo && areFields(olds, news, { from, to: oldTo, rules })) {
    for (; from < oldTo; from++) partners[from] = from;
  } else if (from < oldTo && from < newTo) {
    const rest = new Aligner(olds.slice(from, oldTo), news.slice(from, newTo), rules);
    rest.align();
    if (rest.guesses !== undefined) guesses = new Set([...rest.guesses].map((at) => from + at));
    for (let at = 0; at < rest.partners.length; at++) {
      const partner = rest.partners[at] ?? -1;
      if (partner === -1) continue;
      partners[from + at] = from + partner;
      isEqual[from + at] = rest.isEqual[at] ?? 0;
    }
  }
  return { partners, isEqual, guesses };
}

interface Fields {
  readonly from: number;
  readonly to: number;
  readonly rules: AlignRules;
}

/** Whether both lists have the same few labels in the same order, each once: like the fields of a record. */
function areFields(olds: readonly Item[], news: readonly Item[], { from, to, rules }: Fields): boolean {
  if (to - from > FEW) return false;
  for (let at = from; at < to; at++) {
    const [old, fresh] = [olds[at], news[at]];
    if (old === undefined || fresh === undefined || !haveSameLabel(old, fresh, rules)) return false;
    for (let before = from; before < at; before++) {
      const other = olds[before];
      if (other !== undefined && haveSameLabel(other, old, rules)) return false;
    }
  }
  return true;
}

/** For each old child the new one, where label of both is unique on its side, or -1. They may cross. */
export function uniquePartners(olds: readonly Item[], news: readonly Item[], rules: AlignRules): Int32Array {
  const labels = rules.labels ?? new Labels(rules.keys, rules.nodes.naming);
  const oldLabels = labels.ofAll(olds);
  const newLabels = labels.ofAll(news);
  const common = commonLabels(oldLabels, newLabels, labels.count);
  const places = new Int32Array(labels.count);
  newLabels.forEach((label, at) => {
    places[label] = at;
  });
  return oldLabels.map((label) => (common[label] === commonness.unique ? (places[label] ?? -1) : -1));
}

/** Aligns one pair of sibling lists; owns what was matched so far. */
class Aligner {
  readonly partners: Int32Array;
  readonly isEqual: Uint8Array;
  guesses: Set<number> | undefined;
  readonly #olds: readonly Item[];
  readonly #news: readonly Item[];
  readonly #rules: AlignRules;
  readonly #oldLabels: Int32Array;
  readonly #newLabels: Int32Array;
  readonly #common: Uint8Array;
  #traits: Sides<SiblingTraits> | undefined;
  #contents: Sides<Int32Array> | undefined;

  constructor(olds: readonly Item[], news: readonly Item[], rules: AlignRules) {
    this.#olds = olds;
    this.#news = news;
    this.#rules = rules;
    this.partners = new Int32Array(olds.length).fill(-1);
    this.isEqual = new Uint8Array(olds.length);
    const labels = rules.labels ?? new Labels(rules.keys, rules.nodes.naming);
    this.#oldLabels = labels.ofAll(olds);
    this.#newLabels = labels.ofAll(news);
    this.#common = commonLabels(this.#oldLabels, this.#newLabels, labels.count);
  }

  align(): void {
    this.#range({ oldFrom: 0, oldTo: this.#olds.length, newFrom: 0, newTo: this.#news.length }, ROUNDS);
  }

  #range(range: Range, rounds: number): void {
    const inner = this.#trim(range);
    if (inner.oldFrom === inner.oldTo || inner.newFrom === inner.newTo) return;
    const equal = rounds === 0 ? NOTHING : this.#anchors(inner);
    if (equal.length > 0) this.#between(equal, inner, rounds);
    else if (inner.oldTo - inner.oldFrom === 1 && inner.newTo - inner.newFrom === 1) this.#pair(inner);
    else this.#different(inner, rounds);
  }

  #between(anchors: readonly number[], inner: Range, rounds: number): void {
    let { oldFrom, newFrom } = inner;
    for (const old of anchors) {
      const fresh = this.partners[old] ?? -1;
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
    while (oldFrom < oldTo && newFrom < newTo && this.#isSure(oldFrom, newFrom)) this.partners[oldFrom++] = newFrom++;
    while (oldFrom < oldTo && newFrom < newTo && this.#isSure(oldTo - 1, newTo - 1)) this.partners[--oldTo] = --newTo;
    return { oldFrom, oldTo, newFrom, newTo };
  }

  #isSure(old: number, fresh: number): boolean {
    const label = this.#oldLabels[old] ?? -1;
    if (label !== this.#newLabels[fresh]) return false;
    return this.#common[label] === commonness.unique || this.#areEqual(old, fresh);
  }

  #areEqual(old: number, fresh: number): boolean {
    const left = this.#olds[old];
    const right = this.#news[fresh];
    const areEqual = left !== undefined && right !== undefined && this.#rules.nodes.equal(left, right);
    if (areEqual) this.isEqual[old] = 1;
    return areEqual;
  }

  // The first of each content belongs to the first of it on the other side, the second to the second; what crosses is left out.
  #anchors(range: Range): readonly number[] {
    // The first range has all others in it.
    this.#contents ??= this.#numbersIn(range);
    const found = pairsInTurn(range, this.#contents);
    const anchors: number[] = [];
    for (const at of longestIncreasing(found.news)) {
      const [old, fresh] = [found.olds[at] ?? 0, found.news[at] ?? 0];
      if (!this.#isSure(old, fresh)) continue;
      this.partners[old] = fresh;
      anchors.push(old);
    }
    return anchors;
  }

  #numbersIn({ oldFrom, oldTo, newFrom, newTo }: Range): Sides<Int32Array> {
    const olds = new Int32Array(oldTo);
    const news = new Int32Array(newTo);
    for (let at = oldFrom; at < oldTo; at++) olds[at] = this.#content(this.#olds[at], this.#oldLabels[at] ?? -1);
    for (let at = newFrom; at < newTo; at++) news[at] = this.#content(this.#news[at], this.#newLabels[at] ?? -1);
    return { olds, news };
  }

  // What is equal has the same number; what only looks so is found out when it is compared.
  #content(node: Item | undefined, label: number): number {
    if (node === undefined || this.#common[label] !== commonness.repeated) return label;
    return Math.imul(label + 1, 0x9e3779b1) ^ this.#rules.nodes.hash(node);
  }

  #pair({ oldFrom, newFrom }: Range): void {
    if (this.#oldLabels[oldFrom] === this.#newLabels[newFrom]) this.partners[oldFrom] = newFrom;
  }

  // Nothing is equal here: what has something that nobody else has is known by it.
  #different(range: Range, rounds: number): void {
    // Mostly nobody asks for them.
    const traits = (this.#traits ??= this.#traitsOfAll());
    const telling = new TellingTraits(traits, range);
    const anchors: number[] = [];
    for (const [old, fresh] of rounds === 0 ? NOTHING : telling.pairs()) {
      if (this.#oldLabels[old] !== this.#newLabels[fresh]) continue;
      this.partners[old] = fresh;
      anchors.push(old);
    }
    if (anchors.length > 0) this.#between(anchors, range, rounds);
    else this.#likeness(range, traits, telling);
  }

  #traitsOfAll(): Sides<SiblingTraits> {
    // Whose label is not on the other side lives on as nothing, whatever it is like.
    const canBeLike = (label: number): boolean => this.#common[label] !== commonness.none;
    const compared = { canBeLike, nodes: this.#rules.nodes };
    return {
      olds: new SiblingTraits({ items: this.#olds, labels: this.#oldLabels, ...compared }),
      news: new SiblingTraits({ items: this.#news, labels: this.#newLabels, ...compared }),
    };
  }

  // Old ones live on as new ones of the same label, the most alike if there are few, else in their order.
  #likeness(range: Range, traits: Sides<SiblingTraits>, telling: TellingTraits): void {
    const { oldFrom, oldTo, newFrom, newTo } = range;
    const [olds, news] = [oldTo - oldFrom, newTo - newFrom];
    const isMany = olds * news > MANY_PAIRS;
    const alike = (old: number, fresh: number): number => {
      if (this.#oldLabels[oldFrom + old] !== this.#newLabels[newFrom + fresh]) return 0;
      return isMany ? 1 : likeness(traits.olds.of(oldFrom + old), traits.news.of(newFrom + fresh));
    };
    const matches = isMany ? this.#inOrder(range) : bestMatches([olds, news], alike);
    for (const [old, fresh] of matches) this.partners[oldFrom + old] = newFrom + fresh;
    this.#findGuesses(range, matches, (old, fresh, left) => {
      if (isMany || telling.isContested(oldFrom + old, newFrom + fresh)) return true;
      const weight = alike(old, fresh);
      return (
        left.olds.some((other) => alike(other, fresh) >= weight) ||
        left.news.some((other) => alike(old, other) >= weight)
      );
    });
  }

  // Where one of the same label is left over, it may be the right one.
  #findGuesses(
    { oldFrom, oldTo, newFrom, newTo }: Range,
    matches: Matches,
    isUnsure: (old: number, fresh: number, left: LeftOver) => boolean,
  ): void {
    const left = leftOver(matches, oldTo - oldFrom, newTo - newFrom);
    const labels = new Set(left.olds.map((old) => this.#oldLabels[oldFrom + old]));
    for (const fresh of left.news) labels.add(this.#newLabels[newFrom + fresh]);
    if (labels.size === 0) return;
    for (const [old, fresh] of matches) {
      const isPossible = labels.has(this.#oldLabels[oldFrom + old]) && this.#olds[oldFrom + old]?.kind === 'element';
      if (isPossible && isUnsure(old, fresh, left)) (this.guesses ??= new Set()).add(oldFrom + old);
    }
  }

  #inOrder(range: Range): Matches {
    const found = pairsInTurn(range, { olds: this.#oldLabels, news: this.#newLabels });
    return longestIncreasing(found.news).map(
      (at) => [(found.olds[at] ?? 0) - range.oldFrom, (found.news[at] ?? 0) - range.newFrom] as const,
    );
  }
}
