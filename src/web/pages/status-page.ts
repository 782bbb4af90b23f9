import { z } from 'zod';
import type { ActivityState } from '../../activities/activity.ts';
import type { ListedLogLine } from '../../ports/peer-reader.ts';
import type { Flow } from '../../use-cases/administration/assess-flow.ts';
import { activityCounts } from '../../use-cases/administration/change-activities.ts';
import type { ConflictAges, SiteMeasures } from '../../use-cases/administration/measure-site.ts';
import { measureSite } from '../../use-cases/administration/measure-site.ts';
import { ageText } from './amount-text.ts';
import type { HourBar } from './hour-bars.ts';
import { barsOf, hoursShown } from './hour-bars.ts';
import type { PageCall, SitePage } from './page.ts';
import { definePage } from './page.ts';
import type { StateWord } from './synchronization-frame.ts';
import { toolHref } from './synchronization-frame.ts';
import type { SyncBar } from './sync-bars.ts';
import { syncBarsOf } from './sync-bars.ts';

/** A row that has a bar beside its numbers: its length in hundredths of the longest. */
interface BarRow {
  readonly label: string;
  readonly value: string;
  readonly more: string;
  readonly length: number;
}

/** What the page of the status shows. */
export interface StatusView {
  readonly state: StateWord;
  readonly faults: readonly string[];
  readonly queue: readonly BarRow[];
  readonly hours: readonly HourBar[];
  readonly hasCounts: boolean;
  readonly publications: readonly {
    readonly id: string;
    readonly text: string;
    readonly rows: readonly (BarRow & { readonly lastSyncAt: number | undefined })[];
  }[];
  readonly conflicts: readonly BarRow[];
  readonly hasConflicts: boolean;
  readonly conflictsHref: string;
  readonly bars: readonly SyncBar[];
  readonly syncs: readonly SyncRow[];
  readonly logHref: string;
}

interface SyncRow {
  readonly at: number;
  readonly subject: string;
  readonly text: string;
  readonly state: StateWord;
  readonly took: string;
  readonly href: string;
}

const tool = 'portal_status';
const syncsRead = 30;
const syncsListed = 10;
const mostSubscribers = 10;
const looks = { flowing: 'good', stalled: 'warn', unable: 'bad' } as const satisfies Record<Flow['state'], string>;

/** How a site does: whether all flows, its queue, how far its subscribers are, its conflicts, what went over the wire, and the last syncs. */
export const statusPage: SitePage = definePage({
  template: `/${tool}`,
  roles: ['Publisher'],
  query: z.object({}),
  async show(call) {
    const { context, t, services } = call;
    const measures = await measureSite(context, mostSubscribers);
    const lines = await context.store.log({ kinds: ['sync'], limit: syncsRead });
    const hours = barsOf(await activityCounts(context, hoursShown), context.clock.now());
    const view: StatusView = {
      ...flowOf(call, await services.watch.flow()),
      queue: queueRows(call, measures),
      hours,
      hasCounts: hours.some(({ done, retried, failed }) => done + retried + failed > 0),
      publications: publicationRows(call, measures),
      conflicts: conflictRows(call, measures.conflicts),
      hasConflicts: measures.conflicts.some(({ count }) => count > 0),
      conflictsHref: toolHref(context.site, 'conflicts'),
      bars: syncBarsOf(lines, t),
      syncs: lines.slice(0, syncsListed).map((line) => syncRow(call, line)),
      logHref: toolHref(context.site, 'log'),
    };
    return { kind: 'page', template: 'status', title: t('status.title'), area: 'status', view };
  },
});

type Call = Pick<PageCall<unknown>, 'context' | 't'>;

/** What is of this site or of all of them. */
function flowOf({ context: { site }, t }: Call, flow: Flow): Pick<StatusView, 'state' | 'faults'> {
  const faults = flow.faults.filter((fault) => fault.site === '' || fault.site === site);
  const state = faults.length === 0 ? 'flowing' : flow.state;
  return {
    state: { word: t(`status.flow.${state}`), look: looks[state] },
    faults: faults.map(({ check, ms = 0, subscription = '' }) =>
      t(`status.fault.${check}`, { age: ageText(t, ms), subscription }),
    ),
  };
}

function queueRows({ t }: Call, { activities }: SiteMeasures): readonly BarRow[] {
  if (activities === undefined) return [];
  const states: readonly ActivityState[] = ['waiting', 'runnable', 'running', 'failed'];
  const most = Math.max(1, ...states.map((state) => activities[state].count));
  return states.map((state) => {
    const { count, oldestMs } = activities[state];
    return {
      label: t(`activities.state.${state}`),
      value: t.number(count),
      more: oldestMs === 0 ? '' : t('status.oldest', { age: ageText(t, oldestMs) }),
      length: percent(count, most),
    };
  });
}

function publicationRows({ t }: Call, { publications }: SiteMeasures): StatusView['publications'] {
  return publications.map(({ id, subscribers, behind, inSession, furthest }) => {
    const lagging = furthest.filter(({ changes }) => changes > 0);
    const most = Math.max(1, ...lagging.map(({ changes }) => changes));
    return {
      id,
      text: t('status.subscribers', { count: subscribers, behind, inSession }),
      rows: lagging.map(({ url, changes, ms, lastSyncAt }) => ({
        label: url,
        value: t.number(changes),
        more: t('status.lagging', { age: ageText(t, ms) }),
        length: percent(changes, most),
        lastSyncAt,
      })),
    };
  });
}

function conflictRows({ t }: Call, conflicts: readonly ConflictAges[]): readonly BarRow[] {
  const most = Math.max(1, ...conflicts.map(({ count }) => count));
  return conflicts.map(({ upToMs, count }) => ({
    label: upToMs === undefined ? t('status.older') : t('status.upTo', { age: ageText(t, upToMs) }),
    value: t.number(count),
    more: '',
    length: percent(count, most),
  }));
}

const lineLooks = { info: 'good', warning: 'warn', error: 'bad' } as const;

function syncRow({ context, t }: Call, { number, at, subject, text, level, details }: ListedLogLine): SyncRow {
  const { durationMs } = details;
  return {
    at,
    subject,
    text: t.said(text),
    state: { word: t(`status.sync.${level}`), look: lineLooks[level] },
    took: typeof durationMs === 'number' ? ageText(t, durationMs) : '',
    href: toolHref(context.site, 'log', String(number)),
  };
}

function percent(part: number, most: number): number {
  return Math.round((100 * part) / most);
}
