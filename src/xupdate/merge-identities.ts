import { compareCodePoints } from '../xml/code-point-order.ts';
import type { Alignment, AlignRules } from './align.ts';
import { align, uniquePartners } from './align.ts';
import { writeFragment } from './fragment.ts';
import type { Item } from './labels.ts';
import { Labels } from './labels.ts';

/** The children of one element on each side; no base when there is none. */
export interface Sides {
  readonly base: readonly Item[] | undefined;
  readonly publisher: readonly Item[];
  readonly incoming: readonly Item[];
}

/** One child in a merge, by its index on each side; -1 where it is not. */
export interface Identity {
  /** Its own index among all, so that what is known of each can stand in a list. */
  readonly number: number;
  readonly base: number;
  readonly publisher: number;
  readonly incoming: number;
}

/** Which child on one side is which on the others; those of the base first, in its order. What both sides inserted alike is one. */
export function identify({ base = [], publisher, incoming }: Sides, { keys, nodes }: AlignRules): readonly Identity[] {
  const rules = { keys, nodes, labels: new Labels(keys, nodes.naming) };
  const ours = livesOn(base, publisher, rules);
  const theirs = livesOn(base, incoming, rules);
  const [toPublisher, toIncoming] = [ours.partners, theirs.partners];
  const [ourGuesses, theirGuesses] = [ours.guesses, theirs.guesses];
  settleGuesses({ base, publisher, incoming, toPublisher, toIncoming, ourGuesses, theirGuesses }, rules);
  const identities: Identity[] = [];
  for (let at = 0; at < base.length; at++)
    identities.push({ number: at, base: at, publisher: toPublisher[at] ?? -1, incoming: toIncoming[at] ?? -1 });
  const newPublisher = newOnes(publisher, toPublisher);
  const newIncoming = newOnes(incoming, toIncoming);
  const same = sameNew({ publisher, incoming, newPublisher, newIncoming }, rules);
  const add = (publisher: number, incoming: number): void => {
    identities.push({ number: identities.length, base: -1, publisher, incoming });
  };
  for (const at of newPublisher) add(at, same.get(at) ?? -1);
  const taken = new Set(same.values());
  for (const at of newIncoming) if (!taken.has(at)) add(-1, at);
  return identities;
}

// What has a key or a name of its own lives on even where it was moved.
function livesOn(olds: readonly Item[], news: readonly Item[], rules: AlignRules): Omit<Alignment, 'isEqual'> {
  const { partners, guesses } = align(olds, news, rules);
  if (!partners.includes(-1)) return { partners, guesses };
  const unique = uniquePartners(olds, news, rules);
  const withMoved = partners.map((partner, old) => (partner === -1 ? (unique[old] ?? -1) : partner));
  return { partners: withMoved, guesses };
}

function newOnes(items: readonly Item[], known: Int32Array): readonly number[] {
  const isOld = new Uint8Array(items.length);
  for (const at of known) if (at !== -1) isOld[at] = 1;
  const found: number[] = [];
  for (let at = 0; at < items.length; at++) if (isOld[at] === 0) found.push(at);
  return found;
}

interface Candidates {
  readonly base: readonly Item[];
  readonly publisher: readonly Item[];
  readonly incoming: readonly Item[];
  readonly toPublisher: Int32Array;
  readonly toIncoming: Int32Array;
  readonly ourGuesses: ReadonlySet<number>;
  readonly theirGuesses: ReadonlySet<number>;
}

/**
 * Repeated elements without keys are told apart by their content, and which of two inserted ones is the edited one can be a guess. Where one side has as a new one just
 * what the other has made of an old one, both mean the same; was that a guess, both have inserted it. Otherwise no guess decides which entry an edit belongs to: the old
 * one is gone on that side, so that the edit of the other side is asked about, and nothing is lost.
 */
function settleGuesses(candidates: Candidates, rules: AlignRules): void {
  const { base, publisher, incoming, toPublisher, toIncoming, ourGuesses, theirGuesses } = candidates;
  const { nodes } = rules;
  let sides: { readonly ours: NewOnes; readonly theirs: NewOnes } | undefined;
  for (let at = 0; at < base.length; at++) {
    const before = base[at];
    const left = publisher[toPublisher[at] ?? -1];
    const right = incoming[toIncoming[at] ?? -1];
    if (before === undefined || left === undefined || right === undefined || nodes.equal(left, right)) continue;
    const isChangedByBoth = !nodes.equal(before, left) && !nodes.equal(before, right);
    const [isOursGuess, isTheirsGuess] = [ourGuesses.has(at), theirGuesses.has(at)];
    if (!isChangedByBoth && !isOursGuess && !isTheirsGuess) continue;
    sides ??= { ours: new NewOnes(publisher, toPublisher, rules), theirs: new NewOnes(incoming, toIncoming, rules) };
    const likeTheirs = sides.ours.find(right, at);
    const likeOurs = sides.theirs.find(left, at);
    // Written out for it, which is too much for what is deep.
    const isTheirsFirst = (): boolean => compareItems(right, left) < 0;
    if (likeTheirs !== -1 && likeOurs !== -1) {
      if (isTheirsFirst()) toPublisher[at] = likeTheirs;
      else toIncoming[at] = likeOurs;
    } else if (likeTheirs !== -1 && isTheirsGuess) toIncoming[at] = -1;
    else if (likeOurs !== -1 && isOursGuess) toPublisher[at] = -1;
    else if (!isChangedByBoth) continue;
    else if (likeTheirs !== -1) toPublisher[at] = likeTheirs;
    else if (likeOurs !== -1) toIncoming[at] = likeOurs;
    else if (isTheirsGuess && !(isOursGuess && isTheirsFirst())) toIncoming[at] = -1;
    else if (isOursGuess) toPublisher[at] = -1;
  }
}

/** The new children of one side, to be found by what they are. Owns what is left of them. */
class NewOnes {
  readonly #items: readonly Item[];
  readonly #partners: Int32Array;
  readonly #rules: AlignRules;
  readonly #byHash = new Map<number, number[]>();

  constructor(items: readonly Item[], partners: Int32Array, rules: AlignRules) {
    this.#items = items;
    this.#partners = partners;
    this.#rules = rules;
    for (const at of newOnes(items, partners)) {
      const item = items[at];
      if (item === undefined) continue;
      const hash = rules.nodes.hash(item);
      const alike = this.#byHash.get(hash);
      if (alike === undefined) this.#byHash.set(hash, [at]);
      else alike.push(at);
    }
  }

  /** A new child that is the same as the item, and stands where the old one could have become it; -1 when there is none. */
  find(item: Item, old: number): number {
    // Mostly there is none at all.
    if (this.#byHash.size === 0) return -1;
    const alike = this.#byHash.get(this.#rules.nodes.hash(item));
    if (alike === undefined) return -1;
    const [after, before] = [this.#neighbour(old, -1), this.#neighbour(old, 1)];
    const found = alike.findIndex((at) => {
      const there = this.#items[at];
      return at > after && at < before && there !== undefined && this.#rules.nodes.equal(there, item);
    });
    return found === -1 ? -1 : (alike.splice(found, 1)[0] ?? -1);
  }

  #neighbour(old: number, step: 1 | -1): number {
    for (let at = old + step; at >= 0 && at < this.#partners.length; at += step) {
      const partner = this.#partners[at] ?? -1;
      if (partner !== -1) return partner;
    }
    return step === 1 ? this.#items.length : -1;
  }
}

interface NewSides {
  readonly publisher: readonly Item[];
  readonly incoming: readonly Item[];
  readonly newPublisher: readonly number[];
  readonly newIncoming: readonly number[];
}

// Repeated elements without keys of their own are one only when they are equal: two people adding to a list mean two entries.
function sameNew(sides: NewSides, rules: AlignRules): ReadonlyMap<number, number> {
  const { newPublisher, newIncoming } = sides;
  const same = new Map<number, number>();
  if (newPublisher.length === 0 || newIncoming.length === 0) return same;
  const isNew = new Set(newIncoming);
  const unique = uniquePartners(sides.publisher, sides.incoming, rules);
  for (const one of newPublisher) {
    const other = unique[one] ?? -1;
    if (sides.publisher[one]?.kind === 'element' && isNew.has(other)) same.set(one, other);
  }
  const taken = new Set(same.values());
  const publisher = pick(sides.publisher, newPublisher);
  const incoming = pick(sides.incoming, newIncoming);
  for (const [old, fresh] of align(publisher, incoming, rules).partners.entries()) {
    const [one, other] = [newPublisher[old], newIncoming[fresh]];
    const [left, right] = [publisher[old], incoming[fresh]];
    if (one === undefined || other === undefined || left === undefined || right === undefined) continue;
    if (!same.has(one) && !taken.has(other) && rules.nodes.equal(left, right)) same.set(one, other);
  }
  return same;
}

/** Which of two children comes first where nothing else says so: by what they are, so that it is the same whichever side each is on. */
export function compareItems(left: Item, right: Item): number {
  return compareCodePoints(writeFragment([left]), writeFragment([right]));
}

function pick(items: readonly Item[], indexes: readonly number[]): readonly Item[] {
  return indexes.map((at) => items[at]).filter((item) => item !== undefined);
}
