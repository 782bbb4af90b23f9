import type { Gid } from '../../objects/gid.ts';
import type { PeerNumber, Revision } from '../../objects/revision.ts';
import type { Batch, SiteStore } from '../../ports/site-store.ts';
import type { Exception } from '../../synchronization/exception.ts';

/** A peer, and a position of this log to which both go back. */
export interface GoneBack {
  readonly peer: PeerNumber;
  readonly upTo: number;
}

interface Remembered {
  readonly gid: Gid;
  readonly exception: Exception;
  readonly revision: Revision;
}

/** What is remembered for one of these reasons, with the newest revision of the object. */
export async function rememberedFor(
  store: SiteStore,
  peer: PeerNumber,
  reasons: readonly Exception['reason'][],
): Promise<readonly Remembered[]> {
  const pages = await Promise.all(reasons.map(async (reason) => store.exceptions(peer, { reason })));
  const remembered = new Map(pages.flatMap((page) => [...page]));
  const current = await store.current([...remembered.keys()]);
  return [...remembered].flatMap(([gid, exception]) => {
    const revision = current.get(gid);
    return revision === undefined ? [] : [{ gid, exception, revision }];
  });
}

/**
 * What the peer has refused of this log, or wants whole, up to a position to which both go back: the checkpoint there says that it has all of that, and only this that it has not. What
 * it has not taken in since goes again; so does what was sent of that last, and not heard of.
 */
export async function stillMissing(
  store: SiteStore,
  { peer, upTo }: GoneBack,
): Promise<NonNullable<Batch['exceptions']>> {
  const remembered = await rememberedFor(store, peer, ['refused', 'wanted', 'received']);
  const missing = remembered.filter(
    (one) => !isGoneForBoth(one) && (one.revision.seq <= upTo || isOfBefore(one.exception, upTo)),
  );
  return missing.map(({ gid, exception }) => ({ peer, gid, exception: unsent(exception) }));
}

/** It is gone here, and the peer has nothing of it, or has that it is gone. */
function isGoneForBoth({ exception: { holds }, revision: { state, seq } }: Remembered): boolean {
  return state !== 'present' && (holds.kind === 'nothing' || (holds.kind === 'revision' && holds.seq === seq));
}

/** Whether what the peer held then is no later than this position, so that it has not lost it. */
function isOfBefore({ holds }: Exception, upTo: number): boolean {
  return holds.kind === 'nothing' || (holds.kind === 'revision' && holds.seq <= upTo);
}

/** What is remembered of something before it was sent. */
function unsent(exception: Exception): Exception {
  return exception.reason === 'received' ? { reason: 'wanted', holds: exception.holds } : exception;
}
