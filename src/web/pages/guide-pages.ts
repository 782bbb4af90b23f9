import { z } from 'zod';
import { AuthenticityError } from '../../errors/concord-error.ts';
import { formatPath, parsePath } from '../../objects/path.ts';
import { hasRole, requireRole } from '../../use-cases/administration/access.ts';
import { exampleSites } from '../../use-cases/administration/example.ts';
import { siteHref, withQuery } from './addresses.ts';
import type { FormState } from './fields.ts';
import { attempt, faultyForm, newForm, optionalText, readFields, requiredText } from './fields.ts';
import type { SentForm } from './form-body.ts';
import type { GuideView } from './guide-frame.ts';
import { addressOf, contentsOf, guideHref, guidePage, stepsAt } from './guide-frame.ts';
import { guideSharePages } from './guide-share-pages.ts';
import { importSent } from './import-page.ts';
import type { FormCall, HomeCall, HomePage, PageCall, PageResult, SitePage } from './page.ts';
import { definePage } from './page.ts';

/** What the first page shows beside. */
export interface GuideSiteView extends GuideView {
  readonly mayHaveExample: boolean;
}

const roles = ['Publisher'] as const;
const siteFields = z.object({ id: requiredText(63), title: optionalText(200) });
const recordFields = z.object({ folder: requiredText(1_000) });

/** The first step: a site of one's own, or the example. */
export const guideHomePages: readonly HomePage[] = [
  { template: '/-/guide', isOpen: false, show: (call) => sitePage(call, newForm()), submit: makeSite },
];

/** The next steps, at the site. */
export const guidePages: readonly SitePage[] = [
  definePage({ template: '/-/guide', roles, query: z.object({}), show: choicePage }),
  definePage({
    template: '/-/guide/records',
    roles,
    query: z.object({}),
    show: (call) => recordsPage(call, newForm({ folder: '/records' })),
    submit: bringRecords,
  }),
  ...guideSharePages,
];

async function sitePage(call: HomeCall, form: FormState): Promise<PageResult> {
  if (call.visitor !== undefined) requireRole(call.visitor.actor, 'Manager');
  const view: GuideSiteView = {
    steps: stepsAt(call, 'site'),
    form,
    action: '/-/guide',
    skipHref: undefined,
    mayHaveExample: await mayHaveExample(call),
  };
  return guidePage(call, { template: 'guide-site', title: call.t('guide.site.title'), view, status: form.status });
}

/** The example has two sites of its own: what stands at their names is not to be mixed up with it. */
async function mayHaveExample({ services }: HomeCall): Promise<boolean> {
  const names: readonly string[] = Object.values(exampleSites);
  return !(await services.installation.sites()).some(({ id }) => names.includes(id));
}

async function makeSite(call: HomeCall & { readonly form: SentForm }): Promise<PageResult> {
  const { services, visitor, form, t, request } = call;
  // An account of one site makes no others.
  if (visitor === undefined || !hasRole(visitor.actor) || (visitor.session?.site ?? '') !== '')
    throw new AuthenticityError('CON-A002', 'Only a Manager of the installation may add sites');
  if (form.values['do'] === 'example') {
    if (!(await mayHaveExample(call))) return sitePage(call, faultyForm({}, {}, t('guide.site.noExample')));
    await services.guide.setUpExample(addressOf(request));
    return { kind: 'see-other', to: siteHref(exampleSites.client, ['portal_synchronizations']), notice: 'exampleMade' };
  }
  const read = readFields(t, form, siteFields);
  if (!read.isDone) return sitePage(call, read.state);
  const fields = { 'CON-R006': 'id', 'CON-R008': 'id' } as const;
  const done = await attempt(call, fields, () => services.guide.addSite(read.result));
  return done.isDone
    ? { kind: 'see-other', to: siteHref(done.result.id, ['-', 'guide']), notice: 'siteMade' }
    : sitePage(call, done.state);
}

async function choicePage(call: PageCall<unknown>): Promise<PageResult> {
  const view = {
    steps: stepsAt(call, 'records'),
    form: newForm(),
    action: '',
    skipHref: contentsOf(call),
    base: siteHref(call.context.site, ['-', 'guide']),
  };
  return guidePage(call, { template: 'guide-choice', title: call.t('guide.choice.title'), view });
}

async function recordsPage(call: PageCall<unknown>, form: FormState): Promise<PageResult> {
  const view: GuideView & { readonly maxMegabytes: number } = {
    steps: stepsAt(call, 'records'),
    form,
    action: guideHref(call, 'records'),
    skipHref: guideHref(call, 'publish'),
    maxMegabytes: Math.floor(call.settings.maxBodyOctets / 1_000_000),
  };
  return guidePage(call, {
    template: 'guide-records',
    title: call.t('guide.records.title'),
    view,
    status: form.status,
  });
}

async function bringRecords(call: FormCall<unknown>): Promise<PageResult> {
  const read = readFields(call.t, call.form, recordFields);
  if (!read.isDone) return recordsPage(call, read.state);
  const path = await attempt(call, { 'CON-R008': 'folder' }, async () => parsePath(read.result.folder));
  if (!path.isDone) return recordsPage(call, path.state);
  const done = await importSent(call, path.result);
  if (!done.isDone) return recordsPage(call, done.state);
  const { failed, created, changed } = done.result;
  if (failed.length > 0 && created + changed === 0) {
    const [first] = failed;
    const text = call.t('guide.records.failed', { where: first?.where ?? '', why: first?.message ?? '' });
    return recordsPage(call, faultyForm(call.form.values, { files: text }));
  }
  const to = withQuery(guideHref(call, 'publish'), { path: formatPath(path.result) });
  return { kind: 'see-other', to, notice: failed.length > 0 ? 'recordsPartly' : 'recordsBrought' };
}
