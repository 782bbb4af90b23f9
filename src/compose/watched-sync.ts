import type { EngineParts } from './engine-parts.ts';
import type { SyncRequest } from './engine.ts';
import { synchronize } from './engine.ts';
import type { WatchOptions } from '../use-cases/exchange/watched-sync.ts';
import { watchedSync } from '../use-cases/exchange/watched-sync.ts';
import type { SiteContext } from '../use-cases/site-context.ts';
import type { SyncReport } from '../use-cases/subscriber/run-sync.ts';

/** As `synchronize`; and all who look at the subscription, from whatever process, see how far it is and can cancel it. */
export async function synchronizeWatched(
  place: { readonly context: SiteContext; readonly parts: EngineParts },
  request: SyncRequest,
  options: WatchOptions = {},
): Promise<SyncReport> {
  return watchedSync(place.context, { id: request.id, ...options }, (watch) => synchronize(place, request, watch));
}
