import { hasRole } from '../../use-cases/administration/access.ts';
import { siteHref } from './addresses.ts';
import type { Crumb, Page, PageCall, Tab } from './page.ts';

/** Where accounts are. */
export const accountsTool = 'portal_accounts';

/** What is said of a page about accounts beside its content. */
export interface AccountsPage {
  readonly template: string;
  readonly title: string;
  readonly view: object;
  readonly tab: 'accounts' | 'sessions' | 'tokens' | 'own';
  readonly way?: readonly Crumb[];
  readonly status?: number;
}

/** A page about accounts, with tabs for a Manager. */
export function accountsPage(call: Pick<PageCall<unknown>, 'context' | 'actor' | 't'>, page: AccountsPage): Page {
  const { context, actor, t } = call;
  const { template, title, view, tab, way, status = 200 } = page;
  const first = hasRole(actor) ? [{ label: t('accounts.title'), href: accountsHref(context.site) }] : [];
  return {
    kind: 'page',
    template,
    title,
    view,
    status,
    area: 'accounts',
    tabs: way === undefined ? tabsOf(call, tab) : [],
    crumbs: way === undefined ? [] : [...first, ...way, { label: title }],
  };
}

/** The address of something below the accounts. */
export function accountsHref(site: string, ...segments: readonly string[]): string {
  return siteHref(site, [accountsTool, ...segments]);
}

function tabsOf(
  { context: { site }, actor, t }: Pick<PageCall<unknown>, 'context' | 'actor' | 't'>,
  current: AccountsPage['tab'],
): readonly Tab[] {
  const isManager = hasRole(actor);
  const wanted: readonly (readonly [AccountsPage['tab'], readonly string[], boolean])[] = [
    ['accounts', [], isManager],
    ['sessions', ['sessions'], isManager],
    ['tokens', ['tokens'], isManager],
    ['own', ['own'], true],
  ];
  return wanted
    .filter(([, , isAllowed]) => isAllowed)
    .map(([tab, segments]) => ({
      label: t(`accounts.tab.${tab}`),
      href: accountsHref(site, ...segments),
      isCurrent: tab === current,
    }));
}
