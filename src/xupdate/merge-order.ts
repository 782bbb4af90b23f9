import { NOTHING } from '../xml/tree.ts';
import { longestIncreasing } from './increasing.ts';
import type { Identity } from './merge-identities.ts';

/** What is known of the children of a merge. */
export interface Ordering {
  /** Those of the base first, in its order. */
  readonly identities: readonly Identity[];
  readonly hasBase: boolean;
  /** Which of two inserted ones comes first: negative, zero or positive. */
  readonly compare: (left: Identity, right: Identity) => number;
}

/**
 * The order of the merged children. What nobody moved keeps its order and cuts both sides into the same gaps; what one side moved or inserted stands in the gap in which
 * that side has it. Where both moved the same, the publisher's order stands. Inserted into one gap from both sides, what is the same is one, and the rest is ordered by
 * what it is: so the order does not depend on which side is which, unless both have moved the same.
 */
export function mergeOrder({ identities, hasBase, compare }: Ordering): readonly Identity[] {
  if (identities.every(isStraight)) return identities;
  const count = identities.reduce((most, { number }) => Math.max(most, number + 1), 0);
  const [ours, theirs] = [sortedBy(identities, 'publisher'), sortedBy(identities, 'incoming')];
  const before = hasBase ? sortedBy(identities, 'base') : ours;
  const movedByPublisher = moved(before, 'publisher', count);
  const movedByIncoming = moved(before, 'incoming', count);
  const isAnchor = (each: Identity): boolean =>
    each.publisher !== -1 &&
    each.incoming !== -1 &&
    (each.base !== -1 || !hasBase) &&
    movedByPublisher[each.number] !== 1 &&
    movedByIncoming[each.number] !== 1;
  const publisher = cut(ours, isAnchor);
  const incoming = cut(theirs, isAnchor);
  // Where both have moved the same, two orders cannot be put together: the publisher's stands.
  const isDisputed = movedByIncoming.some((isMoved, at) => isMoved === 1 && movedByPublisher[at] === 1);
  const isTheirs = (each: Identity): boolean =>
    each.publisher === -1 || (!isDisputed && movedByIncoming[each.number] === 1);
  const order: Identity[] = [];
  const places = new Int32Array(count);
  publisher.gaps.forEach((ours, at) => {
    const theirs = incoming.gaps[at] ?? NOTHING;
    if (ours.length > 0 || theirs.length > 0) fill(order, { ours, theirs, isTheirs, compare, places });
    const anchor = publisher.anchors[at];
    if (anchor !== undefined) order.push(anchor);
  });
  return order;
}

// Most lists have the same children in the same order everywhere.
function isStraight({ base, publisher, incoming }: Identity, at: number): boolean {
  return publisher === at && incoming === at && (base === at || base === -1);
}

type Side = 'base' | 'publisher' | 'incoming';

/** For each number 1 when that child stands on the side in another order than it comes from; as few as possible. */
function moved(before: readonly Identity[], side: Side, count: number): Uint8Array {
  const isMoved = new Uint8Array(count);
  const there = before.filter((each) => each[side] !== -1);
  const places = new Int32Array(there.length);
  let isInOrder = true;
  for (let at = 0; at < places.length; at++) {
    places[at] = there[at]?.[side] ?? -1;
    if (at > 0 && (places[at - 1] ?? -1) > (places[at] ?? -1)) isInOrder = false;
  }
  if (isInOrder) return isMoved;
  for (const { number } of there) isMoved[number] = 1;
  for (const at of longestIncreasing(places)) isMoved[there[at]?.number ?? -1] = 0;
  return isMoved;
}

function sortedBy(identities: readonly Identity[], side: Side): readonly Identity[] {
  const places = new Array<Identity | undefined>(identities.length).fill(undefined);
  for (const each of identities) if (each[side] !== -1) places[each[side]] = each;
  return places.filter((each) => each !== undefined);
}

interface Cut {
  readonly anchors: readonly Identity[];
  /** What stands before, between and behind the anchors. */
  readonly gaps: readonly (readonly Identity[])[];
}

function cut(sorted: readonly Identity[], isAnchor: (each: Identity) => boolean): Cut {
  const anchors: Identity[] = [];
  // Mostly there is nothing between two anchors.
  let gap: Identity[] | undefined;
  const gaps: (readonly Identity[])[] = [];
  for (const each of sorted) {
    if (isAnchor(each)) {
      anchors.push(each);
      gaps.push(gap ?? NOTHING);
      gap = undefined;
    } else (gap ??= []).push(each);
  }
  gaps.push(gap ?? NOTHING);
  return { anchors, gaps };
}

interface Gap {
  readonly ours: readonly Identity[];
  readonly theirs: readonly Identity[];
  /** Whether the publisher's place for it does not count. */
  readonly isTheirs: (each: Identity) => boolean;
  readonly compare: Ordering['compare'];
  /** A row of 0 for each number; it is so again when the gap is filled. */
  readonly places: Int32Array;
}

/** Puts together what stands in one gap: what both have there in common cuts it further. */
function fill(order: Identity[], { ours, theirs, isTheirs, compare, places }: Gap): void {
  const common = markCommon(ours, theirs, places);
  let [ourAt, theirAt] = [0, 0];
  for (let at = 0; at <= common.length; at++) {
    const each = common[at];
    const left: Identity[] = [];
    const right: Identity[] = [];
    for (; ourAt < ours.length && ours[ourAt] !== each; ourAt++) addIf(left, ours[ourAt], (one) => !isTheirs(one));
    for (; theirAt < theirs.length && theirs[theirAt] !== each; theirAt++)
      addIf(right, theirs[theirAt], (one) => isTheirs(one) && places[one.number] === 0);
    const [first, other] = [left[0], right[0]];
    const isOursFirst = first === undefined || other === undefined || compare(first, other) <= 0;
    // One by one: as the parameters of a call, a long list is more than the stack holds.
    for (const one of isOursFirst ? left : right) order.push(one);
    for (const one of isOursFirst ? right : left) order.push(one);
    if (each !== undefined) {
      order.push(each);
      places[each.number] = 0;
    }
    ourAt++;
    theirAt++;
  }
}

function addIf(list: Identity[], each: Identity | undefined, condition: (each: Identity) => boolean): void {
  if (each !== undefined && condition(each)) list.push(each);
}

/** What both have in the gap, as far as it is in the same order; marked by another place than 0. */
function markCommon(ours: readonly Identity[], theirs: readonly Identity[], places: Int32Array): readonly Identity[] {
  if (ours.length === 0 || theirs.length === 0) return NOTHING;
  for (let at = 0; at < theirs.length; at++) places[theirs[at]?.number ?? -1] = at + 1;
  const common = ours.filter((each) => places[each.number] !== 0);
  const stay = longestIncreasing(common.map((each) => places[each.number] ?? 0));
  for (const { number } of theirs) places[number] = 0;
  const marked = stay.map((at) => common[at]).filter((each) => each !== undefined);
  for (const { number } of marked) places[number] = 1;
  return marked;
}
