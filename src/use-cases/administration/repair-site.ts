import type { Calendar } from '../../ports/calendar.ts';
import type { Subscription } from '../../synchronization/subscription.ts';
import { freeLease } from '../subscriber/free-lease.ts';
import type { Actor, SiteContext } from '../site-context.ts';
import { changeActivities } from './change-activities.ts';
import type { Finding, Repair } from './finding.ts';
import { planSchedules } from './schedule.ts';
import { scheduledKey } from './sync-keys.ts';

/** What looking for repairs, and repairing, takes. */
export interface RepairPlace {
  readonly context: SiteContext;
  readonly calendar: Calendar;
  /** Whether a holder of a lease can still be at work. */
  readonly mayBeAlive: (holder: string) => boolean;
}

/** Looks at the work of a site: what has failed, schedules that nothing is queued for, syncs whose process is gone. */
export async function examineWork({ context, mayBeAlive }: RepairPlace): Promise<readonly Finding[]> {
  return [
    await examineActivities(context),
    ...(await examineSchedules(context)),
    ...(await examineLeases(context, mayBeAlive)),
  ];
}

/** Does what a finding says can be done. Doing it twice does it once. */
export async function repairSite(place: RepairPlace, actor: Actor, repair: Repair): Promise<void> {
  const { context, calendar, mayBeAlive } = place;
  switch (repair) {
    case 'restart-activities':
      await changeActivities(context, actor, { action: 'restart', state: 'failed' });
      return;
    case 'plan-schedules':
      await planSchedules(context, calendar);
      return;
    case 'free-leases':
      for (const { id } of await context.store.subscriptions()) await freeLease(context, id, mayBeAlive);
      return;
    default:
      repair satisfies never;
  }
}

async function examineActivities({ site, queue }: SiteContext): Promise<Finding> {
  const { failed } = await queue.count();
  const check = 'activities';
  if (failed === 0) return { check, state: 'fine', text: 'none has failed' };
  const text = `${failed} have failed: concord activities ${site} list`;
  return { check, state: 'warning', text, repair: 'restart-activities' };
}

async function examineSchedules({ site, store, queue }: SiteContext): Promise<readonly Finding[]> {
  const scheduled = (await store.subscriptions()).filter(({ schedule }) => schedule !== '');
  if (scheduled.length === 0) return [];
  const forgotten: Subscription[] = [];
  for (const one of scheduled) {
    // By its key: what else is queued may be very much.
    const [queued] = await queue.list({ oneAtATime: scheduledKey(one.id), limit: 1 });
    if (queued === undefined) forgotten.push(one);
  }
  const check = 'schedules';
  if (forgotten.length === 0) return [{ check, state: 'fine', text: `${scheduled.length} are queued` }];
  const ids = forgotten.map(({ id }) => id).join(', ');
  const text = `Nothing is queued for the schedules of ${ids}: concord distribute ${site}, or a clock process`;
  return [{ check, state: 'warning', text, repair: 'plan-schedules' }];
}

async function examineLeases(
  { store, clock }: SiteContext,
  mayBeAlive: RepairPlace['mayBeAlive'],
): Promise<readonly Finding[]> {
  const now = clock.now();
  const dead = (await store.subscriptions()).filter(
    ({ state: { lease } }) => lease !== undefined && lease.until > now && !mayBeAlive(lease.holder),
  );
  return dead.map(({ id }) => ({
    check: 'subscription',
    state: 'warning',
    text: `The process that synchronised ${id} is gone, and it is held for it still`,
    repair: 'free-leases',
  }));
}
