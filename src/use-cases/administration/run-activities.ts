import type { Activity } from '../../activities/activity.ts';
import type { RetryRules } from '../../activities/retry.ts';
import { delayBeforeRetry } from '../../activities/retry.ts';
import type { ConcordError } from '../../errors/concord-error.ts';
import { RequestError } from '../../errors/concord-error.ts';
import type { ClaimOptions, Ending } from '../../ports/activity-queue.ts';
import type { ActivityCount } from '../../ports/site-notes.ts';
import { tallyOf } from './activity-tally.ts';
import type { LeaseOptions } from './perform-leased.ts';
import { performLeased } from './perform-leased.ts';
import type { SiteContext } from '../site-context.ts';
import type { TellOptions } from './tell-of-failures.ts';
import { asConcordError, tellOfFailure, tellOfMissedFailures } from './tell-of-failures.ts';

/** What running activities takes. */
export interface RunOptions extends LeaseOptions, TellOptions {
  readonly retry: RetryRules;
  /** Between 0 and 1. */
  readonly random: () => number;
  /** Fetches the messages that lie in boxes of the site. Returns how many. */
  readonly collect?: (context: SiteContext) => Promise<number>;
}

const hourMs = 3_600_000;
const countsKeptMs = 31 * 24 * hourMs;

/** What came of running one activity. `lost`: its lease ended meanwhile, and who has it now says what came of it. */
export type RunOutcome = 'done' | 'retried' | 'failed' | 'lost';

const outcomes: readonly RunOutcome[] = ['done', 'retried', 'failed', 'lost'];

/** What came of running several. */
export type RunCounts = Readonly<Record<RunOutcome, number>>;

/**
 * Runs all that is runnable, one after the other, until nothing is or the signal is aborted, then fetches the messages that lie in boxes. What fails of activities is
 * recorded there, not thrown.
 */
export async function tic(context: SiteContext, options: RunOptions): Promise<RunCounts> {
  await tellOfMissedFailures(context, options);
  const counts = await runSome(context, options);
  await options.collect?.(context);
  return counts;
}

/** Runs the next runnable activity under a lease that is kept alive. Returns undefined when there is none, or the signal is aborted. */
export async function runNext(context: SiteContext, options: RunOptions): Promise<RunOutcome | undefined> {
  const counts = await runSome(context, options, 1);
  return outcomes.find((outcome) => counts[outcome] > 0);
}

/**
 * Runs what is runnable, one after the other, each under a lease of its own that is kept alive, until nothing is, the signal is aborted, or so many have run. Where
 * the queue can, one is ended and the next one claimed in one commit, which is most of what an activity costs that does little.
 */
export async function runSome(context: SiteContext, options: RunOptions, most = Infinity): Promise<RunCounts> {
  const counts = { done: 0, retried: 0, failed: 0, lost: 0 };
  let claimed: Claimed | undefined;
  for (let ran = 1; ran <= most; ran++) {
    claimed ??= await claimNext(context, options);
    if (claimed === undefined) break;
    const { outcome, next } = await runClaimed(context, claimed, { options, isLast: ran >= most });
    counts[outcome] += 1;
    claimed = next;
  }
  await tallyOf(context).flush();
  return counts;
}

/** An activity with its holder: one for this try alone, so that a process which has lost a lease and takes the activity again does not end it for the later try. */
interface Claimed {
  readonly activity: Activity;
  readonly node: string;
}

interface Ran {
  readonly outcome: RunOutcome;
  readonly next?: Claimed | undefined;
}

function nextHolder({ clock, identifiers }: SiteContext, { node, leaseMs }: RunOptions): ClaimOptions {
  return { node: `${node}/${identifiers.random()}`, now: clock.now(), leaseMs };
}

async function claimNext(context: SiteContext, options: RunOptions): Promise<Claimed | undefined> {
  if (options.signal.aborted) return undefined;
  const claim = nextHolder(context, options);
  const activity = await context.queue.claim(claim);
  return activity && { activity, node: claim.node };
}

async function runClaimed(
  context: SiteContext,
  { activity, node }: Claimed,
  { options, isLast }: { readonly options: RunOptions; readonly isLast: boolean },
): Promise<Ran> {
  const own = { ...options, node };
  const { failure, isLost } = await performLeased(context, activity, own);
  if (isLost) return { outcome: 'lost' };
  if (failure !== undefined) return { outcome: await recordFailure(context, { activity, failure }, own) };
  const count = countAs(context, activity, 'done');
  const next = isLast || options.signal.aborted ? undefined : nextHolder(context, options);
  const ended = await context.queue.complete(activity.id, node, { count, ...(next && { next }) });
  if (!ended.isCounted) tallyOf(context).add(count);
  return { outcome: 'done', next: ended.next?.lease && { activity: ended.next, node: ended.next.lease.holder } };
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

interface Failure {
  readonly activity: Activity;
  readonly failure: unknown;
}

async function recordFailure(
  context: SiteContext,
  { activity, failure }: Failure,
  options: RunOptions,
): Promise<RunOutcome> {
  if (options.signal.aborted) return giveBack(context, activity, options);
  const at = context.clock.now();
  const error = asConcordError(failure);
  const { retries, maxRetries } = activity;
  const delay = delayBeforeRetry(options.retry, { retries, maxRetries, retry: error.retry }, options.random());
  const again = delay === undefined ? undefined : at + Math.max(delay, askedForMs(error));
  const why = { code: error.code, message: error.message, at };
  if (!(await context.queue.fail(activity.id, options.node, { ...why, again }))) return 'lost';
  const outcome = again === undefined ? 'failed' : 'retried';
  const count = countAs(context, activity, outcome);
  await context.store.notes.countActivity(count.as, count.keepFrom);
  if (again !== undefined) return outcome;
  await tellOfFailure(context, { activity, ...why }, options);
  return outcome;
}

/** What the other side asks to wait, as long as that is not longer than a day. */
function askedForMs({ details: { retryAfter } }: ConcordError): number {
  const seconds = typeof retryAfter === 'string' && /^\d{1,6}$/.test(retryAfter) ? Number(retryAfter) : 0;
  return Math.min(seconds, 86_400) * 1000;
}

/** Stopped, not failed: whoever starts next takes it up at once, and none of its retries is used up. */
async function giveBack(context: SiteContext, { id }: Activity, { node }: RunOptions): Promise<RunOutcome> {
  return (await context.queue.release(id, node)) ? 'retried' : 'lost';
}

function countAs(
  { clock }: SiteContext,
  { work }: Activity,
  outcome: ActivityCount['outcome'],
): Required<Ending>['count'] {
  const now = clock.now();
  return { as: { hour: now - (now % hourMs), work: work.name, outcome }, keepFrom: now - countsKeptMs };
}
