import { hasRole } from '../../use-cases/administration/access.ts';
import type { Actor, SiteContext } from '../../use-cases/site-context.ts';
import { siteHref } from './addresses.ts';
import type { Area, Crumb, Page, Tab } from './page.ts';
import type { Translate } from './text-catalogue.ts';

/** One of the main ways through a site. */
export interface NavigationItem {
  readonly label: string;
  readonly href: string;
  readonly isCurrent: boolean;
  readonly count: number;
}

/** What the layout shows around a page. */
export interface Shell {
  readonly title: string;
  readonly site: { readonly id: string; readonly href: string } | undefined;
  readonly actor: string | undefined;
  /** The own account, with its sessions and tokens; undefined where no site is shown. */
  readonly accountHref: string | undefined;
  readonly navigation: readonly NavigationItem[];
  readonly crumbs: readonly Crumb[];
  readonly tabs: readonly Tab[];
  /** What was done by the form before. */
  readonly notice: string | undefined;
  /** The addresses of style, script and icon. */
  readonly assets: Readonly<Record<'style' | 'script' | 'icon', string>>;
}

/** Where a page stands: its site, and who looks. */
export interface ShellContext {
  readonly context: SiteContext | undefined;
  readonly actor: Actor | undefined;
  readonly t: Translate;
  readonly notice: string | undefined;
  readonly assets: Shell['assets'];
}

/** The frame of a page: what the visitor may go to from there. */
export async function shellOf(page: Page, shell: ShellContext): Promise<Shell> {
  const { context, actor, t, notice, assets } = shell;
  return {
    title: page.title,
    site: context && { id: context.site, href: siteHref(context.site, ['manage_contents']) },
    actor: actor?.name,
    accountHref: context && siteHref(context.site, ['portal_accounts', 'own']),
    navigation: context && actor ? await navigationOf(context, { actor, t, area: page.area }) : [],
    crumbs: page.crumbs ?? [],
    tabs: page.tabs ?? [],
    notice: notice === undefined ? undefined : t.ifAny(`notice.${notice}`),
    assets,
  };
}

/** What is more is shown as so many: nobody reads the digits, and to count all takes its time on every page. */
const mostCounted = 1_000;

async function navigationOf(
  { site, store }: SiteContext,
  { actor, t, area }: { readonly actor: Actor; readonly t: Translate; readonly area: Area },
): Promise<readonly NavigationItem[]> {
  const mayRead = hasRole(actor, 'Publisher', 'Member');
  const conflicts = mayRead ? await store.countConflicts({ state: 'open', limit: mostCounted }) : 0;
  const items: readonly (readonly [Area, boolean, readonly string[], number])[] = [
    ['objects', mayRead, ['manage_contents'], 0],
    ['synchronizations', mayRead, ['portal_synchronizations'], 0],
    ['conflicts', mayRead, ['portal_synchronizations', 'conflicts'], conflicts],
    ['activities', hasRole(actor, 'Publisher', 'Synchronizer'), ['portal_activities'], 0],
    ['status', hasRole(actor, 'Publisher'), ['portal_status'], 0],
    ['log', hasRole(actor, 'Publisher'), ['portal_synchronizations', 'log'], 0],
    ['accounts', hasRole(actor), ['portal_accounts'], 0],
  ];
  return items
    .filter(([, isAllowed]) => isAllowed)
    .map(([name, , segments, count]) => ({
      label: t(`nav.${name}`),
      href: siteHref(site, segments),
      isCurrent: name === area,
      count,
    }));
}
