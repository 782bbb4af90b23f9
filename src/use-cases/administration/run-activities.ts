import type { Activity } from '../../activities/activity.ts';
import type { RetryRules } from '../../activities/retry.ts';
import { delayBeforeRetry } from '../../activities/retry.ts';
import { ConcordError, InvariantError, RequestError } from '../../errors/concord-error.ts';
import type { ActivityCount } from '../../ports/site-notes.ts';
import type { ActivityHandlers } from './activity-handlers.ts';
import { perform } from './activity-handlers.ts';
import type { SiteContext } from '../site-context.ts';

/** What running activities takes. */
export interface RunOptions {
  /** Who runs them: unique among the processes of an installation. */
  readonly node: string;
  readonly handlers: ActivityHandlers;
  readonly retry: RetryRules;
  /** An activity is another's to take when its lease was not renewed for so long. */
  readonly leaseMs: number;
  /** Between 0 and 1. */
  readonly random: () => number;
  /** Fetches the messages that lie in boxes of the site. Returns how many. */
  readonly collect?: (context: SiteContext) => Promise<number>;
  /** Aborted: no further activity is begun, and the one that runs is asked to stop. */
  readonly signal: AbortSignal;
}

const hourMs = 3_600_000;
const countsKeptMs = 31 * 24 * hourMs;

/** What came of running one activity. `lost`: its lease ended meanwhile, and who has it now says what came of it. */
export type RunOutcome = 'done' | 'retried' | 'failed' | 'lost';

/** What came of running several. */
export type RunCounts = Readonly<Record<RunOutcome, number>>;

/**
 * Runs all that is runnable, one after the other, until nothing is or the signal is aborted, then fetches the messages that lie in boxes. What fails of activities is
 * recorded there, not thrown.
 */
export async function tic(context: SiteContext, options: RunOptions): Promise<RunCounts> {
  const counts = { done: 0, retried: 0, failed: 0, lost: 0 };
  let outcome = await runNext(context, options);
  while (outcome !== undefined) {
    counts[outcome] += 1;
    outcome = await runNext(context, options);
  }
  await options.collect?.(context);
  return counts;
}

/** Runs the next runnable activity under a lease that is kept alive. Returns undefined when there is none, or the signal is aborted. */
export async function runNext(context: SiteContext, wanted: RunOptions): Promise<RunOutcome | undefined> {
  if (wanted.signal.aborted) return undefined;
  // A holder for this try alone: a process that has lost a lease and takes the activity again must not end it for the later try.
  const options = { ...wanted, node: `${wanted.node}/${context.identifiers.random()}` };
  const { node, leaseMs } = options;
  const activity = await context.queue.claim({ node, now: context.clock.now(), leaseMs });
  if (activity === undefined) return undefined;
  const { failure, isLost } = await performLeased(context, activity, options);
  if (isLost) return 'lost';
  if (failure === undefined) {
    await context.queue.complete(activity.id, node);
    await countOutcome(context, activity, 'done');
    return 'done';
  }
  return recordFailure(context, { activity, failure }, options);
}

/**
 * Makes an activity runnable now and runs what is runnable, until it has run.
 * @throws RequestError CON-R013 when there is no such activity, or it runs already; CON-Q001 when it fails, or waits for another one that runs
 */
export async function invoke(context: SiteContext, id: number, options: RunOptions): Promise<void> {
  if (!(await context.queue.restart(id))) throw new RequestError('CON-R013', `No activity ${id} waits or has failed`);
  await context.queue.distribute(context.clock.now());
  while ((await context.queue.get(id))?.state === 'runnable') {
    if ((await runNext(context, options)) !== undefined) continue;
    throw new RequestError('CON-Q001', `Activity ${id} waits until another one has run`, { activity: id });
  }
  const left = await context.queue.get(id);
  if (left?.failure !== undefined) throw new RequestError('CON-Q001', left.failure.message, { activity: id });
}

interface Performance {
  readonly failure: unknown;
  readonly isLost: boolean;
}

async function performLeased(context: SiteContext, activity: Activity, options: RunOptions): Promise<Performance> {
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
    finished.abort();
  }
  await renewal;
  return { failure, isLost: abandon.signal.aborted };
}

interface Lease {
  readonly activity: Activity;
  readonly finished: AbortSignal;
  readonly abandon: AbortController;
}

async function keepLease(context: SiteContext, lease: Lease, { node, leaseMs }: RunOptions): Promise<void> {
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

interface Failure {
  readonly activity: Activity;
  readonly failure: unknown;
}

async function recordFailure(
  context: SiteContext,
  { activity, failure }: Failure,
  options: RunOptions,
): Promise<RunOutcome> {
  const at = context.clock.now();
  const error = options.signal.aborted ? stopped(failure) : asConcordError(failure);
  const delay = retryDelay(activity, error, options);
  const again = delay === undefined ? undefined : at + delay;
  await context.queue.fail(activity.id, options.node, { code: error.code, message: error.message, at, again });
  const outcome = again === undefined ? 'failed' : 'retried';
  await countOutcome(context, activity, outcome);
  if (again !== undefined) return outcome;
  await context.store.record({
    at,
    kind: 'administration',
    level: 'error',
    subject: activity.work.name,
    text: `Activity ${activity.id} failed: ${error.message}`,
    details: { activity: activity.id, code: error.code },
  });
  return outcome;
}

async function countOutcome(
  { store, clock }: SiteContext,
  { work }: Activity,
  outcome: ActivityCount['outcome'],
): Promise<void> {
  const now = clock.now();
  await store.notes.countActivity({ hour: now - (now % hourMs), work: work.name, outcome }, now - countsKeptMs);
}

function retryDelay(activity: Activity, error: ConcordError, options: RunOptions): number | undefined {
  // Stopped, not failed: whoever starts next takes it up at once.
  if (options.signal.aborted) return 0;
  const { retries, maxRetries } = activity;
  return delayBeforeRetry(options.retry, { retries, maxRetries, retry: error.retry }, options.random());
}

function stopped(cause: unknown): ConcordError {
  return new RequestError('CON-Q002', 'The process that ran it was stopped', { cause, retry: 'later' });
}

function asConcordError(failure: unknown): ConcordError {
  if (failure instanceof ConcordError) return failure;
  const message = failure instanceof Error ? failure.message : String(failure);
  return new InvariantError('CON-I001', message, { cause: failure });
}
