import { z } from 'zod';
import type { CarrierNote } from '../../ports/carrier-notes.ts';
import { isCarried } from '../../synchronization/carried.ts';
import type { Waiting } from '../../synchronization/subscription.ts';
import { hasRole, requireRole } from '../../use-cases/administration/access.ts';
import { subscriptionStatus } from '../../use-cases/administration/status.ts';
import { unsubscribe } from '../../use-cases/administration/subscribe.ts';
import type { FollowState } from '../../use-cases/subscriber/follow-note.ts';
import { withQuery } from './addresses.ts';
import type { Page, PageCall, SitePage } from './page.ts';
import { definePage } from './page.ts';
import { subscriptionNamed } from './subscription-form.ts';
import type { StateWord } from './synchronization-frame.ts';
import { subscriptionWord, toolHref, toolId, toolPage } from './synchronization-frame.ts';

/** What the page of a subscription shows. */
export interface SubscriptionView {
  readonly id: string;
  readonly self: string;
  readonly syncHref: string;
  readonly editHref: string;
  readonly logHref: string;
  readonly conflictsHref: string;
  readonly mayDefine: boolean;
  readonly state: StateWord;
  readonly isRunning: boolean;
  readonly lastSyncAt: number | undefined;
  readonly conflicts: number;
  readonly waiting: Waiting | undefined;
  readonly carried: CarrierNote | undefined;
  /** How it stands with listening to the publisher; undefined where that is not wanted. */
  readonly following: FollowState | undefined;
  readonly exceptions: number;
  /** By mail or folder: nobody answers at once, so there is no preview. */
  readonly isCarried: boolean;
  readonly exceptionList: readonly { readonly path: string; readonly why: string }[];
  /** The settings, each with its label. */
  readonly facts: readonly { readonly label: string; readonly value: string; readonly isCode: boolean }[];
}

/** Subscriptions: shown, ended. */
export const subscriptionPages: readonly SitePage[] = [
  definePage({
    template: `/${toolId}/subscriptions/{id}`,
    roles: ['Publisher', 'Member'],
    query: z.object({}),
    show: showSubscription,
    async submit(call) {
      const { context, actor, form } = call;
      const { id } = await subscriptionNamed(call);
      requireRole(actor, 'Publisher');
      if (form.values['do'] !== 'end') return showSubscription(call);
      await unsubscribe(context, actor, id);
      return { kind: 'see-other', to: toolHref(context.site), notice: 'unsubscribed' };
    },
  }),
];

async function showSubscription(call: PageCall<unknown>): Promise<Page> {
  const { context, actor, t } = call;
  const subscription = await subscriptionNamed(call);
  const { id } = subscription;
  const status = await subscriptionStatus(context, subscription, id);
  const { terms } = subscription;
  const code = (label: string, value: string) => ({ label: t(label), value, isCode: true });
  const word = (label: string, value: string) => ({ label: t(label), value, isCode: false });
  const view: SubscriptionView = {
    id,
    self: toolHref(context.site, 'subscriptions', id),
    syncHref: toolHref(context.site, 'subscriptions', id, 'sync'),
    editHref: toolHref(context.site, 'subscriptions', id, 'edit'),
    logHref: withQuery(toolHref(context.site, 'log'), { subject: id }),
    conflictsHref: withQuery(toolHref(context.site, 'conflicts'), { subscription: id }),
    mayDefine: hasRole(actor, 'Publisher'),
    state: subscriptionWord(t, status),
    isRunning: status.isRunning,
    lastSyncAt: status.lastSyncAt,
    conflicts: status.openConflicts,
    waiting: status.waiting,
    carried: status.carried,
    following: status.following,
    exceptions: status.exceptions,
    isCarried: isCarried(subscription.publicationUrl),
    exceptionList: (status.exceptionList ?? []).map(({ path, why }) => ({
      path,
      why: why.reason === 'withheld' ? t(`sync.exception.withheld.${why.by}`) : t(`sync.exception.${why.reason}`),
    })),
    facts: [
      word('sync.id', id),
      word('sync.publicationId', subscription.publication),
      code('sync.publicationUrl', subscription.publicationUrl),
      code('sync.subscriptionUrl', subscription.subscriptionUrl),
      code('sync.destinationPath', subscription.path),
      word('sync.user', orNone(subscription.user)),
      word('sync.mode', t(`sync.mode.${terms.mode}`)),
      word('sync.strategy', terms.strategy.map((action) => t(`sync.action.${action}`)).join(', ')),
      word('sync.conflictPolicy', t(`sync.policy.${terms.conflictPolicy}`)),
      word('sync.updatePolicy', t(`sync.policy.${terms.updatePolicy}`)),
      code('sync.schedule', orNone(subscription.schedule)),
      word('sync.follow', t(`sync.follow.${subscription.follow === true ? 'yes' : 'no'}`)),
      code('sync.query', subscription.query),
      code('sync.mapping', subscription.mapping),
      code('sync.conduit', subscription.conduit),
      word('sync.keyName', orNone(subscription.keyName)),
    ],
  };
  return toolPage(call, { template: 'subscription', title: id, tab: 'overview', way: [], view });

  function orNone(text: string): string {
    return text === '' ? t('sync.none') : text;
  }
}
