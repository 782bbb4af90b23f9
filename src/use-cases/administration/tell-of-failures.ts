import type { Activity } from '../../activities/activity.ts';
import { ConcordError, InvariantError } from '../../errors/concord-error.ts';
import type { SiteContext } from '../site-context.ts';

/** An activity whose last try has failed, and why. */
export interface FailedActivity {
  readonly activity: Activity;
  readonly code: string;
  readonly message: string;
  readonly at: number;
}

/** Who is told. */
export interface TellOptions {
  /** Told of what has failed for good, after that is noted: at least once. When it fails itself, that is a line in the log. */
  readonly onFailed?: (context: SiteContext, failed: FailedActivity) => Promise<void>;
}

/** Says in the log that an activity has failed for good, tells whoever wants to know, and notes that this is done: a kill in between leaves it to others. */
export async function tellOfFailure(
  context: SiteContext,
  failed: FailedActivity,
  { onFailed }: TellOptions,
): Promise<void> {
  const { activity, code, message, at } = failed;
  const { id, work } = activity;
  const line = { kind: 'administration', subject: work.name } as const;
  const text = `Activity ${id} failed: ${message}`;
  await context.store.record({ ...line, at, level: 'error', text, details: { activity: id, code } });
  try {
    await onFailed?.(context, failed);
  } catch (error) {
    const why = asConcordError(error);
    await context.store.record({
      ...{ ...line, at: context.clock.now(), level: 'warning' },
      text: `Whoever is told of failed activities was not told of activity ${id}: ${why.message}`,
      details: { activity: id, code: why.code },
    });
  }
  await context.queue.noteTold(id, at);
}

/** Tells of failures of which nobody was told for longer than a lease: the process that noted them was killed before it could. It may be told twice. */
export async function tellOfMissedFailures(
  context: SiteContext,
  options: TellOptions & { readonly leaseMs: number; readonly signal: AbortSignal },
): Promise<void> {
  const until = context.clock.now() - options.leaseMs;
  for (;;) {
    const page = await context.queue.untold(until);
    if (page.length === 0) return;
    for (const { failure, ...rest } of page) {
      if (options.signal.aborted) return;
      if (failure === undefined) continue;
      const { code, message, at } = failure;
      // As it was when it was tried.
      const activity = { ...rest, failure, retries: rest.retries - 1 };
      await tellOfFailure(context, { activity, code, message, at }, options);
    }
  }
}

/** What was thrown as one of our own: what is not is our fault. */
export function asConcordError(failure: unknown): ConcordError {
  if (failure instanceof ConcordError) return failure;
  const message = failure instanceof Error ? failure.message : String(failure);
  return new InvariantError('CON-I001', message, { cause: failure });
}
