import { z } from 'zod';
import { RequestError } from '../../errors/concord-error.ts';
import type { SyncWishes } from '../../use-cases/administration/ask-for-sync.ts';
import type { SyncPlan } from '../../use-cases/subscriber/sync-plan.ts';
import type { ChangeList } from './change-rows.ts';
import { planRows } from './change-rows.ts';
import type { SitePage } from './page.ts';
import { definePage } from './page.ts';
import { subscriptionNamed } from './subscription-form.ts';
import { toolHref, toolId, toolPage } from './synchronization-frame.ts';

/** What the page of a plan shows. */
export interface PlanView {
  readonly id: string;
  readonly syncHref: string;
  readonly back: string;
  readonly at: number;
  readonly by: string;
  readonly name: string;
  readonly kind: SyncPlan['kind'];
  /** What it was asked with, and is carried out with; empty: a plain sync. */
  readonly asked: '' | 'slow' | 'refresh-publisher' | 'refresh-subscriber';
  /** How many objects each side has, where everything is to be compared. */
  readonly members: { readonly publisher: number; readonly subscriber: number } | undefined;
  readonly isComplete: boolean;
  readonly isEmpty: boolean;
  readonly lists: Readonly<Record<'send' | 'receive' | 'heldBack', ChangeList>>;
  readonly deletions: number;
}

/** A plan that was made, with what it would do; carried out exactly, or refused when something has moved. */
export const planPage: SitePage = definePage({
  template: `/${toolId}/subscriptions/{id}/plan`,
  roles: ['Publisher', 'Member'],
  query: z.object({ event: z.coerce.number().int().min(1) }),
  async show(call) {
    const { context, t, query } = call;
    const { id } = await subscriptionNamed(call);
    const [event] = await context.store.notes.syncEvents(id, { after: query.event - 1, limit: 1, kinds: ['plan'] });
    if (event?.number !== query.event)
      throw new RequestError('CON-E004', 'This plan is no longer kept: so many syncs have been since');
    // Holds: a `plan` event is told by keepPlan alone.
    const { plan, totals, by, wishes } = event.data as unknown as KeptPlan;
    const lists = planRows({ site: context.site, t }, plan, totals);
    const view: PlanView = {
      id,
      syncHref: toolHref(context.site, 'subscriptions', id, 'sync'),
      back: toolHref(context.site, 'subscriptions', id),
      at: event.at,
      by,
      name: plan.name,
      kind: plan.kind,
      asked: wishes?.refreshFrom ? `refresh-${wishes.refreshFrom}` : wishes?.slow === true ? 'slow' : '',
      members: plan.members,
      isComplete: plan.isComplete,
      isEmpty: plan.isComplete && totals.send + totals.receive === 0,
      lists,
      deletions: [...plan.send, ...plan.receive].filter(({ action }) => action === 'delete').length,
    };
    const way = [{ label: id, href: toolHref(context.site, 'subscriptions', id) }];
    return toolPage(call, { template: 'plan', title: t('sync.planTitle', { id }), tab: 'overview', way, view });
  },
});

interface KeptPlan {
  readonly plan: SyncPlan;
  readonly totals: { readonly send: number; readonly receive: number };
  readonly by: string;
  readonly wishes?: Pick<SyncWishes, 'slow' | 'refreshFrom'>;
}
