import type { Activity, NewActivity } from '../../activities/activity.ts';
import type { Calendar } from '../../ports/calendar.ts';
import { isCarried } from '../../synchronization/carried.ts';
import { isLeased } from '../../synchronization/lease.ts';
import type { SiteContext } from '../site-context.ts';
import { forwardActivities } from './forward-activities.ts';
import { mendAfterSetBack } from './set-back-clock.ts';
import { askedKey, followedKey, scheduledKey } from './sync-keys.ts';

// A publisher may be away for days, and coming back must not need a person: ten days at the longest wait between two tries.
const scheduledRetries = 1_000;

/** No configuration has longer ones. */
const longestLeaseMs = 60 * 60 * 1000;

type SyncWish = Readonly<Record<string, string | number | boolean>>;

/** What is queued to synchronise a subscription because somebody asks for it; one at a time. */
function synchronizeActivity(subscription: string, options: SyncWish = {}): NewActivity {
  return {
    work: { name: 'synchronize', subscription, options },
    priority: 0,
    oneAtATime: askedKey(subscription),
    // Asking twice for the same is asking once; asking for something else is not.
    deduplicate: `${askedKey(subscription)}:${JSON.stringify(options)}`,
  };
}

/** All syncs of a subscription that are queued, run or have failed, whoever asked for them. */
export async function syncsOf({ queue }: SiteContext, subscription: string): Promise<readonly Activity[]> {
  const keys = [askedKey(subscription), scheduledKey(subscription), followedKey(subscription)];
  return (await Promise.all(keys.map((oneAtATime) => queue.list({ oneAtATime })))).flat();
}

/** Queues a sync that somebody asks for. One that waits to be tried again makes way: it would hold this one up. Returns the activity's id. */
export async function requestSync(context: SiteContext, subscription: string, options: SyncWish = {}): Promise<number> {
  const waiting = await context.queue.list({ state: 'waiting', oneAtATime: askedKey(subscription) });
  for (const { id } of waiting) await context.queue.cancel(id);
  return context.queue.add(synchronizeActivity(subscription, options));
}

/** Queues a sync because there is something new at the publisher; once, however often that is told. Returns the activity's id. */
export async function requestFollowedSync(context: SiteContext, subscription: string): Promise<number> {
  // A key of its own, as schedules have.
  const key = { oneAtATime: followedKey(subscription), deduplicate: followedKey(subscription) };
  return context.queue.add({ ...synchronizeActivity(subscription), ...key, maxRetries: scheduledRetries });
}

/**
 * Makes runnable what is due, schedules included. Each scheduled subscription has one activity that waits for its next time, so the queue is all
 * there is to remember: a time that was missed while nothing ran is made up for once, and one that failed for good stops the schedule until
 * somebody restarts or cancels it, or syncs by hand. What a clock that was set back would hold up is mended; `leaseMs` is how long leases are. Returns how many activities became runnable.
 */
export async function distribute(context: SiteContext, calendar: Calendar, leaseMs = longestLeaseMs): Promise<number> {
  await forwardActivities(context);
  await mendAfterSetBack(context, leaseMs);
  await planSchedules(context, calendar);
  await planAgain(context);
  return context.queue.distribute(context.clock.now());
}

/** Takes the planned syncs of a subscription out of the queue: its schedule has changed, or it is gone. */
export async function cancelSchedule(context: SiteContext, subscription: string): Promise<void> {
  for (const { id } of await scheduledActivities(context, subscription)) await context.queue.cancel(id);
}

/** After a sync that went well: a schedule, or following, that had stopped at a failure goes on. */
export async function resumeSchedule(context: SiteContext, subscription: string): Promise<void> {
  const followed = await context.queue.list({ oneAtATime: followedKey(subscription) });
  const own = [...(await scheduledActivities(context, subscription)), ...followed];
  const failed = own.filter(({ state }) => state === 'failed');
  for (const { id } of failed) await context.queue.cancel(id);
}

/** Queues the next sync of each subscription that has a schedule and none queued. */
export async function planSchedules(context: SiteContext, calendar: Calendar): Promise<void> {
  const scheduled = (await context.store.subscriptions()).filter(({ schedule }) => schedule !== '');
  for (const { id, schedule } of scheduled) {
    if ((await scheduledActivities(context, id)).some(({ state }) => state !== 'running')) continue;
    const notBefore = calendar.next(schedule, context.clock.now());
    if (notBefore === undefined) continue;
    // A key of its own: with that of the syncs people ask for, those would wait until this one has run.
    const key = { oneAtATime: scheduledKey(id), deduplicate: scheduledKey(id) };
    await context.queue.add({
      ...synchronizeActivity(id, { isPatient: true }),
      ...key,
      notBefore,
      maxRetries: scheduledRetries,
    });
  }
}

/** Messages that were handed over and got no answer for their pause, or were about to be handed over when the process was killed. */
async function planAgain({ store, queue, clock }: SiteContext): Promise<void> {
  const now = clock.now();
  for (const { id, publicationUrl, state } of await store.subscriptions()) {
    if (state.session === undefined || !isCarried(publicationUrl) || isLeased(state.lease, now)) continue;
    const { handedOver } = state.session;
    // What failed before it was handed over waits for a person.
    if (handedOver === undefined && state.waiting?.for === 'retry') continue;
    if ((handedOver?.againAt ?? 0) <= now) await queue.add(synchronizeActivity(id, { isPatient: true }));
  }
}

async function scheduledActivities(context: SiteContext, subscription: string): Promise<readonly Activity[]> {
  return context.queue.list({ oneAtATime: scheduledKey(subscription) });
}
