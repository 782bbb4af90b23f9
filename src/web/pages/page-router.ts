import type { Request } from 'express';
import { AuthenticityError, RequestError } from '../../errors/concord-error.ts';
import { requireRole } from '../../use-cases/administration/access.ts';
import type { SiteContext } from '../../use-cases/site-context.ts';
import type { Answer } from '../answer.ts';
import { mediaTypeOf } from '../body-reader.ts';
import { refuseOtherOrigins } from '../cross-origin.ts';
import { decodeSegment, readAddress } from '../request-address.ts';
import type { RouteMatch } from '../route.ts';
import { matchTemplate } from '../route.ts';
import type { WebServices, WebSettings } from '../web-services.ts';
import { ownAddress, withQuery } from './addresses.ts';
import { answerAsset } from './assets.ts';
import type { SentForm } from './form-body.ts';
import { formTypes, readForm } from './form-body.ts';
import type { HomePage, PageResult, SitePage, Visitor } from './page.ts';
import type { Presenter } from './presenter.ts';
import { signInAgain } from './sign-in-pages.ts';
import { siteIfAny, visitorAtHome, visitorAtSite } from './visitor.ts';

/** What shows the pages. */
export interface PageRouter {
  readonly services: WebServices;
  readonly settings: WebSettings;
  readonly presenter: Presenter;
  readonly homePages: readonly HomePage[];
  /** The first that fits answers. */
  readonly sitePages: readonly SitePage[];
}

const strangersOctets = 2_000_000;
const noForm: SentForm = { values: {}, all: () => [], files: [] };

/** Whether a person with a browser asks, rather than a program. */
export function wantsPage({ headers }: Pick<Request, 'headers'>): boolean {
  return /\btext\/html\b/i.test(headers.accept ?? '');
}

/**
 * Answers with a page; undefined when there is none at this address for whoever asks, so that something else may answer. Who has not signed in is sent to do so,
 * whatever there is. Throws what the page throws.
 */
export async function answerPage(router: PageRouter, request: Request): Promise<Answer | undefined> {
  const isForm = request.method === 'POST' && formTypes.some((type) => type === mediaTypeOf(request));
  if (!isForm && request.method !== 'GET' && request.method !== 'HEAD') return undefined;
  const { segments, query } = readAddress(request);
  if (segments[0] === 'static' && segments.length === 2)
    return answerAsset(router.presenter.skin, request, segments[1]);
  const asked: Asked = { router, request, query, isForm };
  const home = findHome(router.homePages, segments, asked);
  if (home !== undefined) return answerHome(asked, home);
  const [site = '', ...below] = segments;
  const page = findPage(router.sitePages, below, asked);
  return page === undefined ? undefined : answerSitePage(asked, decodeSegment(site), page);
}

interface Asked {
  readonly router: PageRouter;
  readonly request: Request;
  readonly query: URLSearchParams;
  readonly isForm: boolean;
}

interface Found<Kind> {
  readonly page: Kind;
  readonly match: RouteMatch;
}

function findHome(
  pages: readonly HomePage[],
  segments: readonly string[],
  { request, isForm }: Asked,
): Found<HomePage> | undefined {
  for (const page of pages) {
    const match = matchTemplate(page.template, segments);
    if (match === undefined || (isForm && page.submit === undefined)) continue;
    // `/` is also asked by programs, which are told that there is nothing.
    return page.template === '/' && !isForm && !wantsPage(request) ? undefined : { page, match };
  }
  return undefined;
}

function findPage(
  pages: readonly SitePage[],
  below: readonly string[],
  { request, isForm }: Asked,
): Found<SitePage> | undefined {
  for (const page of pages) {
    if ((isForm && !page.takesForms) || (page.isShared && !isForm && !wantsPage(request))) continue;
    const match = page.isElsewhere(below) ? undefined : matchTemplate(page.template, below);
    if (match !== undefined) return { page, match };
  }
  return undefined;
}

async function answerHome(asked: Asked, { page, match: { names } }: Found<HomePage>): Promise<Answer> {
  const { router, request, query } = asked;
  const { services, settings, presenter } = router;
  const visitor = await visitorAtHome(services, request);
  if (visitor === undefined && asked.isForm && !page.isOpen) return answerExpired(asked, names);
  const elsewhere = page.isOpen ? undefined : gate(asked, visitor);
  if (elsewhere !== undefined) return elsewhere;
  const call = { services, settings, request, query, names, visitor, t: presenter.translator(request) };
  const form = await formOf(asked, visitor);
  const result =
    form === undefined || page.submit === undefined ? await page.show(call) : await page.submit({ ...call, form });
  return presenter.present(result, { request, query, visitor, context: undefined });
}

async function answerSitePage(asked: Asked, site: string, { page, match }: Found<SitePage>): Promise<Answer> {
  const { router, request, query } = asked;
  const { services, settings, presenter } = router;
  const context = await siteIfAny(services, site);
  const visitor =
    context === undefined ? await visitorAtHome(services, request) : await visitorAtSite(services, context, request);
  if (visitor === undefined && asked.isForm) return answerExpired(asked, match.names);
  const elsewhere = gate(asked, visitor);
  if (elsewhere !== undefined || visitor === undefined) return elsewhere ?? toSignIn(asked);
  if (context === undefined) throw new RequestError('CON-R001', `There is no site “${site}” here`);
  const { actor } = visitor;
  if (page.roles !== 'everyone') requireRole(actor, ...page.roles);
  const call = {
    ...match,
    services,
    settings,
    context,
    actor,
    visitor,
    request,
    query,
    t: presenter.translator(request),
  };
  const form = await formOf(asked, visitor);
  const result: PageResult = form === undefined ? await page.show(call) : await page.submit({ ...call, form });
  return presenter.present(result, { request, query, visitor, context: context satisfies SiteContext });
}

/** Where somebody must go first; undefined when nowhere. */
function gate(asked: Asked, visitor: Visitor | undefined): Answer | undefined {
  if (visitor === undefined) return toSignIn(asked);
  return visitor.mustChangePassword ? seeOther(withQuery('/-/password', { to: addressOf(asked) })) : undefined;
}

function toSignIn(asked: Asked): Answer {
  if (!wantsPage(asked.request))
    throw new AuthenticityError('CON-A001', 'This address asks for user name and password');
  return seeOther(withQuery('/sign-in', { to: addressOf(asked) }));
}

/** A form without a session: who sent it signs in again, and what was typed is not lost. */
async function answerExpired(asked: Asked, names: RouteMatch['names']): Promise<Answer> {
  const { router, request, query } = asked;
  const { services, settings, presenter } = router;
  refuseOtherOrigins(request);
  // Of strangers little is read; a file that was to come in must be chosen again in any case.
  const isShort = Number(request.headers['content-length'] ?? Infinity) <= strangersOctets;
  const form = isShort ? await readForm(request, strangersOctets) : noForm;
  const t = presenter.translator(request);
  const call = { services, settings, request, query, names, visitor: undefined, t, form };
  return presenter.present(await signInAgain(call), { request, query, visitor: undefined, context: undefined });
}

function addressOf({ request }: Asked): string {
  return ownAddress(request.originalUrl);
}

function seeOther(to: string): Answer {
  return { status: 303, type: undefined, body: '', headers: { Location: to, 'Cache-Control': 'no-store' } };
}

/** @throws RequestError CON-W006 for a form that this server has not given to this browser and account */
async function formOf({ router, request, isForm }: Asked, visitor: Visitor | undefined): Promise<SentForm | undefined> {
  if (!isForm) return undefined;
  refuseOtherOrigins(request);
  const form = await readForm(request, router.settings.maxBodyOctets);
  const expected = router.presenter.tokenOf(request, visitor);
  if (expected === undefined || form.values['csrf'] !== expected)
    throw new RequestError('CON-W006', 'The form was not given to this browser and this account, or long ago');
  return form;
}
