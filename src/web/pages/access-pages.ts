import { z } from 'zod';
import type { Session, SessionFilter } from '../../ports/session-store.ts';
import { endSession, listSessions } from '../../use-cases/administration/sessions.ts';
import type { MadeToken, TokenView } from '../../use-cases/administration/tokens.ts';
import { listTokens, makeToken, revokeToken } from '../../use-cases/administration/tokens.ts';
import { siteHref } from './addresses.ts';
import { accountsHref, accountsPage, accountsTool } from './accounts-frame.ts';
import type { AccountsPage } from './accounts-frame.ts';
import { browserName } from './browser-name.ts';
import type { FormState } from './fields.ts';
import { attempt, newForm, readFields, requiredText } from './fields.ts';
import type { FormCall, Page, PageCall, PageResult, SitePage } from './page.ts';
import { definePage } from './page.ts';

/** A session in a list. */
export interface SessionRow extends Pick<Session, 'id' | 'account' | 'seenAt' | 'createdAt' | 'address' | 'agent'> {
  /** As people call it. */
  readonly browser: string;
  /** The one that looks. */
  readonly isThis: boolean;
}

/** What the pages of sessions and tokens show. */
export interface AccessView {
  readonly self: string;
  readonly account: string | undefined;
  readonly roleNames: readonly string[];
  readonly sessions: readonly SessionRow[] | undefined;
  readonly tokens: readonly TokenView[] | undefined;
  readonly form: FormState;
  /** Shown this once. */
  readonly made: MadeToken | undefined;
  readonly passwordHref: string;
  readonly apiHref: string;
}

type What = AccountsPage['tab'] & ('sessions' | 'tokens' | 'own');

const nothing = z.object({});
const tokenFields = z.object({
  title: requiredText(100),
  days: z
    .string()
    .trim()
    .regex(/^\d{0,5}$/, 'fault.invalid')
    .default(''),
});

/** Sessions and tokens: of all for a Manager, the own ones for everybody. */
export const accessPages: readonly SitePage[] = (['sessions', 'tokens', 'own'] as const).map((what) =>
  definePage({
    template: `/${accountsTool}/${what}`,
    roles: what === 'own' ? 'everyone' : [],
    query: nothing,
    show: (call) => page(call, what, {}),
    submit: (call) => change(call, what),
  }),
);

async function change(call: FormCall<unknown>, what: What): Promise<PageResult> {
  const { context, actor, services, form, t } = call;
  const self = accountsHref(context.site, what);
  const { session, token } = form.values;
  if (session !== undefined) {
    await endSession(services.sessions, actor, { ...sessionFilter(call, what), id: session });
    return { kind: 'see-other', to: self, notice: 'sessionEnded' };
  }
  if (token !== undefined) {
    await revokeToken(context, actor, token);
    return { kind: 'see-other', to: self, notice: 'tokenRevoked' };
  }
  const read = readFields(t, form, tokenFields);
  if (!read.isDone) return page(call, what, { form: read.state });
  const { title, days } = read.result;
  const wanted = { account: actor.name, title, days: days === '' ? undefined : Number(days) };
  const done = await attempt(call, { 'CON-R008': 'days' }, () => makeToken(context, actor, wanted));
  return done.isDone ? page(call, what, { made: done.result }) : page(call, what, { form: done.state });
}

interface Shown {
  readonly form?: FormState;
  readonly made?: MadeToken;
}

async function page(call: PageCall<unknown>, what: What, { form = newForm(), made }: Shown): Promise<Page> {
  const { context, actor, t } = call;
  const isOwn = what === 'own';
  const view: AccessView = {
    self: accountsHref(context.site, what),
    account: isOwn ? actor.name : undefined,
    roleNames: actor.roles.map((role) => t(`role.${role}`)),
    sessions: what === 'tokens' ? undefined : await sessionRows(call, what),
    tokens: what === 'sessions' ? undefined : await listTokens(context, actor, isOwn ? actor.name : undefined),
    form,
    made,
    passwordHref: '/-/password',
    apiHref: siteHref(context.site, ['api', 'v1', 'openapi.html']),
  };
  const title = t(`accounts.tab.${what}`);
  return accountsPage(call, { template: 'access', title, tab: what, view, status: form.status });
}

async function sessionRows(call: PageCall<unknown>, what: What): Promise<readonly SessionRow[]> {
  const found = await listSessions(call.services.sessions, call.actor, sessionFilter(call, what));
  return found.map(({ id, account, seenAt, createdAt, address, agent }) => ({
    browser: browserName(agent),
    id,
    account,
    seenAt,
    createdAt,
    address,
    agent,
    isThis: id === call.visitor.session?.id,
  }));
}

/** A Manager sees the sessions of the site's accounts; those of the installation are good elsewhere too, and only their owner's business here. */
function sessionFilter({ context, actor, visitor }: PageCall<unknown>, what: What): SessionFilter {
  if (what !== 'own') return { site: context.site };
  return { site: visitor.session?.site ?? context.site, account: actor.name };
}
