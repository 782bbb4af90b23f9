import { z } from 'zod';
import { RequestError } from '../../errors/concord-error.ts';
import { filterOfDesk } from '../../use-cases/exchange/list-conflicts.ts';
import { resolveFound } from '../../use-cases/exchange/settle-together.ts';
import { withQuery } from './addresses.ts';
import type { Keep } from './desk-filters.ts';
import { chosenOf, deskQuery, filterQuery, keepOf } from './desk-filters.ts';
import { fieldLabel } from './field-label.ts';
import type { FormCall, Page, PageCall, PageResult, SitePage } from './page.ts';
import { definePage } from './page.ts';
import { toolHref, toolId, toolPage } from './synchronization-frame.ts';

/** What is asked before all that a filter finds are settled. */
export interface SettleTogetherView {
  readonly self: string;
  readonly back: string;
  readonly keep: Keep;
  readonly count: number;
  /** The filters that are set, as they are called. */
  readonly filters: readonly { readonly label: string; readonly value: string }[];
  /** The number that was asked about is another one now. */
  readonly hasChanged: boolean;
}

const query = filterQuery.extend({ keep: z.string().default('newer') });
type Query = z.output<typeof query>;

/** Asks, naming the number, and settles all that the desk's filter finds. */
export const settleTogetherPage: SitePage = definePage({
  template: `/${toolId}/conflicts/together`,
  roles: ['Publisher', 'Member'],
  query,
  show: (call) => ask(call, false),
  submit: settle,
});

async function ask(call: PageCall<Query>, hasChanged: boolean): Promise<Page> {
  const { context, t, query: asked } = call;
  const { keep, ...filters } = asked;
  const chosen = chosenOf({ ...filters, state: 'open' });
  const count = await context.store.countConflicts(await filterOf(call));
  const view: SettleTogetherView = {
    self: withQuery(toolHref(context.site, 'conflicts', 'together'), { ...chosen, keep: keepOf(keep) }),
    back: withQuery(toolHref(context.site, 'conflicts'), chosen),
    keep: keepOf(keep),
    count,
    filters: Object.entries(chosen).map(([name, value]) => ({
      label: t(`conflicts.filter.${name}`),
      value: name === 'field' ? fieldLabel(t, value) : name === 'age' ? t(`conflicts.age.${value}`) : value,
    })),
    hasChanged,
  };
  return toolPage(call, {
    template: 'settle-together',
    title: t('conflicts.askTogether', { count }),
    tab: 'conflicts',
    area: 'conflicts',
    way: [{ label: t('conflicts.title'), href: toolHref(context.site, 'conflicts') }],
    view,
    status: hasChanged ? 409 : 200,
  });
}

async function settle(call: FormCall<Query>): Promise<PageResult> {
  const { context, actor, form, query: asked } = call;
  const { keep, ...filters } = asked;
  try {
    const count = Number(form.values['count']);
    const done = await resolveFound(context, actor, { filter: await filterOf(call), keep: keepOf(keep), count });
    const back = {
      ...chosenOf({ ...filters, state: 'open' }),
      ...(done.batch === undefined ? {} : { batch: done.batch }),
    };
    const notice = done.left === 0 ? 'settled' : 'settledPartly';
    return { kind: 'see-other', to: withQuery(toolHref(context.site, 'conflicts'), back), notice };
  } catch (error) {
    if (error instanceof RequestError && error.code === 'CON-E010') return ask(call, true);
    throw error;
  }
}

function filterOf(call: PageCall<Query>): ReturnType<typeof filterOfDesk> {
  return filterOfDesk(call.context, deskQuery(call, { ...call.query, state: 'open' }));
}
