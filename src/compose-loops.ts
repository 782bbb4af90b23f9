import type { ReportFault } from './compose-log.ts';
import type { Composition } from './compose.ts';
import { runNext } from './use-cases/administration/run-activities.ts';
import { distribute } from './use-cases/administration/schedule.ts';
import type { SiteStep } from './use-cases/administration/site-loops.ts';
import { loopOverSites } from './use-cases/administration/site-loops.ts';

/** Work that goes on until it is disposed of; disposing waits for what is being done. */
export type RunningLoops = AsyncDisposable;

/** Runs the activities of all sites, and fetches the messages that lie in their drop folders. */
export function startWorker(composition: Composition, reportFault: ReportFault): RunningLoops {
  return startLoops({ composition, reportFault }, (signal) => {
    const options = composition.runOptions(signal);
    const lane: SiteStep = async (context) => (await runNext(context, options)) !== undefined;
    const lanes = Array.from({ length: composition.configuration.activities.concurrency }, () => lane);
    return [...lanes, async (context) => ((await options.collect?.(context)) ?? 0) > 0];
  });
}

/** Makes runnable what is due at all sites, schedules included. */
export function startClock(composition: Composition, reportFault: ReportFault): RunningLoops {
  return startLoops({ composition, reportFault }, () => [
    async (context) => {
      await distribute(context, composition.calendar);
      return false;
    },
  ]);
}

interface Surroundings {
  readonly composition: Composition;
  readonly reportFault: ReportFault;
}

function startLoops(
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
