import type { SiteStep } from '../use-cases/administration/site-loops.ts';
import { loopOverSites } from '../use-cases/administration/site-loops.ts';
import type { Composition } from './compose.ts';
import type { ReportFault } from './log.ts';

/** Work that goes on until it is disposed of; disposing waits for what is being done. */
export type RunningLoops = AsyncDisposable;

interface Surroundings {
  readonly composition: Composition;
  readonly reportFault: ReportFault;
}

/** Goes round all sites with steps of its own. `stepsUntil` is given what tells that it ends. */
export function startLoops(
  { composition, reportFault }: Surroundings,
  stepsUntil: (signal: AbortSignal) => readonly SiteStep[],
): RunningLoops {
  const { installation, clock, configuration } = composition;
  const stop = new AbortController();
  const ended = loopOverSites(
    {
      sites: async () => (await installation.sites()).map(({ id }) => id),
      site: composition.site,
      clock,
      pollMs: configuration.activities.pollMs,
      signal: stop.signal,
      reportFault: (error, site) => {
        reportFault(error, { site });
      },
    },
    stepsUntil(stop.signal),
  );
  return {
    [Symbol.asyncDispose]: () => {
      stop.abort();
      return ended;
    },
  };
}
