import { z } from 'zod';
import { RequestError } from '../../errors/concord-error.ts';
import type { Publication, Right } from '../../synchronization/publication.ts';
import { policies } from '../../synchronization/publication.ts';
import { hasRole, requireRole } from '../../use-cases/administration/access.ts';
import { unpublish } from '../../use-cases/administration/publish.ts';
import { releaseSubscriber, removeSubscriber } from '../../use-cases/administration/remove-subscriber.ts';
import type { SubscriberStatus } from '../../use-cases/administration/status.ts';
import { siteStatus } from '../../use-cases/administration/status.ts';
import { withQuery } from './addresses.ts';
import type { FormState } from './fields.ts';
import { attempt, newForm, optionalText, readFields, requiredText } from './fields.ts';
import type { FormCall, Page, PageCall, PageResult, SitePage } from './page.ts';
import { definePage } from './page.ts';
import { policyChoices } from './sync-choices.ts';
import type { Choice } from './sync-choices.ts';
import { toolHref, toolId, toolPage } from './synchronization-frame.ts';

/** What the form of a publication shows. */
export interface PublicationFormView {
  readonly form: FormState;
  readonly isNew: boolean;
  readonly self: string;
  readonly back: string;
  readonly policies: readonly Choice[];
}

/** A subscriber on the page of its publication. */
export interface SubscriberRow extends SubscriberStatus {
  readonly conflictsHref: string;
}

/** What the page of a publication shows. */
export interface PublicationView {
  readonly id: string;
  readonly url: string;
  readonly path: string;
  readonly query: string;
  readonly mapping: string;
  readonly conduit: string;
  readonly keyName: string;
  readonly mayPull: string;
  readonly mayPush: string;
  readonly conflictPolicy: string;
  readonly subscribers: readonly SubscriberRow[];
  readonly mayDefine: boolean;
  readonly self: string;
  readonly editHref: string;
  readonly logHref: string;
  readonly address: string;
}

const readers = ['Publisher', 'Member'] as const;
const fields = z.object({
  path: requiredText(2_000),
  url: optionalText(2_000),
  query: optionalText(2_000),
  mapping: optionalText(200),
  conduit: optionalText(200),
  keyName: optionalText(200),
  conflictPolicy: z.enum(['', ...policies]).default(''),
  mayPull: z.string().default(''),
  mayPush: z.string().default(''),
});
const faults = {
  'CON-R002': 'path',
  'CON-E007': 'query',
  'CON-K001': 'keyName',
  'CON-W007': 'url',
} as const;

/** Publications: shown, made, changed, ended. */
export const publicationPages: readonly SitePage[] = [
  definePage({
    template: `/${toolId}/add_publication`,
    roles: ['Publisher'],
    query: z.object({ path: z.string().optional() }),
    async show(call) {
      return formPage(call, { form: newForm({ path: call.query.path ?? '', query: 'objectValues' }), id: undefined });
    },
    async submit(call) {
      const { t, form, context } = call;
      const read = readFields(t, form, fields.extend({ id: requiredText(255) }));
      if (!read.isDone) return formPage(call, { form: read.state, id: undefined });
      const { id } = read.result;
      if ((await context.store.publication(id)) !== undefined) {
        const taken = { ...newForm(form.values), faults: { id: t('sync.taken', { id }) }, status: 409 };
        return formPage(call, { form: taken, id: undefined });
      }
      return save(call, id, { values: read.result, isNew: true });
    },
  }),
  definePage({
    template: `/${toolId}/publications/{id}`,
    roles: readers,
    query: z.object({}),
    show: showPublication,
    async submit(call) {
      const { context, actor, names, form } = call;
      const id = names['id'] ?? '';
      requireRole(actor, 'Publisher');
      const held = form.values['release'];
      if (held !== undefined) {
        await releaseSubscriber(context, actor, { publication: id, subscriber: held });
        return { kind: 'see-other', to: toolHref(context.site, 'publications', id), notice: 'subscriberReleased' };
      }
      const url = form.values['subscriber'];
      if (url !== undefined) {
        await removeSubscriber(context, actor, { publication: id, subscriber: url });
        return { kind: 'see-other', to: toolHref(context.site, 'publications', id), notice: 'subscriberRemoved' };
      }
      await unpublish(context, actor, id);
      return { kind: 'see-other', to: toolHref(context.site), notice: 'unpublished' };
    },
  }),
  definePage({
    template: `/${toolId}/publications/{id}/edit`,
    roles: ['Publisher'],
    query: z.object({}),
    async show(call) {
      const publication = await existing(call);
      return formPage(call, { form: newForm(valuesOf(publication)), id: publication.id });
    },
    async submit(call) {
      const { id } = await existing(call);
      const read = readFields(call.t, call.form, fields);
      if (!read.isDone) return formPage(call, { form: read.state, id });
      return save(call, id, { values: read.result, isNew: false });
    },
  }),
];

async function save(
  call: FormCall<unknown>,
  id: string,
  { values, isNew }: { readonly values: z.output<typeof fields>; readonly isNew: boolean },
): Promise<PageResult> {
  const { context, actor, services } = call;
  const { conflictPolicy, mayPull, mayPush, url = '', keyName = '', query, mapping, conduit, path } = values;
  const request = {
    id,
    actor,
    path,
    url,
    keyName,
    ...(query === undefined ? {} : { query }),
    ...(mapping === undefined ? {} : { mapping }),
    ...(conduit === undefined ? {} : { conduit }),
    conflictPolicy: conflictPolicy === '' ? undefined : conflictPolicy,
    mayPull: rightOf(mayPull),
    mayPush: rightOf(mayPush),
  };
  const done = await attempt(call, faults, () => services.publish(context, request));
  if (!done.isDone) return formPage(call, { form: done.state, id: isNew ? undefined : id });
  const to = toolHref(context.site, 'publications', id);
  return { kind: 'see-other', to, notice: isNew ? 'published' : 'settingsSaved' };
}

function formPage(
  call: PageCall<unknown>,
  { form, id }: { readonly form: FormState; readonly id: string | undefined },
): Page {
  const { t, context } = call;
  const view: PublicationFormView = {
    form,
    isNew: id === undefined,
    self:
      id === undefined ? toolHref(context.site, 'add_publication') : toolHref(context.site, 'publications', id, 'edit'),
    back: id === undefined ? toolHref(context.site) : toolHref(context.site, 'publications', id),
    policies: [{ value: '', label: t('sync.policy.theirs') }, ...policyChoices(t)],
  };
  const way = id === undefined ? [] : [{ label: id, href: toolHref(context.site, 'publications', id) }];
  const title = id === undefined ? t('sync.publishTitle') : t('sync.editTitle', { id });
  return toolPage(call, { template: 'publication-form', title, tab: 'overview', way, view, status: form.status });
}

async function showPublication(call: PageCall<unknown>): Promise<Page> {
  const { context, actor, t, request } = call;
  const { id, url, path, query, mapping, conduit, keyName, mayPull, mayPush, conflictPolicy } = await existing(call);
  const [status] = (await siteStatus(context, id)).publications;
  const conflictsHref = withQuery(toolHref(context.site, 'conflicts'), { publication: id });
  const view: PublicationView = {
    id,
    url,
    path,
    query,
    mapping,
    conduit,
    keyName,
    mayPull: rightText(t('sync.everyone'), mayPull),
    mayPush: rightText(t('sync.everyone'), mayPush),
    conflictPolicy: conflictPolicy === undefined ? t('sync.policy.theirs') : t(`sync.policy.${conflictPolicy}`),
    subscribers: (status?.subscribers ?? []).map((each) => ({ ...each, conflictsHref })),
    mayDefine: hasRole(actor, 'Publisher'),
    self: toolHref(context.site, 'publications', id),
    editHref: toolHref(context.site, 'publications', id, 'edit'),
    logHref: withQuery(toolHref(context.site, 'log'), { subject: id }),
    address: url === '' ? `${request.protocol}://${request.host}/${encodeURIComponent(context.site)}` : url,
  };
  return toolPage(call, { template: 'publication', title: id, tab: 'overview', way: [], view });
}

async function existing({ context, names }: PageCall<unknown>): Promise<Publication> {
  const id = names['id'] ?? '';
  const publication = await context.store.publication(id);
  if (publication === undefined) throw new RequestError('CON-R003', `There is no publication “${id}”`);
  return publication;
}

function valuesOf(publication: Publication): Readonly<Record<string, string>> {
  const { id, path, url, query, mapping, conduit, keyName, conflictPolicy, mayPull, mayPush } = publication;
  const rights = {
    mayPull: mayPull === 'everyone' ? '' : mayPull.join(', '),
    mayPush: mayPush === 'everyone' ? '' : mayPush.join(', '),
  };
  return { id, path, url, query, mapping, conduit, keyName, conflictPolicy: conflictPolicy ?? '', ...rights };
}

/** Names with commas between; nothing: every Synchronizer. A single dash: nobody. */
function rightOf(text: string): Right {
  const names = text.split(',').map((name) => name.trim());
  if (names.length === 1 && names[0] === '') return 'everyone';
  return names.filter((name) => name !== '' && name !== '-');
}

function rightText(everyone: string, right: Right): string {
  if (right === 'everyone') return everyone;
  return right.length === 0 ? '–' : right.join(', ');
}
