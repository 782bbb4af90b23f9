import { z } from 'zod';
import { ConcordError } from '../../errors/concord-error.ts';
import { topGid } from '../../objects/gid.ts';
import { formatPath, parsePath } from '../../objects/path.ts';
import { addAccount } from '../../use-cases/administration/accounts.ts';
import type { SyncPlan } from '../../use-cases/subscriber/sync-plan.ts';
import type { Connection } from '../../use-cases/subscriber/test-connection.ts';
import { siteHref, withQuery } from './addresses.ts';
import type { FormState } from './fields.ts';
import { attempt, describeError, faultyForm, newForm, optionalText, readFields, requiredText } from './fields.ts';
import type { GuideStep, GuideView } from './guide-frame.ts';
import { addressOf, contentsOf, guideHref, guidePage, stepsAt } from './guide-frame.ts';
import type { FormCall, PageCall, PageResult, SitePage } from './page.ts';
import { definePage } from './page.ts';

/** What the page to publish shows beside. */
export interface GuidePublishView extends GuideView {
  readonly folders: readonly string[];
}

/** What the page to subscribe shows beside. */
export interface GuideSubscribeView extends GuideView {
  readonly connection: Connection | undefined;
}

/** What the last page shows. */
export interface GuideDoneView {
  readonly steps: readonly GuideStep[];
  readonly publication: { readonly id: string; readonly url: string; readonly href: string } | undefined;
  readonly subscription:
    | {
        readonly id: string;
        readonly syncAction: string;
        readonly href: string;
        readonly plan:
          (Pick<SyncPlan, 'kind' | 'members'> & { readonly send: number; readonly receive: number }) | undefined;
        readonly trouble: string | undefined;
      }
    | undefined;
  readonly contentsHref: string;
}

const roles = ['Publisher'] as const;
const publishFields = z.object({
  id: requiredText(255),
  path: requiredText(1_000),
  account: optionalText(100),
  password: optionalText(1_000),
});
const subscribeFields = z.object({
  publicationUrl: requiredText(2_000),
  publication: requiredText(255),
  user: optionalText(100),
  password: z.string().optional(),
  path: requiredText(1_000),
});

/** Offering a folder to other sites, or taking what another offers; and what then comes. */
export const guideSharePages: readonly SitePage[] = [
  definePage({
    template: '/-/guide/publish',
    roles,
    query: z.object({ path: z.string().optional() }),
    show: (call) => publishPage(call, newForm({ path: call.query.path ?? '/', id: nameFor(call.query.path) })),
    submit: publishFolder,
  }),
  definePage({
    template: '/-/guide/subscribe',
    roles,
    query: z.object({}),
    show: (call) => subscribePage(call, newForm({ path: '/records' }), undefined),
    submit: subscribeTo,
  }),
  definePage({
    template: '/-/guide/done',
    roles,
    query: z.object({ publication: z.string().optional(), subscription: z.string().optional() }),
    show: donePage,
  }),
];

async function publishPage(call: PageCall<unknown>, form: FormState): Promise<PageResult> {
  const { context, t } = call;
  const top = await context.store.children(topGid, { limit: 100 });
  const view: GuidePublishView = {
    steps: stepsAt(call, 'share'),
    form,
    action: guideHref(call, 'publish'),
    skipHref: contentsOf(call),
    folders: top.map(({ id }) => formatPath([id])),
  };
  return guidePage(call, { template: 'guide-publish', title: t('guide.publish.title'), view, status: form.status });
}

async function publishFolder(call: FormCall<unknown>): Promise<PageResult> {
  const { context, actor, services, form, t, request } = call;
  const read = readFields(t, form, publishFields);
  if (!read.isDone) return publishPage(call, read.state);
  const { id, path, account, password } = read.result;
  if (account !== undefined && password === undefined)
    return publishPage(call, faultyForm(form.values, { password: t('fault.required') }));
  const fields = { 'CON-R002': 'path', 'CON-R008': 'id', 'CON-R006': 'account' } as const;
  const done = await attempt(call, fields, async () => {
    const url = `${addressOf(request)}/${context.site}`;
    if (account !== undefined && password !== undefined && (await context.accounts.account(account)) === undefined)
      await addAccount(context, actor, { name: account, roles: ['Synchronizer'], password });
    return services.publish(context, { id, actor, path, url });
  });
  if (!done.isDone) return publishPage(call, done.state);
  return { kind: 'see-other', to: withQuery(guideHref(call, 'done'), { publication: id }) };
}

async function subscribePage(
  call: PageCall<unknown>,
  form: FormState,
  connection: Connection | undefined,
): Promise<PageResult> {
  const view: GuideSubscribeView = {
    steps: stepsAt(call, 'share'),
    form,
    action: guideHref(call, 'subscribe'),
    skipHref: contentsOf(call),
    connection,
  };
  return guidePage(call, {
    template: 'guide-subscribe',
    title: call.t('guide.subscribe.title'),
    view,
    status: form.status,
  });
}

async function subscribeTo(call: FormCall<unknown>): Promise<PageResult> {
  const { context, actor, services, form, t, request } = call;
  const read = readFields(t, form, subscribeFields);
  if (!read.isDone) return subscribePage(call, read.state, undefined);
  const { publicationUrl, publication, user = '', password = '', path } = read.result;
  const subscriptionUrl = `${addressOf(request)}/${context.site}/${encodeURIComponent(publication)}`;
  const party = { publicationUrl, publication, subscriptionUrl, user, password };
  const fields = {
    'CON-T001': 'publicationUrl',
    'CON-T002': 'publicationUrl',
    'CON-T003': 'publicationUrl',
    'CON-T004': 'publicationUrl',
    'CON-T005': 'publicationUrl',
    'CON-W007': 'publicationUrl',
    'CON-R003': 'publication',
    'CON-A004': 'password',
    'CON-E005': 'path',
    'CON-R006': 'publication',
    'CON-R008': 'publicationUrl',
  } as const;
  const tested = await tryOut(call, fields, () => services.guide.testConnection(context, party));
  if (!tested.isDone) return subscribePage(call, tested.state, undefined);
  if (form.values['do'] === 'test') return subscribePage(call, newForm(form.values), tested.result);
  const done = await attempt(call, fields, () =>
    services.subscribe(context, { id: publication, actor, path, ...party }),
  );
  if (!done.isDone) return subscribePage(call, done.state, undefined);
  return { kind: 'see-other', to: withQuery(guideHref(call, 'done'), { subscription: publication }) };
}

/** As `attempt`; what another server does wrong is said beside the field too. */
async function tryOut<Result>(
  call: FormCall<unknown>,
  fields: Parameters<typeof attempt>[1],
  work: () => Promise<Result>,
): ReturnType<typeof attempt<Result>> {
  try {
    return await attempt(call, fields, work);
  } catch (error) {
    if (!(error instanceof ConcordError) || fields[error.code] === undefined) throw error;
    const faults = { [fields[error.code] ?? '']: describeError(call.t, error) };
    return { isDone: false, state: faultyForm(call.form.values, faults) };
  }
}

async function donePage(
  call: PageCall<{ publication?: string | undefined; subscription?: string | undefined }>,
): Promise<PageResult> {
  const { context, query, t } = call;
  const { site, store } = context;
  const publication = query.publication === undefined ? undefined : await store.publication(query.publication);
  const subscription = query.subscription === undefined ? undefined : await store.subscription(query.subscription);
  const tool = (...rest: readonly string[]): string => siteHref(site, ['portal_synchronizations', ...rest]);
  const view: GuideDoneView = {
    steps: stepsAt(call, 'done'),
    publication: publication && {
      id: publication.id,
      url: publication.url,
      href: tool('publications', publication.id),
    },
    subscription: subscription && {
      id: subscription.id,
      href: tool('subscriptions', subscription.id),
      syncAction: tool('subscriptions', subscription.id, 'sync'),
      ...(await firstPlan(call, subscription.id)),
    },
    contentsHref: contentsOf(call),
  };
  return guidePage(call, { template: 'guide-done', title: t('guide.done.title'), view });
}

/** What the first sync would do; where that cannot be said, why. */
async function firstPlan(
  { context, services, t }: PageCall<unknown>,
  id: string,
): Promise<Pick<NonNullable<GuideDoneView['subscription']>, 'plan' | 'trouble'>> {
  try {
    const { kind, members, send, receive } = await services.previewSync(context, { id });
    return { plan: { kind, members, send: send.length, receive: receive.length }, trouble: undefined };
  } catch (error) {
    if (!(error instanceof ConcordError)) throw error;
    return { plan: undefined, trouble: describeError(t, error) };
  }
}
/** A publication is called like its folder unless somebody says otherwise. */
function nameFor(path: string | undefined): string {
  return path === undefined ? '' : (parsePath(path).at(-1) ?? '');
}
