import { z } from 'zod';
import { RequestError } from '../../errors/concord-error.ts';
import { policies } from '../../synchronization/publication.ts';
import type { Subscription } from '../../synchronization/subscription.ts';
import { actions, modes } from '../../synchronization/subscription.ts';
import { whatIsSaid } from '../api/what-is-said.ts';
import type { FormState, Outcome } from './fields.ts';
import { attempt, newForm, optionalText, readFields, requiredText } from './fields.ts';
import type { FormCall, Page, PageCall, PageResult, SitePage } from './page.ts';
import { definePage } from './page.ts';
import type { Choice } from './sync-choices.ts';
import { policyChoices } from './sync-choices.ts';
import { toolHref, toolId, toolPage } from './synchronization-frame.ts';

/** What the form of a subscription shows. */
export interface SubscriptionFormView {
  readonly form: FormState;
  readonly isNew: boolean;
  readonly self: string;
  readonly back: string;
  readonly modes: readonly Choice[];
  readonly policies: readonly Choice[];
  readonly follow: readonly Choice[];
  readonly actions: readonly (Choice & { readonly isChosen: boolean })[];
  /** A password is kept already: an empty field leaves it. */
  readonly hasPassword: boolean;
}

const fields = z.object({
  publication: optionalText(255),
  publicationUrl: requiredText(2_000),
  subscriptionUrl: requiredText(2_000),
  path: requiredText(2_000),
  user: optionalText(200),
  password: z.string().max(1_000, 'fault.long').optional(),
  mode: z.enum(modes).default('two-way'),
  conflictPolicy: z.enum(policies).default('ASK'),
  updatePolicy: z.enum(policies).default('ASK'),
  schedule: optionalText(200),
  follow: z.enum(['yes', 'no']).default('no'),
  query: optionalText(2_000),
  mapping: optionalText(200),
  conduit: optionalText(200),
  keyName: optionalText(200),
});
const faults = {
  'CON-E005': 'path',
  'CON-E007': 'query',
  'CON-K001': 'keyName',
  'CON-W007': 'publicationUrl',
  'CON-R006': 'subscriptionUrl',
} as const;

/** The forms that make a subscription and change one. */
export const subscriptionForms: readonly SitePage[] = [
  definePage({
    template: `/${toolId}/add_subscription`,
    roles: ['Publisher'],
    query: z.object({ path: z.string().optional(), publicationUrl: z.string().optional() }),
    async show(call) {
      const { path = '', publicationUrl = '' } = call.query;
      const values = { path, publicationUrl, subscriptionUrl: `${ownUrl(call)}/`, query: 'objectValues' };
      return formPage(call, { form: newForm(values), before: undefined });
    },
    async submit(call) {
      const { t, form, context } = call;
      const read = readFields(t, form, fields.extend({ id: requiredText(255) }));
      if (!read.isDone) return formPage(call, { form: read.state, before: undefined });
      const { id } = read.result;
      if ((await context.store.subscription(id)) === undefined)
        return save(call, { id, values: read.result, before: undefined });
      const taken = { ...newForm(form.values), faults: { id: t('sync.taken', { id }) }, status: 409 };
      return formPage(call, { form: taken, before: undefined });
    },
  }),
  definePage({
    template: `/${toolId}/subscriptions/{id}/edit`,
    roles: ['Publisher'],
    query: z.object({}),
    async show(call) {
      const before = await subscriptionNamed(call);
      return formPage(call, { form: newForm(valuesOf(before)), before });
    },
    async submit(call) {
      const before = await subscriptionNamed(call);
      const read = readFields(call.t, call.form, fields);
      if (!read.isDone) return formPage(call, { form: read.state, before });
      return save(call, { id: before.id, values: read.result, before });
    },
  }),
];

/** The subscription that the address names. @throws RequestError CON-R004 */
export async function subscriptionNamed({ context, names }: PageCall<unknown>): Promise<Subscription> {
  const id = names['id'] ?? '';
  const subscription = await context.store.subscription(id);
  if (subscription === undefined) throw new RequestError('CON-R004', `There is no subscription “${id}”`);
  return subscription;
}

interface Saving {
  readonly id: string;
  readonly values: z.output<typeof fields>;
  readonly before: Subscription | undefined;
}

async function save(call: FormCall<unknown>, { id, values, before }: Saving): Promise<PageResult> {
  const { context, form } = call;
  const chosen = actions.filter((action) => form.all('strategy').includes(action));
  const done: Outcome<unknown> = await attempt(call, faults, () =>
    call.services.subscribe(context, { ...said(values), id, actor: call.actor, strategy: chosen }),
  );
  if (!done.isDone) return formPage(call, { form: done.state, before });
  const to = toolHref(context.site, 'subscriptions', id);
  return { kind: 'see-other', to, notice: before === undefined ? 'subscribed' : 'settingsSaved' };
}

/** What is left empty stays as it is, or takes its default; but a user, a schedule and a key can be taken away. */
function said(
  values: z.output<typeof fields>,
): ReturnType<typeof whatIsSaid<Omit<z.output<typeof fields>, 'follow'> & { readonly follow: boolean }>> {
  const { user = '', schedule = '', keyName = '', password } = values;
  const follow = values.follow === 'yes';
  return whatIsSaid({ ...values, user, schedule, follow, keyName, password: password === '' ? undefined : password });
}

interface Shown {
  readonly form: FormState;
  readonly before: Subscription | undefined;
}

function formPage(call: PageCall<unknown> | FormCall<unknown>, { form, before }: Shown): Page {
  const { t, context } = call;
  const { site } = context;
  const id = before?.id;
  const chosen: readonly string[] = 'form' in call ? call.form.all('strategy') : (before?.terms.strategy ?? actions);
  const view: SubscriptionFormView = {
    form,
    isNew: id === undefined,
    self: id === undefined ? toolHref(site, 'add_subscription') : toolHref(site, 'subscriptions', id, 'edit'),
    back: id === undefined ? toolHref(site) : toolHref(site, 'subscriptions', id),
    modes: modes.map((value) => ({ value, label: t(`sync.mode.${value}`) })),
    policies: policyChoices(t),
    follow: (['no', 'yes'] as const).map((value) => ({ value, label: t(`sync.follow.${value}`) })),
    actions: actions.map((value) => ({ value, label: t(`sync.action.${value}`), isChosen: chosen.includes(value) })),
    hasPassword: (before?.password ?? '') !== '',
  };
  const way = id === undefined ? [] : [{ label: id, href: toolHref(site, 'subscriptions', id) }];
  const title = id === undefined ? t('sync.subscribeTitle') : t('sync.editTitle', { id });
  return toolPage(call, { template: 'subscription-form', title, tab: 'overview', way, view, status: form.status });
}

function valuesOf(subscription: Subscription): Readonly<Record<string, string>> {
  const { publication, publicationUrl, subscriptionUrl, path, query, mapping, conduit, keyName } = subscription;
  const { schedule, follow = false, user, terms } = subscription;
  const { mode, conflictPolicy, updatePolicy } = terms;
  const documents = { query, mapping, conduit, keyName };
  return {
    publication,
    publicationUrl,
    subscriptionUrl,
    path,
    ...documents,
    schedule,
    follow: follow ? 'yes' : 'no',
    user,
    mode,
    conflictPolicy,
    updatePolicy,
  };
}

function ownUrl({ request, context }: PageCall<unknown>): string {
  return `${request.protocol}://${request.host}/${encodeURIComponent(context.site)}`;
}
