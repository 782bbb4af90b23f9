import { z } from 'zod';
import type { Activity, ActivityState } from '../../activities/activity.ts';
import { RequestError } from '../../errors/concord-error.ts';
import { hasRole, requireRole } from '../../use-cases/administration/access.ts';
import { activityCounts, changeActivities } from '../../use-cases/administration/change-activities.ts';
import { siteHref, withQuery } from './addresses.ts';
import type { HourBar } from './hour-bars.ts';
import { barsOf, hoursShown } from './hour-bars.ts';
import type { FormCall, PageCall, PageResult, SitePage } from './page.ts';
import { definePage } from './page.ts';
import type { StateWord } from './synchronization-frame.ts';

/** An activity in the list. */
export interface ActivityRow {
  readonly id: number;
  readonly work: string;
  readonly state: StateWord;
  readonly notBefore: number;
  readonly retries: number;
  readonly failure: { readonly text: string; readonly code: string; readonly at: number } | undefined;
  readonly isRunning: boolean;
}

/** What the page of the activities shows. */
export interface ActivitiesView {
  readonly self: string;
  readonly states: readonly {
    readonly label: string;
    readonly href: string;
    readonly count: number;
    readonly isCurrent: boolean;
  }[];
  readonly rows: readonly ActivityRow[];
  readonly mayChange: boolean;
  readonly failed: number;
  readonly hours: readonly HourBar[];
  readonly hasCounts: boolean;
  readonly next: string | undefined;
  readonly first: string | undefined;
}

const tool = 'portal_activities';
const states = ['waiting', 'runnable', 'running', 'failed'] as const;
const looks: Readonly<Record<ActivityState, StateWord['look']>> = {
  waiting: 'wait',
  runnable: 'active',
  running: 'active',
  failed: 'bad',
};
const pageSize = 50;
const query = z.object({
  state: z.enum(['', ...states]).catch(''),
  after: z.coerce.number().int().min(0).optional().catch(undefined),
});

/** What waits, runs, has failed and why; restarted, invoked, cancelled, one or many; counts over time. */
export const activitiesPage: SitePage = definePage({
  template: `/${tool}`,
  roles: ['Publisher', 'Synchronizer'],
  query,
  isShared: true,
  async show(call) {
    const { context, actor, t, query: asked } = call;
    const { state, after } = asked;
    const found = await context.queue.list({
      limit: pageSize + 1,
      ...(state === '' ? {} : { state }),
      ...(after === undefined ? {} : { after }),
    });
    const rows = found.slice(0, pageSize);
    const count = await context.queue.count();
    const self = siteHref(context.site, [tool]);
    const chosen = state === '' ? {} : { state };
    const last = found.length > pageSize ? rows.at(-1)?.id : undefined;
    const hours = barsOf(await activityCounts(context, hoursShown), context.clock.now());
    const view: ActivitiesView = {
      self: withQuery(self, chosen),
      states: [
        {
          label: t('activities.all'),
          href: self,
          isCurrent: state === '',
          count: states.reduce((sum, each) => sum + count[each], 0),
        },
        ...states.map((each) => ({
          label: t(`activities.state.${each}`),
          href: withQuery(self, { state: each }),
          isCurrent: each === state,
          count: count[each],
        })),
      ],
      rows: rows.map((each) => rowOf(call, each)),
      mayChange: hasRole(actor),
      failed: count.failed,
      hours,
      hasCounts: hours.some(({ done, retried, failed }) => done + retried + failed > 0),
      next: last === undefined ? undefined : withQuery(self, { ...chosen, after: String(last) }),
      first: after === undefined ? undefined : withQuery(self, chosen),
    };
    return { kind: 'page', template: 'activities', title: t('activities.title'), area: 'activities', view };
  },
  submit: change,
});

async function change(call: FormCall<z.output<typeof query>>): Promise<PageResult> {
  const { context, actor, form, t, services, query: asked } = call;
  requireRole(actor);
  const back = withQuery(siteHref(context.site, [tool]), asked.state === '' ? {} : { state: asked.state });
  const wished = form.values['do'];
  const ids = form.all('ids').map(Number).filter(Number.isSafeInteger);
  if (wished === 'restart-failed' || wished === 'cancel-failed') {
    const action = wished === 'restart-failed' ? 'restart' : 'cancel';
    await changeActivities(context, actor, { action, state: 'failed' });
    return { kind: 'see-other', to: back, notice: `activities.${action}` };
  }
  if (ids.length === 0) throw new RequestError('CON-R008', t('activities.noneChosen'));
  if (wished === 'invoke') {
    for (const id of ids) await services.invoke(context, id);
    return { kind: 'see-other', to: back, notice: 'activities.invoke' };
  }
  if (wished !== 'restart' && wished !== 'cancel') throw new RequestError('CON-R008', t('fault.invalid'));
  await changeActivities(context, actor, { action: wished, ids });
  return { kind: 'see-other', to: back, notice: `activities.${wished}` };
}

function rowOf({ t }: PageCall<unknown>, { id, work, state, notBefore, retries, failure }: Activity): ActivityRow {
  return {
    id,
    work: workText(t, work),
    state: { word: t(`activities.state.${state}`), look: looks[state] },
    notBefore,
    retries,
    failure: failure && { text: t.said(failure.message), code: failure.code, at: failure.at },
    isRunning: state === 'running',
  };
}

function workText(t: PageCall<unknown>['t'], work: Activity['work']): string {
  const { name, ...rest } = work;
  const of = 'subscription' in work ? work.subscription : '';
  const known = t.ifAny(`activities.work.${name}`, { of });
  return known ?? [name, ...Object.values(rest).filter((value) => typeof value === 'string')].join(' ');
}
