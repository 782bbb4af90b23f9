/** One child in a merge, by its index on each side that has it. */
export interface Identity {
  readonly base: number | undefined;
  readonly publisher: number | undefined;
  readonly incoming: number | undefined;
}

/**
 * The order of the merged children: the publisher's, unless only the incoming side moved some; what the other side alone has follows
 * the neighbour that it follows there. Inserted at the same place, the publisher's come first.
 */
export function mergeOrder(identities: readonly Identity[]): readonly Identity[] {
  const leading = movedByIncomingOnly(identities) ? 'incoming' : 'publisher';
  const other = leading === 'publisher' ? 'incoming' : 'publisher';
  const order = sortedBy(identities, leading);
  const last = new Map(order.map((identity, at) => [identity, at]));
  const following = new Map<number, Identity[]>();
  let neighbour = -1;
  for (const identity of sortedBy(identities, other)) {
    const at = last.get(identity);
    if (at !== undefined) {
      neighbour = at;
      continue;
    }
    const place = leading === 'publisher' ? behindNew(order, neighbour) : neighbour;
    const list = following.get(place);
    if (list === undefined) following.set(place, [identity]);
    else list.push(identity);
  }
  const merged = [...(following.get(-1) ?? [])];
  order.forEach((identity, at) => {
    merged.push(identity, ...(following.get(at) ?? []));
  });
  return merged;
}

type Side = 'base' | 'publisher' | 'incoming';

function sortedBy(identities: readonly Identity[], side: Side): readonly Identity[] {
  return identities
    .filter((identity) => identity[side] !== undefined)
    .sort((left, right) => (left[side] ?? 0) - (right[side] ?? 0));
}

// Behind those that the leading side inserted at the same place.
function behindNew(order: readonly Identity[], neighbour: number): number {
  let at = neighbour;
  while (isNewOnOneSide(order[at + 1])) at++;
  return at;
}

function isNewOnOneSide(identity: Identity | undefined): boolean {
  return identity !== undefined && identity.base === undefined && identity.incoming === undefined;
}

function movedByIncomingOnly(identities: readonly Identity[]): boolean {
  return isMoved(identities, 'incoming') && !isMoved(identities, 'publisher');
}

function isMoved(identities: readonly Identity[], side: Side): boolean {
  let before = -1;
  for (const identity of sortedBy(identities, 'base')) {
    const at = identity[side];
    if (at === undefined) continue;
    if (at < before) return true;
    before = at;
  }
  return false;
}
