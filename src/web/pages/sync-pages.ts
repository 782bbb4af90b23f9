import { z } from 'zod';
import { RequestError } from '../../errors/concord-error.ts';
import type { Subscription, Waiting } from '../../synchronization/subscription.ts';
import type { Tally } from '../../synchronization/tally.ts';
import { waitingFor } from '../../synchronization/waiting.ts';
import { hasRole } from '../../use-cases/administration/access.ts';
import type { SyncWishes } from '../../use-cases/administration/ask-for-sync.ts';
import { askForSync, cancelSync, keepPlan } from '../../use-cases/administration/ask-for-sync.ts';
import { keptChanges } from '../../use-cases/exchange/kept-changes.ts';
import type { SyncState } from '../../use-cases/exchange/sync-state.ts';
import { syncState } from '../../use-cases/exchange/sync-state.ts';
import { siteHref, withQuery } from './addresses.ts';
import type { ChangeList } from './change-rows.ts';
import { keptRows } from './change-rows.ts';
import { remedyOf } from './fields.ts';
import type { FormCall, Page, PageCall, PageResult, SitePage } from './page.ts';
import { definePage } from './page.ts';
import { subscriptionNamed } from './subscription-form.ts';
import type { StateWord } from './synchronization-frame.ts';
import { toolHref, toolId, toolPage } from './synchronization-frame.ts';

/** `expected` is 0 where nobody knows how much there is to do. */
interface HowFar {
  readonly done: number;
  readonly expected: number;
}

/** What the page of a sync shows, while it runs and afterwards. */
export interface SyncView {
  readonly id: string;
  readonly self: string;
  /** Where a script listens. */
  readonly eventsHref: string;
  readonly lastEvent: number;
  readonly state: StateWord;
  readonly at: number | undefined;
  /** It waits in the queue, or runs: the page refreshes itself. */
  readonly isLive: boolean;
  readonly isStopping: boolean;
  /** Both ways together, and each; undefined before anything is known. */
  readonly progress: (HowFar & { readonly sent: HowFar; readonly received: HowFar }) | undefined;
  readonly sent: Tally | undefined;
  readonly received: Tally | undefined;
  /** Something went one way or the other. */
  readonly hasMoved: boolean;
  readonly failure: { readonly text: string; readonly remedy: string; readonly code: string } | undefined;
  readonly waiting: Waiting | undefined;
  /** So many deletions may be allowed here, by who looks. */
  readonly allowable: number | undefined;
  readonly changes: Readonly<Record<'sent' | 'received', ChangeList>> | undefined;
  readonly lineHref: string | undefined;
  readonly conflicts: number;
  readonly conflictsHref: string;
}

const readers = ['Publisher', 'Member'] as const;
const looks: Readonly<Record<SyncState['state'], StateWord['look']>> = {
  never: 'plain',
  queued: 'wait',
  running: 'active',
  'broken-off': 'warn',
  done: 'good',
  waiting: 'warn',
  failed: 'bad',
  cancelled: 'warn',
};

/** The newest sync of a subscription: asked for, watched, cancelled, allowed. */
export const syncPage: SitePage = definePage({
  template: `/${toolId}/subscriptions/{id}/sync`,
  roles: readers,
  query: z.object({}),
  show: showSync,
  async submit(call) {
    const { id } = await subscriptionNamed(call);
    const wished = call.form.values['do'] ?? 'sync';
    if (wished === 'preview') return preview(call, id, {});
    if (wished.startsWith('preview-')) return preview(call, id, wishesOf(call, wished.slice('preview-'.length)));
    if (wished === 'cancel') {
      await cancelSync(call.context, call.actor, id);
      return backTo(call, id);
    }
    await askForSync(call.context, call.actor, { id, wishes: wishesOf(call, wished) });
    return backTo(call, id);
  },
});

/** A plan is kept, so that it can be looked at as long as one likes. */
async function preview(call: FormCall<unknown>, id: string, { slow, refreshFrom }: SyncWishes): Promise<PageResult> {
  const { context, services, actor } = call;
  const wishes = { ...(slow && { slow }), ...(refreshFrom && { refreshFrom }) };
  const plan = await services.previewSync(context, { id, ...wishes });
  const event = await keepPlan(context, { id, actor, plan, wishes });
  return {
    kind: 'see-other',
    to: withQuery(toolHref(context.site, 'subscriptions', id, 'plan'), { event: String(event) }),
  };
}

function backTo({ context }: FormCall<unknown>, id: string): PageResult {
  return { kind: 'see-other', to: toolHref(context.site, 'subscriptions', id, 'sync') };
}

/** @throws RequestError CON-R008 for a button that there is not */
function wishesOf({ form }: FormCall<unknown>, wished: string): SyncWishes {
  switch (wished) {
    case 'sync':
      return {};
    case 'slow':
      return { slow: true };
    case 'restart':
      return { restart: true };
    case 'refresh-publisher':
      return { refreshFrom: 'publisher' };
    case 'refresh-subscriber':
      return { refreshFrom: 'subscriber' };
    case 'carry-out':
      return { ...carriedOutWith(form.values['with'] ?? ''), plan: form.values['plan'] ?? '' };
    case 'allow': {
      const deletions = Number(form.values['deletions']);
      if (!Number.isSafeInteger(deletions) || deletions < 1) break;
      return { allowDeletions: deletions };
    }
    default:
  }
  throw new RequestError('CON-R008', `A sync cannot be asked for as “${wished}”`);
}

/** What the plan was asked with. */
function carriedOutWith(what: string): SyncWishes {
  if (what === 'slow') return { slow: true };
  if (what === 'refresh-publisher') return { refreshFrom: 'publisher' };
  return what === 'refresh-subscriber' ? { refreshFrom: 'subscriber' } : {};
}

async function showSync(call: PageCall<unknown>): Promise<Page> {
  const { context, t } = call;
  const subscription = await subscriptionNamed(call);
  const { id } = subscription;
  const state = await syncState(context, id);
  const isLive = state.state === 'queued' || state.state === 'running';
  const view: SyncView = {
    ...(await resultOf(call, { state, subscription, isLive })),
    id,
    self: toolHref(context.site, 'subscriptions', id, 'sync'),
    eventsHref: siteHref(context.site, ['api', 'v1', 'subscriptions', id, 'events']),
    lastEvent: state.lastEvent,
    state: { word: t(`sync.run.${state.state}`), look: looks[state.state] },
    at: state.at,
    isLive,
    isStopping: state.isStopping,
    progress: progressOf(state),
    sent: state.stage?.sent,
    received: state.stage?.received,
    hasMoved: state.stage !== undefined && countOf(state.stage.sent) + countOf(state.stage.received) > 0,
  };
  const way = [{ label: id, href: toolHref(context.site, 'subscriptions', id) }];
  return toolPage(call, { template: 'sync', title: t('sync.runTitle', { id }), tab: 'overview', way, view });
}

interface Ended {
  readonly state: SyncState;
  readonly subscription: Subscription;
  readonly isLive: boolean;
}

type Result = Pick<
  SyncView,
  'failure' | 'waiting' | 'allowable' | 'changes' | 'lineHref' | 'conflicts' | 'conflictsHref'
>;

async function resultOf(call: PageCall<unknown>, { state, subscription, isLive }: Ended): Promise<Result> {
  const { context, actor, t } = call;
  const { site, store } = context;
  const waiting = isLive ? undefined : waitingFor(subscription.state);
  const mayAllow = hasRole(actor, 'Publisher') && waiting?.for === 'permission';
  const number = state.outcome['line'];
  const line = isLive || typeof number !== 'number' ? undefined : await store.logLine(number);
  const kept = line && (await keptChanges(store, line));
  return {
    failure: state.state === 'failed' || state.state === 'cancelled' ? failureOf(call, state) : undefined,
    waiting: state.state === 'failed' ? undefined : waiting,
    allowable: mayAllow ? waiting.deletions : undefined,
    changes: kept && keptRows({ site, t }, kept),
    lineHref: line && hasRole(actor, 'Publisher') ? toolHref(site, 'log', String(line.number)) : undefined,
    conflicts: await store.countConflicts({ peer: subscription.peer, state: 'open' }),
    conflictsHref: withQuery(toolHref(site, 'conflicts'), { subscription: subscription.id }),
  };
}

function failureOf({ t }: PageCall<unknown>, { outcome, state }: SyncState): SyncView['failure'] {
  const said = (name: string): string => (typeof outcome[name] === 'string' ? outcome[name] : '');
  const code = said('code');
  if (state === 'cancelled') return { text: t('sync.cancelled'), remedy: t('sync.cancelledHelp'), code };
  return { text: t.said(said('message')), remedy: remedyOf(t, { code, remedy: said('remedy') }), code };
}

function progressOf({ stage }: SyncState): SyncView['progress'] {
  if (stage === undefined) return undefined;
  const { sent, received } = stage;
  const done = countOf(sent) + countOf(received);
  const expected = sent.expected + received.expected;
  if (done === 0 && expected === 0) return undefined;
  const ways = { sent: howFar(countOf(sent), sent.expected), received: howFar(countOf(received), received.expected) };
  return { ...howFar(done, expected), ...ways };
}

/** Where more has gone than was announced, how much is still to come is not known. */
function howFar(done: number, expected: number): HowFar {
  return { done, expected: done > expected ? 0 : expected };
}

function countOf({ created, updated, deleted }: Tally): number {
  return created + updated + deleted;
}
