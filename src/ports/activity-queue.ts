import type { Activity, ActivityState, NewActivity } from '../activities/activity.ts';
import type { ActivityCount } from './site-notes.ts';

/** What a node claims an activity with. */
export interface ClaimOptions {
  /** The holder of the lease. */
  readonly node: string;
  readonly now: number;
  readonly leaseMs: number;
}

/** Which activities: all that are named, a page of `limit` after the id `after`. */
export interface ActivityFilter {
  readonly state?: ActivityState;
  /** With this key, which is found without looking at the others. */
  readonly oneAtATime?: string;
  readonly limit?: number;
  readonly after?: number;
}

/** Why a try failed, and when the next one may be; without a next one it is failed for good. */
export interface ActivityFailure extends Omit<NonNullable<Activity['failure']>, 'isTold'> {
  readonly again: number | undefined;
}

/** What goes with the end of an activity, in the same commit; a queue that cannot do so leaves it. */
export interface Ending {
  /** How it is counted, and from when on counts are kept. */
  readonly count?: { readonly as: Omit<ActivityCount, 'count'>; readonly keepFrom: number };
  /** The next one is claimed. */
  readonly next?: ClaimOptions;
}

/** What of an ending was done. */
export interface Ended {
  readonly isCounted: boolean;
  /** What was claimed with it, under a lease as wanted or under one that is as long and has the holder of what ended; there may be more where nothing was claimed. */
  readonly next: Activity | undefined;
}

/**
 * The queue of one site's deferred work. It is a hint; the store is the truth: an activity may run twice, and its handler is idempotent.
 * Adding within a decision goes through `Batch.activities`; `add` is for what stands alone.
 */
export interface ActivityQueue {
  /** Returns the id, or that of the one which was already there by its `deduplicate` key. Runnable at once when it waits for neither a date nor a tag. */
  add(activity: NewActivity): Promise<number>;
  /** Makes those runnable whose date has come and whose dependencies are met; takes back those whose lease has ended. Returns how many became runnable. */
  distribute(now: number): Promise<number>;
  /** Takes the next runnable one by priority, date and age, under a lease, whatever the clock says now; undefined when there is none. */
  claim(options: ClaimOptions): Promise<Activity | undefined>;
  /** Keeps the lease for longer. False when it was lost. */
  renew(id: number, node: string, until: number): Promise<boolean>;
  /** The work is done: the activity goes. Of one whose lease was lost nothing ends and nothing is counted. */
  complete(id: number, node: string, ending?: Ending): Promise<Ended>;
  /** Gives back what was not done, as if it had not been claimed: runnable at once. False when the lease was lost. */
  release(id: number, node: string): Promise<boolean>;
  /** The try failed: it runs again later, or is failed for good, of which nobody is told yet. False when the lease was lost: then nothing is noted. */
  fail(id: number, node: string, failure: ActivityFailure): Promise<boolean>;
  /** Some of those that failed for good until then, and of which nobody is told yet: whoever noted it may have been killed. By id. */
  untold(until: number): Promise<readonly Activity[]>;
  /** Whoever is to be told of the failure of that time was told; a later one is another. */
  noteTold(id: number, failedAt: number): Promise<void>;
  /** By id. */
  list(filter?: ActivityFilter): Promise<readonly Activity[]>;
  get(id: number): Promise<Activity | undefined>;
  count(): Promise<Readonly<Record<ActivityState, number>>>;
  /** A failed or waiting one becomes runnable now, whatever it waited for, with its retries counted anew. False when there is none. */
  restart(id: number): Promise<boolean>;
  /** Takes it out of the queue, unless it runs. False when there is none or it runs. */
  cancel(id: number): Promise<boolean>;
  /** The time at which the next waiting one is due; those that wait for a tag do not count. */
  nextDue(): Promise<number | undefined>;
}
