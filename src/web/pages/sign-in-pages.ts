import { z } from 'zod';
import type { ConcordError } from '../../errors/concord-error.ts';
import { AuthenticityError } from '../../errors/concord-error.ts';
import type { AccountsContext } from '../../use-cases/administration/accounts.ts';
import { setPassword } from '../../use-cases/administration/accounts.ts';
import type { SessionPlace, SignedIn } from '../../use-cases/administration/sessions.ts';
import { keepSession, openSession } from '../../use-cases/administration/sessions.ts';
import type { SignInContext } from '../../use-cases/administration/access.ts';
import type { WebServices } from '../web-services.ts';
import { ownAddress } from './addresses.ts';
import { formCookie, formToken, readCookie, sessionCookie, writeCookie } from './cookies.ts';
import type { FormState } from './fields.ts';
import type { SentForm } from './form-body.ts';
import { attempt, describeError, faultyForm, newForm, readFields, requiredText } from './fields.ts';
import type { HomeCall, HomePage, PageResult } from './page.ts';
import { siteIfAny } from './visitor.ts';

/** What the page to sign in shows. */
export interface SignInView {
  readonly form: FormState;
  /** Where the visitor wanted to go. */
  readonly to: string;
  /** The site whose accounts are asked; empty: it must be said, or the account is good on all. */
  readonly site: string;
  /** What was sent without a session, as JSON; empty: nothing. */
  readonly carried: string;
}

type HomeForm = HomeCall & { readonly form: SentForm };

/** What somebody typed before signing in again, to be sent when it is confirmed. */
export interface CarriedForm {
  readonly action: string;
  readonly fields: readonly (readonly [name: string, value: string])[];
}

const carriedFields = z.object({ action: z.string(), fields: z.array(z.tuple([z.string(), z.string()])) });
const maxCarriedCharacters = 1_000_000;
const unauthorized = 401;
const minPasswordLength = 8;

const signInFields = z.object({
  name: requiredText(200),
  password: z.string('fault.required').min(1, 'fault.required'),
  site: z.string().trim().optional(),
});

const passwordFields = z
  .object({
    password: z.string('fault.required').min(minPasswordLength, 'fault.shortPassword').max(1_000, 'fault.long'),
    again: z.string('fault.required'),
  })
  .refine(({ password, again }) => password === again, { path: ['again'], message: 'fault.notSame' });

/** Coming, going, and the own password. */
export const signInPages: readonly HomePage[] = [
  { template: '/sign-in', isOpen: true, show: (call) => signInPage(call, newForm()), submit: openOne },
  { template: '/sign-out', isOpen: true, show: async () => ({ kind: 'see-other', to: '/' }), submit: endOne },
  { template: '/-/password', isOpen: true, show: (call) => passwordPage(call, newForm()), submit: changePassword },
];

async function openOne(call: HomeForm): Promise<PageResult> {
  const read = readFields(call.t, call.form, signInFields);
  if (!read.isDone) return signInPage(call, read.state, call.form.values['carried']);
  const { name, password, site } = read.result;
  const { services, request } = call;
  const from = { address: request.ip ?? '', agent: request.headers['user-agent'] ?? '' };
  try {
    const opened = await openSession(services.sessions, await placeOf(call, site), { name, password, ...from });
    const headers = { 'Set-Cookie': writeCookie(request, sessionCookie, opened.secret) };
    const view = opened.signedIn.mustChangePassword ? undefined : carriedForm(call, opened.signedIn);
    if (view === undefined) return { kind: 'see-other', to: wantedAddress(call), headers };
    return { kind: 'page', template: 'send-again', title: call.t('sendAgain.title'), area: 'none', view, headers };
  } catch (error) {
    if (!(error instanceof AuthenticityError)) throw error;
    return signInPage(call, refused(call, error), call.form.values['carried']);
  }
}

async function endOne({ services, request, visitor }: HomeForm): Promise<PageResult> {
  if (visitor?.session !== undefined) await services.sessions.sessions.endSession(visitor.session.id);
  // What was shown is not to be looked at again by who comes next.
  const headers = { 'Set-Cookie': writeCookie(request, sessionCookie, ''), 'Clear-Site-Data': '"cache"' };
  return { kind: 'see-other', to: '/sign-in', notice: 'signedOut', headers };
}

async function changePassword(call: HomeForm): Promise<PageResult> {
  const { services, visitor, t, form } = call;
  if (visitor?.session === undefined) return { kind: 'see-other', to: '/sign-in' };
  const { session, actor } = visitor;
  const read = readFields(t, form, passwordFields);
  if (!read.isDone) return passwordPage(call, read.state);
  const done = await attempt(call, { 'CON-R008': 'password' }, async () => {
    const accounts = await accountsOf(services, session.site);
    await setPassword(accounts, actor, { name: session.account, password: read.result.password });
    await keepSession(services.sessions, session, { ...accounts, site: session.site });
  });
  if (!done.isDone) return passwordPage(call, done.state);
  return { kind: 'see-other', to: wantedAddress(call), notice: 'passwordChanged' };
}

/** What somebody typed whose session had ended: shown with the page to sign in, to be sent afterwards. Files and passwords are not kept, and nothing that is very long. */
export function signInAgain(call: HomeForm): Promise<PageResult> {
  const { form, request, t } = call;
  const names = Object.keys(form.values);
  const fields = names.flatMap((name) => form.all(name).map((value) => [name, value] as const));
  const text = JSON.stringify({ action: request.originalUrl, fields });
  // A password is not written into a page, and without files a form with files is not what was meant.
  const isWhole = names.length > 0 && form.files.length === 0 && !names.some((name) => /password|secret/i.test(name));
  const isKept = isWhole && text.length <= maxCarriedCharacters;
  const query = new URLSearchParams({ to: request.originalUrl });
  const state = { ...newForm(), status: unauthorized, fault: t(isKept ? 'signIn.expiredKept' : 'signIn.expired') };
  return signInPage({ ...call, query }, state, isKept ? text : '');
}

async function signInPage(
  { t, query }: Pick<HomeCall, 't' | 'query'>,
  form: FormState,
  carried = '',
): Promise<PageResult> {
  const to = ownAddress(query.get('to') ?? '/');
  const view: SignInView = {
    form: { ...form, values: { ...form.values, password: '' } },
    to,
    // As the address has it: strangers are not told which sites there are.
    site: siteOf(to),
    carried,
  };
  const headers: Record<string, string> =
    form.status === unauthorized ? { 'WWW-Authenticate': 'Cookie realm="Concord"' } : {};
  return {
    kind: 'page',
    template: 'sign-in',
    title: t('signIn.title'),
    area: 'none',
    view,
    status: form.status,
    headers,
  };
}

async function passwordPage({ t, visitor, query }: HomeCall, form: FormState): Promise<PageResult> {
  if (visitor?.session === undefined) return { kind: 'see-other', to: '/sign-in' };
  const view = {
    form: { ...form, values: {} },
    to: ownAddress(query.get('to') ?? '/'),
    account: visitor.session.account,
    isForced: visitor.mustChangePassword,
  };
  return { kind: 'page', template: 'password', title: t('password.title'), area: 'none', view, status: form.status };
}

function refused({ t, form }: HomeForm, error: ConcordError): FormState {
  const isLocked = error.code === 'CON-A003';
  const text = isLocked ? describeError(t, error) : t('signIn.wrong');
  return { ...faultyForm(form.values, {}, text), status: isLocked ? 429 : unauthorized };
}

function wantedAddress({ query }: { readonly query: URLSearchParams }): string {
  return ownAddress(query.get('to') ?? '/');
}

/** The first part of the address, where it may be a site. */
function siteOf(address: string): string {
  const [, first = ''] = address.split(/[/?#]/);
  return /^[A-Za-z0-9][\w.-]{0,62}$/.test(first) ? first : '';
}

/** A form that was sent without a session, when it had been given to this browser and this account; undefined for any other. */
function carriedForm({ request, form }: HomeForm, { session, actor }: SignedIn): CarriedForm | undefined {
  const read = carriedFields.safeParse(jsonIfAny(form.values['carried'] ?? ''));
  if (!read.success) return undefined;
  const token = formToken(readCookie(request, formCookie) ?? '', `${session.site}/${actor.name}`);
  const isOwn = read.data.fields.some(([name, value]) => name === 'csrf' && value === token);
  return isOwn ? { ...read.data, action: ownAddress(read.data.action) } : undefined;
}

function jsonIfAny(text: string): unknown {
  try {
    return JSON.parse(text);
  } catch {
    return undefined;
  }
}

async function placeOf(
  { services, query }: { readonly services: WebServices; readonly query: URLSearchParams },
  said: string | undefined,
): Promise<SessionPlace & SignInContext> {
  const site = said === undefined || said === '' ? siteOf(wantedAddress({ query })) : said;
  const context = site === '' ? undefined : await siteIfAny(services, site);
  return context ?? { ...services.operators, site: '' };
}

/** The accounts that the session is of. */
async function accountsOf(
  services: WebServices,
  site: string,
): Promise<AccountsContext & Omit<SessionPlace, 'site' | 'accounts'>> {
  if (site !== '') return services.site(site);
  const { accounts } = services.installation;
  const { passwordHasher, clock } = services.operators;
  return { accounts, installationAccounts: accounts, passwordHasher, clock };
}
