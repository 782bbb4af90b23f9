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

/** What is remembered for one of these reasons of objects that have not been written since that position. */
export async function rememberedUpTo(
  store: SiteStore,
  { peer, upTo }: GoneBack,
  reasons: readonly Exception['reason'][],
): Promise<readonly Remembered[]> {
  const pages = await Promise.all(reasons.map(async (reason) => store.exceptions(peer, { reason })));
  const remembered = new Map(pages.flatMap((page) => [...page]));
  const current = await store.current([...remembered.keys()]);
  return [...remembered].flatMap(([gid, exception]) => {
    const revision = current.get(gid);
    return revision === undefined || revision.seq > upTo ? [] : [{ gid, exception, revision }];
  });
}

/**
 * What the peer has refused of this log, or wants whole, up to a position to which both go back: the checkpoint there says that it has all of that, and only this that it has not. What
 * it has not taken in since goes again.
 */
export async function stillMissing(store: SiteStore, to: GoneBack): Promise<NonNullable<Batch['exceptions']>> {
  const missing = await rememberedUpTo(store, to, ['refused', 'wanted']);
  return missing.map(({ gid, exception }) => ({ peer: to.peer, gid, exception }));
}
