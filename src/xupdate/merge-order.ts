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
  const movedByPublisher = moved(identities, 'publisher', hasBase ? 'base' : 'publisher');
  const movedByIncoming = moved(identities, 'incoming', hasBase ? 'base' : 'publisher');
  const isAnchor = (each: Identity): boolean =>
    each.publisher !== -1 &&
    each.incoming !== -1 &&
    (each.base !== -1 || !hasBase) &&
    movedByPublisher[each.number] !== 1 &&
    movedByIncoming[each.number] !== 1;
  const publisher = cut(identities, 'publisher', isAnchor);
  const incoming = cut(identities, 'incoming', isAnchor);
  // Where both have moved the same, two orders cannot be put together: the publisher's stands.
  const isDisputed = movedByIncoming.some((isMoved, at) => isMoved === 1 && movedByPublisher[at] === 1);
  const isTheirs = (each: Identity): boolean =>
    each.publisher === -1 || (!isDisputed && movedByIncoming[each.number] === 1);
  const order: Identity[] = [];
  publisher.gaps.forEach((ours, at) => {
    const theirs = incoming.gaps[at] ?? [];
    if (ours.length > 0 || theirs.length > 0) fill(order, { ours, theirs, isTheirs, compare });
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
function moved(identities: readonly Identity[], side: Side, from: Side): Uint8Array {
  const isMoved = new Uint8Array(identities.reduce((most, { number }) => Math.max(most, number + 1), 0));
  const there = sortedBy(identities, from).filter((each) => each[side] !== -1);
  const places = there.map((each) => each[side]);
  if (places.every((place, at) => at === 0 || place > (places[at - 1] ?? -1))) return isMoved;
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

function cut(identities: readonly Identity[], side: Side, isAnchor: (each: Identity) => boolean): Cut {
  const anchors: Identity[] = [];
  let gap: Identity[] = [];
  const gaps: (readonly Identity[])[] = [];
  for (const each of sortedBy(identities, side)) {
    if (isAnchor(each)) {
      anchors.push(each);
      gaps.push(gap);
      gap = [];
    } else gap.push(each);
  }
  gaps.push(gap);
  return { anchors, gaps };
}

interface Gap {
  readonly ours: readonly Identity[];
  readonly theirs: readonly Identity[];
  /** Whether the publisher's place for it does not count. */
  readonly isTheirs: (each: Identity) => boolean;
  readonly compare: Ordering['compare'];
}

/** Puts together what stands in one gap: what both have there in common cuts it further. */
function fill(order: Identity[], { ours, theirs, isTheirs, compare }: Gap): void {
  const common = inCommon(ours, theirs);
  let [ourAt, theirAt] = [0, 0];
  for (const each of [...common, undefined]) {
    const left: Identity[] = [];
    const right: Identity[] = [];
    for (; ourAt < ours.length && ours[ourAt] !== each; ourAt++) addIf(left, ours[ourAt], (one) => !isTheirs(one));
    for (; theirAt < theirs.length && theirs[theirAt] !== each; theirAt++)
      addIf(right, theirs[theirAt], (one) => isTheirs(one) && !common.has(one));
    const [first, other] = [left[0], right[0]];
    const isOursFirst = first === undefined || other === undefined || compare(first, other) <= 0;
    order.push(...(isOursFirst ? [...left, ...right] : [...right, ...left]));
    if (each !== undefined) order.push(each);
    ourAt++;
    theirAt++;
  }
}

function addIf(list: Identity[], each: Identity | undefined, condition: (each: Identity) => boolean): void {
  if (each !== undefined && condition(each)) list.push(each);
}

/** What both have in the gap, as far as it is in the same order. */
function inCommon(ours: readonly Identity[], theirs: readonly Identity[]): ReadonlySet<Identity> {
  const places = new Map(theirs.map((each, at) => [each, at]));
  const common = ours.filter((each) => places.has(each));
  const stay = longestIncreasing(common.map((each) => places.get(each) ?? 0));
  return new Set(stay.map((at) => common[at]).filter((each) => each !== undefined));
}
