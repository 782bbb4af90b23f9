import { ConcordError } from '../../errors/concord-error.ts';
import type { Clock } from '../../ports/clock.ts';
import type { SiteContext } from '../site-context.ts';

const longestRestMs = 60_000;

/** What keeps sites going in a process. */
export interface SiteLoops {
  /** The ids of the sites there are now. */
  readonly sites: () => Promise<readonly string[]>;
  /** @throws RequestError CON-R001 when the site is gone */
  readonly site: (id: string) => Promise<SiteContext>;
  readonly clock: Clock;
  /** How long a loop rests when there is nothing to do. */
  readonly pollMs: number;
  /** Aborted: every loop ends with what it is doing. */
  readonly signal: AbortSignal;
  /** A step that failed; its loop rests, the longer the more often it fails, and goes on. */
  readonly reportFault: (error: unknown, site: string) => void;
}

/** One step of a loop. True when there was something to do, so that there may be more at once. */
export type SiteStep = (context: SiteContext) => Promise<boolean>;

/**
 * Runs the steps again and again for every site, each step of each site in a loop of its own, so that one that takes long holds up no other. Sites that are added
 * join, those that are removed leave. Resolves when the signal is aborted and all loops have ended.
 */
export async function loopOverSites(loops: SiteLoops, steps: readonly SiteStep[]): Promise<void> {
  const running = new Map<string, Promise<void>>();
  while (!loops.signal.aborted) {
    for (const id of await knownSites(loops)) {
      if (running.has(id)) continue;
      const ended = Promise.all(steps.map((step) => loopAtSite(loops, id, step))).then(() => void running.delete(id));
      running.set(id, ended);
    }
    await loops.clock.sleep(loops.pollMs, loops.signal);
  }
  await Promise.all(running.values());
}

async function knownSites({ sites, reportFault }: SiteLoops): Promise<readonly string[]> {
  try {
    return await sites();
  } catch (error) {
    reportFault(error, '');
    return [];
  }
}

async function loopAtSite(loops: SiteLoops, id: string, step: SiteStep): Promise<void> {
  const { clock, pollMs, signal, reportFault } = loops;
  let failures = 0;
  while (!signal.aborted) {
    try {
      // Asked for anew each time: the site may have been removed, and another made with its name.
      const hasMore = await step(await loops.site(id));
      failures = 0;
      if (hasMore) continue;
    } catch (error) {
      if (error instanceof ConcordError && error.code === 'CON-R001') return;
      failures++;
      reportFault(error, id);
    }
    await clock.sleep(restAfter(failures, pollMs), signal);
  }
}

/** What fails each time, such as a store that is damaged, must not fill the log. */
function restAfter(failures: number, pollMs: number): number {
  return Math.max(pollMs, Math.min(longestRestMs, pollMs * 2 ** failures));
}
