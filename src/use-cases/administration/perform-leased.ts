import type { Activity } from '../../activities/activity.ts';
import { ConcordError, InvariantError } from '../../errors/concord-error.ts';
import type { SiteContext } from '../site-context.ts';
import type { ActivityHandlers } from './activity-handlers.ts';
import { perform } from './activity-handlers.ts';

/** Who does the work, under which lease. */
export interface LeaseOptions {
  /** Who runs them: unique among the processes of an installation. */
  readonly node: string;
  /** An activity is another's to take when its lease was not renewed for so long. */
  readonly leaseMs: number;
  readonly handlers: ActivityHandlers;
  /** Aborted: no further activity is begun, and the one that runs is asked to stop. */
  readonly signal: AbortSignal;
}

/** Nobody looks at it; without one, an error with its stack is made for each activity. */
const ended = 'ended';

/** How the work of an activity ended. */
export interface Performance {
  /** Undefined when it went well. */
  readonly failure: unknown;
  readonly isLost: boolean;
}

/** Does the work of an activity under a lease that is kept alive until it has ended. Throws nothing of the work's. */
export async function performLeased(
  context: SiteContext,
  activity: Activity,
  options: LeaseOptions,
): Promise<Performance> {
  const abandon = new AbortController();
  const finished = new AbortController();
  const signal = AbortSignal.any([options.signal, abandon.signal]);
  const renewal = keepLease(context, { activity, finished: finished.signal, abandon }, options);
  let failure: unknown;
  try {
    await perform(options.handlers, { context, work: activity.work, signal });
  } catch (error) {
    failure = error ?? new InvariantError('CON-I001', 'The work failed without saying why');
  } finally {
    finished.abort(ended);
  }
  await renewal;
  return { failure, isLost: abandon.signal.aborted };
}

interface Lease {
  readonly activity: Activity;
  readonly finished: AbortSignal;
  readonly abandon: AbortController;
}

async function keepLease(context: SiteContext, lease: Lease, { node, leaseMs }: LeaseOptions): Promise<void> {
  const { clock, queue } = context;
  while (true) {
    await clock.sleep(leaseMs / 3, lease.finished);
    if (lease.finished.aborted) return;
    const isKept = await queue.renew(lease.activity.id, node, clock.now() + leaseMs).catch(isBusy);
    if (isKept) continue;
    lease.abandon.abort();
    return;
  }
}

// A store that is busy now may answer at the next renewal; two of three may fail before the lease ends.
function isBusy(error: unknown): boolean {
  return error instanceof ConcordError && error.retry === 'later';
}
