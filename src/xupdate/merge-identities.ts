import type { AlignRules } from './align.ts';
import { align, uniquePartners } from './align.ts';
import type { Item } from './labels.ts';
import type { Identity } from './merge-order.ts';

/** The children of one element on each side; no base when there is none. */
export interface Sides {
  readonly base: readonly Item[] | undefined;
  readonly publisher: readonly Item[];
  readonly incoming: readonly Item[];
}

/** Which child on one side is which on the others. What both sides inserted alike is one. */
export function identify({ base, publisher, incoming }: Sides, rules: AlignRules): readonly Identity[] {
  const toPublisher = base === undefined ? new Map<number, number>() : livesOn(base, publisher, rules);
  const toIncoming = base === undefined ? new Map<number, number>() : livesOn(base, incoming, rules);
  const identities: Identity[] = (base ?? []).map((_, at) => ({
    base: at,
    publisher: toPublisher.get(at),
    incoming: toIncoming.get(at),
  }));
  const newPublisher = newOnes(publisher, toPublisher);
  const newIncoming = newOnes(incoming, toIncoming);
  const same = sameNew({ base, publisher, incoming }, { newPublisher, newIncoming }, rules);
  for (const at of newPublisher) identities.push({ base: undefined, publisher: at, incoming: same.get(at) });
  const taken = new Set(same.values());
  for (const at of newIncoming)
    if (!taken.has(at)) identities.push({ base: undefined, publisher: undefined, incoming: at });
  return identities;
}

// What has a key or a name of its own lives on even where it was moved.
function livesOn(olds: readonly Item[], news: readonly Item[], rules: AlignRules): ReadonlyMap<number, number> {
  const matches = new Map<number, number>();
  const unique = uniquePartners(olds, news, rules);
  align(olds, news, rules).partners.forEach((partner, old) => {
    const fresh = partner === -1 ? (unique[old] ?? -1) : partner;
    if (fresh !== -1) matches.set(old, fresh);
  });
  return matches;
}

function newOnes(items: readonly Item[], known: ReadonlyMap<number, number>): readonly number[] {
  const old = new Set(known.values());
  return items.map((_, at) => at).filter((at) => !old.has(at));
}

interface NewOnes {
  readonly newPublisher: readonly number[];
  readonly newIncoming: readonly number[];
}

// Repeated elements without keys of their own are one only when they are equal: two people adding to a list mean two entries.
function sameNew(sides: Sides, { newPublisher, newIncoming }: NewOnes, rules: AlignRules): ReadonlyMap<number, number> {
  const publisher = pick(sides.publisher, newPublisher);
  const incoming = pick(sides.incoming, newIncoming);
  const unique = uniquePartners(sides.publisher, sides.incoming, rules);
  const newOnIncoming = new Set(newIncoming);
  const newOnPublisher = new Set(newPublisher);
  const same = new Map<number, number>();
  for (const [one, other] of unique.entries()) {
    const isField = sides.publisher[one]?.kind === 'element';
    if (isField && newOnPublisher.has(one) && newOnIncoming.has(other)) same.set(one, other);
  }
  const taken = new Set(same.values());
  for (const [old, fresh] of align(publisher, incoming, rules).partners.entries()) {
    const [one, other] = [newPublisher[old], newIncoming[fresh]];
    const [left, right] = [publisher[old], incoming[fresh]];
    if (one === undefined || other === undefined || left === undefined || right === undefined) continue;
    if (!same.has(one) && !taken.has(other) && rules.nodes.equal(left, right)) same.set(one, other);
  }
  return same;
}

function pick(items: readonly Item[], indexes: readonly number[]): readonly Item[] {
  return indexes.map((at) => items[at]).filter((item) => item !== undefined);
}
