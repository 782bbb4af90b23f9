import { z } from 'zod';
import { hasRole } from '../../use-cases/administration/access.ts';
import type { PublicationStatus, SubscriptionStatus } from '../../use-cases/administration/status.ts';
import { siteStatus } from '../../use-cases/administration/status.ts';
import type { MailboxState } from '../../use-cases/exchange/carrier-state.ts';
import { withQuery } from './addresses.ts';
import type { PageCall, SitePage } from './page.ts';
import { definePage } from './page.ts';
import type { StateWord } from './synchronization-frame.ts';
import { subscriptionWord, toolHref, toolId, toolPage } from './synchronization-frame.ts';

/** A publication in the overview. */
export interface PublicationRow {
  readonly id: string;
  readonly href: string;
  readonly path: string;
  readonly subscribers: number;
  readonly lastSyncAt: number | undefined;
  /** Objects that changed since its slowest subscriber had all of them. */
  readonly lag: number;
  readonly conflicts: number;
  readonly conflictsHref: string;
}

/** A subscription in the overview. */
export interface SubscriptionRow {
  readonly id: string;
  readonly href: string;
  readonly syncHref: string;
  readonly path: string;
  readonly publicationUrl: string;
  readonly lastSyncAt: number | undefined;
  readonly state: StateWord;
  readonly isRunning: boolean;
  readonly conflicts: number;
  readonly conflictsHref: string;
}

/** What the overview shows. */
export interface SynchronizationsView {
  readonly publications: readonly PublicationRow[];
  readonly subscriptions: readonly SubscriptionRow[];
  /** Those that cannot be used at the moment. */
  readonly mailboxes: readonly MailboxState[];
  readonly mayDefine: boolean;
  readonly addPublicationHref: string;
  readonly addSubscriptionHref: string;
}

/** The overview of what the site publishes and subscribes to. */
export const synchronizationsPage: SitePage = definePage({
  template: `/${toolId}`,
  roles: ['Publisher', 'Member'],
  query: z.object({}),
  isShared: true,
  async show(call) {
    const { context, actor, t } = call;
    const { publications, subscriptions, mailboxes } = await siteStatus(context);
    const view: SynchronizationsView = {
      publications: publications.map((each) => publicationRow(call, each)),
      subscriptions: subscriptions.map((each) => subscriptionRow(call, each)),
      mailboxes: mailboxes.filter(({ trouble }) => trouble !== undefined),
      mayDefine: hasRole(actor, 'Publisher'),
      addPublicationHref: toolHref(context.site, 'add_publication'),
      addSubscriptionHref: toolHref(context.site, 'add_subscription'),
    };
    return toolPage(call, { template: 'synchronizations', title: t('sync.title'), tab: 'overview', view });
  },
});

function publicationRow({ context: { site } }: PageCall<unknown>, publication: PublicationStatus): PublicationRow {
  const { id, path, subscribers } = publication;
  const times = subscribers.flatMap(({ lastSyncAt }) => (lastSyncAt === undefined ? [] : [lastSyncAt]));
  return {
    id,
    path,
    href: toolHref(site, 'publications', id),
    subscribers: subscribers.length,
    lastSyncAt: times.length === 0 ? undefined : Math.max(...times),
    lag: Math.max(0, ...subscribers.map(({ lag }) => lag)),
    conflicts: subscribers.reduce((sum, { openConflicts }) => sum + openConflicts, 0),
    conflictsHref: withQuery(toolHref(site, 'conflicts'), { publication: id }),
  };
}

function subscriptionRow({ context: { site }, t }: PageCall<unknown>, status: SubscriptionStatus): SubscriptionRow {
  const { id, path, publicationUrl, lastSyncAt, isRunning, openConflicts } = status;
  return {
    id,
    path,
    publicationUrl,
    lastSyncAt,
    isRunning,
    href: toolHref(site, 'subscriptions', id),
    syncHref: toolHref(site, 'subscriptions', id, 'sync'),
    state: subscriptionWord(t, status),
    conflicts: openConflicts,
    conflictsHref: withQuery(toolHref(site, 'conflicts'), { subscription: id }),
  };
}
