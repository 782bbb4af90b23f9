import type { SiteContext } from '../use-cases/site-context.ts';
import type { EngineParts } from './engine-parts.ts';
import { tellingStore } from './observed-store.ts';
import { observedTransport } from './observed-transport.ts';
import type { Trail } from './trail.ts';
import { markFailure } from './trail.ts';

/** A site, and what the engine works with there. */
export interface Followed {
  readonly context: SiteContext;
  readonly parts: EngineParts;
}

/**
 * Runs what belongs to one sync, or may turn out to, so that all that is told of it bears the id of its session: lines, and an error, whoever reports that.
 */
export async function followed<Place extends Followed, Result>(
  place: Place,
  run: (place: Place, trail: Trail) => Promise<Result>,
): Promise<Result> {
  const { context, parts } = place;
  const { observer } = parts;
  const trail: Trail = { site: context.site };
  if (observer === undefined) return run(place, trail);
  const onSession = (id: string): void => {
    trail.sync = id;
  };
  const transport = observedTransport(parts.transport, observer, trail);
  const store = tellingStore(context.store, observer.log, trail);
  try {
    return await run({ ...place, context: { ...context, store }, parts: { ...parts, transport, onSession } }, trail);
  } catch (error) {
    throw markFailure(error, trail);
  }
}
