import type { PeerNumber } from '../../objects/revision.ts';
import type { Batch, SiteStore } from '../../ports/site-store.ts';

/**
 * What the peer has refused of this log, or wants whole, up to a position to which both go back: the checkpoint there says that it has all of that, and only this that it has not. What
 * it has not taken in since goes again.
 */
export async function stillMissing(
  store: SiteStore,
  { peer, upTo }: { readonly peer: PeerNumber; readonly upTo: number },
): Promise<NonNullable<Batch['exceptions']>> {
  const refused = await store.exceptions(peer, { reason: 'refused' });
  const missing = new Map([...refused, ...(await store.exceptions(peer, { reason: 'wanted' }))]);
  const current = await store.current([...missing.keys()]);
  return [...missing].flatMap(([gid, exception]) =>
    (current.get(gid)?.seq ?? Number.POSITIVE_INFINITY) > upTo ? [] : [{ peer, gid, exception }],
  );
}
