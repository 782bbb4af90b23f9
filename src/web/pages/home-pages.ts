import { hasRole } from '../../use-cases/administration/access.ts';
import { siteHref } from './addresses.ts';
import type { HomeCall, HomePage, PageResult } from './page.ts';

/** A site as the start page shows it. */
export interface SiteCard {
  readonly id: string;
  readonly title: string;
  readonly href: string;
  readonly publications: number;
  readonly subscriptions: number;
  readonly conflicts: number;
}

/** What the start page shows. */
export interface HomeView {
  readonly sites: readonly SiteCard[];
  readonly mayAdd: boolean;
}

/** The start page: all sites, for accounts of the installation; who has an account of one site is brought there. */
export const homePages: readonly HomePage[] = [{ template: '/', isOpen: false, show: showHome }];

async function showHome(call: HomeCall): Promise<PageResult> {
  const { t, visitor } = call;
  const site = visitor?.session?.site ?? '';
  if (site !== '') {
    const notice = call.query.get('notice');
    return { kind: 'see-other', to: siteHref(site, ['manage_contents']), ...(notice === null ? {} : { notice }) };
  }
  const sites = await siteCards(call);
  const mayAdd = visitor !== undefined && hasRole(visitor.actor);
  if (sites.length === 0 && mayAdd) return { kind: 'see-other', to: '/-/guide' };
  const view: HomeView = {
    sites,
    mayAdd,
  };
  return { kind: 'page', template: 'home', title: t('home.title'), area: 'none', view };
}

async function siteCards({ services }: HomeCall): Promise<readonly SiteCard[]> {
  const cards: SiteCard[] = [];
  for (const { id, title } of await services.installation.sites()) {
    const { store } = await services.site(id);
    const [publications, subscriptions] = [await store.publications(), await store.subscriptions()];
    cards.push({
      id,
      title,
      href: siteHref(id, ['manage_contents']),
      publications: publications.length,
      subscriptions: subscriptions.length,
      conflicts: await store.countConflicts({ state: 'open' }),
    });
  }
  return cards;
}
