import type { ReportFault } from './log.ts';
import type { Composition } from './compose.ts';
import { startFollowing } from './loops-follow.ts';
import type { RunningLoops } from './start-loops.ts';
import { startLoops } from './start-loops.ts';
import type { Clock } from '../ports/clock.ts';
import { expelAbandoned } from '../use-cases/administration/abandoned-subscribers.ts';
import { collectDaily } from '../use-cases/administration/collect-daily.ts';
import type { RunCounts } from '../use-cases/administration/run-activities.ts';
import { runSome } from '../use-cases/administration/run-activities.ts';
import { distribute } from '../use-cases/administration/schedule.ts';
import type { SiteStep } from '../use-cases/administration/site-loops.ts';
import { tellOfMissedFailures } from '../use-cases/administration/tell-of-failures.ts';

/** Before a lane looks whether its site is still there. */
const ranAtOnce = 20;
const tidyEveryMs = 60 * 60 * 1000;

/** Runs the activities of all sites, and fetches the messages that lie in their drop folders: at once where the system tells of them. */
export function startWorker(composition: Composition, reportFault: ReportFault): RunningLoops {
  /** When missed failures were last looked for, by site. */
  const lookedAt = new Map<string, number>();
  const running = startLoops({ composition, reportFault }, (signal) => {
    const options = composition.runOptions(signal);
    const lane: SiteStep = async (context) => {
      const now = context.clock.now();
      // Not what this one is about to tell itself.
      if (Math.abs(now - (lookedAt.get(context.site) ?? 0)) >= options.leaseMs) {
        lookedAt.set(context.site, now);
        await tellOfMissedFailures(context, options);
      }
      const counts = await runSome(context, options, ranAtOnce);
      countTried(composition, counts);
      return Object.values(counts).some((count) => count > 0);
    };
    return Array.from({ length: composition.configuration.activities.concurrency }, () => lane);
  });
  const clock = wokenByNews(composition);
  const collecting = startLoops({ composition: { ...composition, clock }, reportFault }, (signal) => {
    const { collect } = composition.runOptions(signal);
    return [async (context) => ((await collect?.(context)) ?? 0) > 0];
  });
  return {
    [Symbol.asyncDispose]: async () => {
      await Promise.all([running[Symbol.asyncDispose](), collecting[Symbol.asyncDispose]()]);
    },
  };
}

/** For those who watch the process. */
export function countTried({ observer }: Pick<Composition, 'observer'>, counts: RunCounts): void {
  for (const outcome of ['done', 'retried', 'failed', 'lost'] as const)
    if (counts[outcome] > 0) observer?.measures.activities(outcome, counts[outcome]);
}

/** A clock whose sleep ends when something may lie in a drop folder. */
function wokenByNews({ clock, messageBox }: Pick<Composition, 'clock' | 'messageBox'>): Clock {
  return {
    now: () => clock.now(),
    sleep: async (delayMs, signal) => {
      const woken = new AbortController();
      const either = signal === undefined ? woken.signal : AbortSignal.any([signal, woken.signal]);
      await Promise.race([clock.sleep(delayMs, either), messageBox.news(either)]);
      woken.abort();
    },
  };
}

/**
 * Makes runnable what is due at all sites, schedules included, and listens to the publishers that are followed; each hour it lets go of the subscribers that the operator's
 * rule gives up, and each day it has garbage collected.
 */
export function startClock(composition: Composition, reportFault: ReportFault): RunningLoops {
  const tidied = new Map<string, number>();
  const following = startFollowing(composition, reportFault);
  const distributing = startLoops({ composition, reportFault }, () => [
    async (context) => {
      await distribute(context, composition.calendar, composition.configuration.activities.leaseMs);
      const now = context.clock.now();
      if (now - (tidied.get(context.site) ?? 0) >= tidyEveryMs) {
        tidied.set(context.site, now);
        const { publisher, history } = composition.configuration;
        await expelAbandoned(context, publisher.expelAfterDays);
        await collectDaily(composition.installation, context, history.keepDays);
      }
      return false;
    },
  ]);
  return {
    [Symbol.asyncDispose]: async () => {
      await Promise.all([distributing[Symbol.asyncDispose](), following[Symbol.asyncDispose]()]);
    },
  };
}
