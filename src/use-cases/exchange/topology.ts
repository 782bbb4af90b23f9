import { RequestError } from '../../errors/concord-error.ts';
import type { PeerReader } from '../../ports/peer-reader.ts';
import type { Publication } from '../../synchronization/publication.ts';

/** The sites that a publication has come through, from its origin to this one (engine.md §10): a hub continues the chain of its own source. */
export async function chainTo(
  store: PeerReader,
  publication: Publication,
  identity: string,
): Promise<readonly string[]> {
  const subscriptions = await store.subscriptions();
  const source = subscriptions.find((subscription) => subscription.collection === publication.collection);
  return [...(source?.state.chain ?? []), identity];
}

/** @throws RequestError CON-E005 when the publication has come through this site already: then it would be its own source */
export function refuseRing(chain: readonly string[], identity: string): void {
  if (chain.includes(identity))
    throw new RequestError(
      'CON-E005',
      'The publication has its origin at this site: the two would be each other’s source',
    );
}
