import { RequestError } from '../../errors/concord-error.ts';
import type { NewSyncEvent, SyncEvent } from '../../ports/site-notes.ts';
import { isLeased } from '../../synchronization/lease.ts';
import type { Subscription } from '../../synchronization/subscription.ts';
import type { Actor, SiteContext } from '../site-context.ts';
import type { SyncPlan } from '../subscriber/sync-plan.ts';
import { requireRole } from './access.ts';
import { requestSync, syncsOf } from './schedule.ts';

/** How a sync is asked for. */
export interface SyncWishes {
  readonly slow?: boolean;
  readonly restart?: boolean;
  readonly refreshFrom?: 'publisher' | 'subscriber';
  readonly allowDeletions?: number;
  readonly plan?: string;
}

/** What a cancel has done: so many that waited are gone, and whether the one that runs was asked to stop. */
export interface CancelledSyncs {
  readonly cancelled: number;
  readonly isStopping: boolean;
}

/** How many objects of a plan are kept to be shown again. */
const keptOfPlan = 500;

/**
 * Queues a sync, tells those who look on, and notes who allowed deletions or a refresh. Returns the activity's id.
 * @throws RequestError CON-R004 unknown subscription, CON-E001 (`later`) one is running
 * @throws AuthenticityError CON-A002 for a refresh or for deletions, unless the actor is a Publisher
 */
export async function askForSync(
  context: SiteContext,
  actor: Actor,
  { id, wishes }: { readonly id: string; readonly wishes: SyncWishes },
): Promise<number> {
  const subscription = await existing(context, id);
  if (wishes.refreshFrom !== undefined || wishes.allowDeletions !== undefined) requireRole(actor, 'Publisher');
  if (isRunning(context, subscription))
    throw new RequestError('CON-E001', `A sync of “${id}” is running`, { retry: 'later' });
  const activity = await requestSync(context, id, { ...wishes });
  await tell(context, { id, kind: 'queued', data: { activity, by: actor.name } });
  await recordPermission(context, actor, { id, wishes });
  return activity;
}

/** A line of the log for who allowed what a sync would else ask for; nothing for a plain sync. */
export async function recordPermission(
  { store, clock }: SiteContext,
  actor: Actor,
  { id, wishes }: { readonly id: string; readonly wishes: Pick<SyncWishes, 'refreshFrom' | 'allowDeletions'> },
): Promise<void> {
  const { refreshFrom, allowDeletions } = wishes;
  const texts = [
    ...(allowDeletions === undefined ? [] : [`${String(allowDeletions)} deletions allowed by “${actor.name}”`]),
    ...(refreshFrom === undefined ? [] : [`Refresh from the ${refreshFrom} asked for by “${actor.name}”`]),
  ];
  for (const text of texts) {
    const details = { by: actor.name, ...wishes };
    await store.record({ at: clock.now(), kind: 'deletion', level: 'info', subject: id, text, details });
  }
}

/**
 * Takes syncs that wait out of the queue, and asks the one that runs to stop: what it has exchanged stays, and the next goes on from there.
 * @throws RequestError CON-R004 unknown subscription, CON-R013 when none waits or runs
 */
export async function cancelSync(context: SiteContext, actor: Actor, id: string): Promise<CancelledSyncs> {
  const subscription = await existing(context, id);
  let cancelled = 0;
  for (const { id: activity, notBefore, state } of await syncsOf(context, id)) {
    // One that its schedule has planned for later is not what somebody wants to stop now.
    const isNow = notBefore <= context.clock.now() || state === 'failed';
    if (isNow && (await context.queue.cancel(activity))) cancelled += 1;
  }
  const isStopping = isRunning(context, subscription);
  if (!isStopping && cancelled === 0) throw new RequestError('CON-R013', `No sync of “${id}” waits or runs`);
  await tell(context, { id, kind: isStopping ? 'cancel' : 'cancelled', data: { by: actor.name } });
  return { cancelled, isStopping };
}

/** Keeps a plan where all who look at the subscription see it; returns the number of its event. Long plans are kept in part. */
export async function keepPlan(context: SiteContext, { id, actor, plan, wishes = {} }: PlanToKeep): Promise<number> {
  const { send, receive } = plan;
  const kept = { ...plan, send: send.slice(0, keptOfPlan), receive: receive.slice(0, keptOfPlan) };
  const totals = { send: send.length, receive: receive.length };
  // Undefined in fields is not in JSON: a field that is not there reads the same.
  return tell(context, { id, kind: 'plan', data: { plan: kept, totals, by: actor.name, wishes } });
}

interface PlanToKeep {
  readonly id: string;
  readonly actor: Actor;
  readonly plan: SyncPlan;
  /** What the plan was asked with, and is carried out with. */
  readonly wishes?: Pick<SyncWishes, 'slow' | 'refreshFrom'>;
}

/** Whether a sync of the subscription runs now, in whatever process. */
function isRunning({ clock }: Pick<SiteContext, 'clock'>, { state }: Subscription): boolean {
  return isLeased(state.lease, clock.now());
}

async function existing({ store, site }: SiteContext, id: string): Promise<Subscription> {
  const subscription = await store.subscription(id);
  if (subscription === undefined) throw new RequestError('CON-R004', `The site “${site}” has no subscription “${id}”`);
  return subscription;
}

async function tell(
  { store, clock }: SiteContext,
  { id, kind, data }: { readonly id: string; readonly kind: SyncEvent['kind']; readonly data: NewSyncEvent['data'] },
): Promise<number> {
  return store.notes.addSyncEvent({ subscription: id, run: '', at: clock.now(), kind, data });
}
