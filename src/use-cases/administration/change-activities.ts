import { RequestError } from '../../errors/concord-error.ts';
import type { ActivityState } from '../../activities/activity.ts';
import type { Actor, SiteContext } from '../site-context.ts';
import { requireRole } from './access.ts';

/** Which activities: by number, or all of one state. */
export type ChosenActivities =
  { readonly ids: readonly number[] } | { readonly state: 'waiting' | 'runnable' | 'failed' };

/** How many it was done with; those that ran, or were gone, are left out. */
export interface ChangedActivities {
  readonly changed: number;
  readonly skipped: number;
}

/**
 * Makes activities runnable now, or takes them out of the queue; one or many.
 * @throws AuthenticityError CON-A002 unless the actor is a Manager; RequestError CON-R013 when it could be done with none of those that are named
 */
export async function changeActivities(
  context: SiteContext,
  actor: Actor,
  request: { readonly action: 'restart' | 'cancel' } & ChosenActivities,
): Promise<ChangedActivities> {
  requireRole(actor);
  const ids = 'ids' in request ? [...new Set(request.ids)] : await idsIn(context, request.state);
  let changed = 0;
  for (const id of ids) if (await context.queue[request.action](id)) changed += 1;
  if (changed === 0 && 'ids' in request)
    throw new RequestError('CON-R013', `There is no activity ${ids.join(', ')} that this can be done with`);
  if (ids.length > 1 || changed > 0) await record(context, actor, { action: request.action, changed });
  return { changed, skipped: ids.length - changed };
}

/** Activities of the last hours, by hour: how many were done, retried, failed. */
export async function activityCounts(
  { store, clock }: Pick<SiteContext, 'store' | 'clock'>,
  hours: number,
): ReturnType<SiteContext['store']['notes']['activityCounts']> {
  const now = clock.now();
  return store.notes.activityCounts(now - (now % hourMs) - (hours - 1) * hourMs);
}

const hourMs = 3_600_000;

async function idsIn({ queue }: SiteContext, state: ActivityState): Promise<readonly number[]> {
  return (await queue.list({ state })).map(({ id }) => id);
}

async function record(
  { store, clock }: SiteContext,
  actor: Actor,
  { action, changed }: { readonly action: 'restart' | 'cancel'; readonly changed: number },
): Promise<void> {
  await store.record({
    at: clock.now(),
    kind: 'administration',
    level: 'info',
    subject: actor.name,
    text: `${action === 'cancel' ? 'Cancelled' : 'Restarted'} ${String(changed)} activities`,
    details: {},
  });
}
