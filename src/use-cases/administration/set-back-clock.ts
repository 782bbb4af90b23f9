import type { Activity } from '../../activities/activity.ts';
import type { ActivityQueue } from '../../ports/activity-queue.ts';
import { clockToleranceMs } from '../../synchronization/lease.ts';
import type { SiteContext } from '../site-context.ts';
import { scheduledKey } from './sync-keys.ts';

const pageSize = 500;

/** What a process remembers of a queue from look to look. */
interface Memory {
  readonly lookedAt: number;
  /** Leases that end too late, by activity: until when, and when that was first seen. */
  readonly leases: ReadonlyMap<number, { readonly until: number; readonly seenAt: number }>;
}

const memories = new WeakMap<ActivityQueue, Memory>();

/**
 * Mends what a clock that was set back would hold up until it is as late again as it was: retries, planned syncs, and leases of those who have died. Dates that somebody
 * asked for stay. The waiting are looked through when a process begins, and when its clock has been set back.
 */
export async function mendAfterSetBack(context: SiteContext, leaseMs: number): Promise<void> {
  const { queue, clock } = context;
  const now = clock.now();
  const before = memories.get(queue);
  if (before === undefined || now < before.lookedAt - clockToleranceMs) await mendWaiting(queue, now);
  const leases = await endedLeases(queue, { now, leaseMs, before: before?.leases ?? new Map() });
  memories.set(queue, { lookedAt: now, leases });
}

async function mendWaiting(queue: ActivityQueue, now: number): Promise<void> {
  for (let after = 0; ;) {
    const page = await queue.list({ state: 'waiting', after, limit: pageSize });
    for (const activity of page) {
      after = activity.id;
      if ((activity.failure?.at ?? activity.createdAt) <= now + clockToleranceMs) continue;
      if (activity.failure !== undefined) await queue.restart(activity.id);
      // Planned by the calendar of a time that was none: it is planned anew.
      else if (isPlanned(activity)) await queue.cancel(activity.id);
    }
    if (page.length < pageSize) return;
  }
}

function isPlanned({ work, deduplicate }: Activity): boolean {
  return work.name === 'synchronize' && deduplicate === scheduledKey(work.subscription);
}

/** A lease that ends later than any can: its holder renews it soon, by the clock as it is now, or has died. */
async function endedLeases(
  queue: ActivityQueue,
  { now, leaseMs, before }: { readonly now: number; readonly leaseMs: number; readonly before: Memory['leases'] },
): Promise<Memory['leases']> {
  const kept = new Map<number, { readonly until: number; readonly seenAt: number }>();
  for (const { id, lease } of await queue.list({ state: 'running' })) {
    if (lease === undefined || lease.until <= now + leaseMs + clockToleranceMs) continue;
    const seen = before.get(id);
    const seenAt = seen?.until === lease.until && seen.seenAt <= now ? seen.seenAt : now;
    if (now - seenAt >= leaseMs) await queue.release(id, lease.holder);
    else kept.set(id, { until: lease.until, seenAt });
  }
  return kept;
}
