import type { PeerNumber } from '../../objects/revision.ts';
import type { Exception } from '../../synchronization/exception.ts';
import type { SiteContext } from '../site-context.ts';
import { writtenBefore } from './log-age.ts';

/** What garbage collection did. */
export interface Collected {
  readonly removed: number;
  /** At and before this position of the log only the newest revision of each object is left. */
  readonly oldest: number;
}

/** A peer's row, as far as it says what it may still ask for. */
interface Need {
  readonly peer: PeerNumber;
  /** Own log positions that the peer may come back to, or that are being sent. */
  readonly positions: readonly number[];
}

/** Of what history is kept by, in milliseconds. */
export const dayMs = 24 * 60 * 60 * 1000;
const pageSize = 1_000;

/**
 * Removes the revisions that no sync, and no restore of a peer, can need (engine.md §9): of each object the newest at or before the oldest retained checkpoint
 * stays, and all later ones, and whatever an exception names. The history of objects before that is gone with them. While a first session has begun and not ended, nothing is.
 * `keepDays`: what was written in the last so many days stays in any case.
 */
export async function collectGarbage(
  context: SiteContext,
  { keepDays = 0 }: { readonly keepDays?: number } = {},
): Promise<Collected> {
  const { store, clock } = context;
  const needs = [...(await needsOfSubscribers(context)), ...(await needsOfSubscriptions(context))];
  const head = await store.head();
  const border = keepDays === 0 ? head.seq : await writtenBefore(store, clock.now() - keepDays * dayMs);
  const oldest = Math.min(border, ...needs.flatMap(({ positions }) => positions));
  const keep = new Set<number>();
  for (const { peer } of needs) await addNamed(context, peer, keep);
  const removed = await store.collectGarbage(oldest, keep);
  const text = `Removed ${removed} revisions up to position ${oldest}`;
  await store.record({
    at: clock.now(),
    kind: 'administration',
    level: 'info',
    subject: 'gc',
    text,
    details: { removed, oldest },
  });
  return { removed, oldest };
}

async function needsOfSubscribers({ store }: SiteContext): Promise<readonly Need[]> {
  const needs: Need[] = [];
  for (const { id } of await store.publications()) {
    for (const { peer, state } of await store.subscribers(id)) {
      const offered = state.offered === undefined ? [] : [state.offered.checkpoint];
      const reading = state.session?.readAt === undefined ? [] : [state.session.readAt.seq];
      const agreed = [...state.checkpoints, ...offered].map(({ publisher }) => publisher.seq);
      const begun = hasOnlyBegun(state.checkpoints, state.subscriberEpoch) ? [0] : [];
      needs.push({ peer, positions: [...begun, ...reading, ...agreed] });
    }
  }
  return needs;
}

async function needsOfSubscriptions({ store }: SiteContext): Promise<readonly Need[]> {
  return (await store.subscriptions()).map(({ peer, state }) => {
    const reading = state.session === undefined ? [] : [state.session.readAt.seq];
    const agreed = state.checkpoints.flatMap(({ subscriber, takenUpTo }) => [subscriber.seq, takenUpTo]);
    const begun = hasOnlyBegun(state.checkpoints, state.publisherEpoch) ? [0] : [];
    return { peer, positions: [...begun, ...reading, ...agreed] };
  });
}

/**
 * Whether both have exchanged something and no session has ended that agreed on it: then all is told again with the next one, and the log alone says which edits have
 * come already.
 */
function hasOnlyBegun(checkpoints: readonly unknown[], peersEpoch: string): boolean {
  return checkpoints.length === 0 && peersEpoch !== '';
}

/** Adds the sequence numbers that a peer's exceptions name. */
async function addNamed({ store }: SiteContext, peer: PeerNumber, keep: Set<number>): Promise<void> {
  let after = '';
  let size = pageSize;
  while (size === pageSize) {
    const page = await store.exceptions(peer, { after, limit: pageSize });
    for (const [gid, exception] of page) {
      for (const seq of namedBy(exception)) keep.add(seq);
      after = gid;
    }
    size = page.size;
  }
}

function namedBy(exception: Exception): readonly number[] {
  const held = exception.holds.kind === 'revision' ? [exception.holds.seq] : [];
  const outcome = 'received' in exception && exception.received !== undefined ? [exception.received.outcome] : [];
  return [...held, ...outcome];
}
