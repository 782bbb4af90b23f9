import type { Waiting } from '../../synchronization/subscription.ts';
import { hasRole } from '../../use-cases/administration/access.ts';
import type { SubscriptionStatus } from '../../use-cases/administration/status.ts';
import { siteHref } from './addresses.ts';
import type { Area, Crumb, Page, PageCall, Tab } from './page.ts';
import type { Translate } from './text-catalogue.ts';

/** The tool of the setup that this replaces, and its address. */
export const toolId = 'portal_synchronizations';

/** A state as pages show it: word, shape and colour together. */
export interface StateWord {
  readonly word: string;
  readonly look: 'good' | 'active' | 'wait' | 'warn' | 'bad' | 'plain';
}

/** What is said of a page of the tool beside its content. */
export interface ToolPage {
  readonly template: string;
  readonly title: string;
  readonly view: object;
  /** The tab that is lit. */
  readonly tab: 'overview' | 'conflicts' | 'rules' | 'log' | 'keys' | 'settings';
  readonly area?: Area;
  /** Between the tool and this page; the page itself is added. */
  readonly way?: readonly Crumb[];
  readonly status?: number;
  readonly headers?: Readonly<Record<string, string>>;
}

type Call = Pick<PageCall<unknown>, 'context' | 'actor' | 't'>;

/** A page of `portal_synchronizations`, with its tabs and the way to it. */
export function toolPage({ context, actor, t }: Call, page: ToolPage): Page {
  const { template, title, view, tab, area = 'synchronizations', way, status = 200, headers = {} } = page;
  const isTop = way === undefined;
  const first: Crumb = { label: t('sync.title'), href: toolHref(context.site) };
  return {
    kind: 'page',
    template,
    title,
    area,
    view,
    status,
    headers,
    tabs: isTop ? tabsOf({ context, actor, t }, tab) : [],
    crumbs: isTop ? [] : [first, ...way, { label: title }],
  };
}

/** The address of something below the tool. */
export function toolHref(site: string, ...segments: readonly string[]): string {
  return siteHref(site, [toolId, ...segments]);
}

function tabsOf({ context: { site }, actor, t }: Call, current: ToolPage['tab']): readonly Tab[] {
  const wanted: readonly (readonly [ToolPage['tab'], readonly string[], boolean])[] = [
    ['overview', [], true],
    ['conflicts', ['conflicts'], true],
    ['rules', ['rules'], true],
    ['log', ['log'], hasRole(actor, 'Publisher')],
    ['keys', ['keys'], hasRole(actor)],
    ['settings', ['settings'], true],
  ];
  return wanted
    .filter(([, , isAllowed]) => isAllowed)
    .map(([tab, segments]) => ({
      label: t(`sync.tab.${tab}`),
      href: toolHref(site, ...segments),
      isCurrent: tab === current,
    }));
}

/** How a subscription stands, in a word. */
export function subscriptionWord(t: Translate, status: SubscriptionStatus): StateWord {
  if (status.isRunning) return { word: t('sync.state.running'), look: 'active' };
  switch (status.state) {
    case 'waiting':
      return waitingWord(t, status.waiting);
    case 'open':
      return { word: t('sync.state.open'), look: 'warn' };
    case 'never':
      return { word: t('sync.state.never'), look: 'plain' };
    case 'agreed':
      return status.openConflicts > 0
        ? { word: t('sync.state.conflicts'), look: 'warn' }
        : { word: t('sync.state.agreed'), look: 'good' };
    default:
      return status.state satisfies never;
  }
}

function waitingWord(t: Translate, waiting: Waiting | undefined): StateWord {
  switch (waiting?.for) {
    case 'permission':
      return { word: t('sync.state.permission'), look: 'warn' };
    case 'comparison':
      return { word: t('sync.state.comparison'), look: 'warn' };
    case 'answer':
      return { word: t('sync.state.answer'), look: 'wait' };
    case 'retry':
      return { word: t('sync.state.retry'), look: 'bad' };
    case undefined:
      return { word: t('sync.state.waiting'), look: 'wait' };
    default:
      return waiting satisfies never;
  }
}
