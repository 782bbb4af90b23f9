import { z } from 'zod';
import type { ListedLogLine } from '../../ports/peer-reader.ts';
import { auditKinds, logEntry, logKinds } from '../../use-cases/administration/read-log.ts';
import type { KeptChanges } from '../../use-cases/exchange/kept-changes.ts';
import { withQuery } from './addresses.ts';
import type { ChangeList } from './change-rows.ts';
import { keptRows } from './change-rows.ts';
import type { PageCall, SitePage } from './page.ts';
import { definePage } from './page.ts';
import type { Choice } from './sync-choices.ts';
import type { StateWord } from './synchronization-frame.ts';
import { toolHref, toolId, toolPage } from './synchronization-frame.ts';

/** A line of the log in the list. */
export interface LogRow extends Pick<ListedLogLine, 'number' | 'at' | 'subject' | 'text'> {
  readonly href: string;
  readonly kind: string;
  readonly level: StateWord;
}

/** What the list shows. */
export interface LogView {
  readonly self: string;
  readonly rows: readonly LogRow[];
  readonly kinds: readonly Choice[];
  readonly kind: string;
  readonly subject: string;
  readonly next: string | undefined;
  readonly first: string | undefined;
}

/** What one line shows. */
export interface LogEntryView extends LogRow {
  readonly back: string;
  readonly facts: readonly { readonly name: string; readonly value: string }[];
  readonly changes: Readonly<Record<'sent' | 'received', ChangeList>> | undefined;
}

const pageSize = 50;
const looks = { info: 'plain', warning: 'warn', error: 'bad' } as const;
const listQuery = z.object({
  kind: z.enum(['', ...logKinds, 'audit']).catch(''),
  subject: z.string().max(2_000).catch(''),
  before: z.coerce.number().int().min(1).optional().catch(undefined),
});

/** The log in pages, and its lines in full. */
export const logPages: readonly SitePage[] = [
  definePage({
    template: `/${toolId}/log`,
    roles: ['Publisher'],
    query: listQuery,
    async show(call) {
      const { context, t, query } = call;
      const { kind, subject, before } = query;
      const found = await context.store.log({
        limit: pageSize + 1,
        ...(kind === '' ? {} : { kinds: kind === 'audit' ? auditKinds : [kind] }),
        ...(subject === '' ? {} : { subject }),
        ...(before === undefined ? {} : { before }),
      });
      const lines = found.slice(0, pageSize);
      const self = toolHref(context.site, 'log');
      const chosen = { ...(kind === '' ? {} : { kind }), ...(subject === '' ? {} : { subject }) };
      const last = found.length > pageSize ? lines.at(-1)?.number : undefined;
      const view: LogView = {
        self,
        kind,
        subject,
        rows: lines.map((line) => rowOf(call, line)),
        kinds: ['', ...logKinds, 'audit'].map((value) => ({
          value,
          label: t(`log.kind.${value === '' ? 'any' : value}`),
        })),
        next: last === undefined ? undefined : withQuery(self, { ...chosen, before: String(last) }),
        first: before === undefined ? undefined : withQuery(self, chosen),
      };
      return toolPage(call, { template: 'log', title: t('log.title'), tab: 'log', area: 'log', view });
    },
  }),
  definePage({
    template: `/${toolId}/log/{number}`,
    roles: ['Publisher'],
    query: z.object({}),
    async show(call) {
      const { context, actor, t, names } = call;
      const line = await logEntry(context, actor, Number(names['number']));
      // Holds: `changes` of a line about a sync is made by logEntry alone.
      const kept = line.details['changes'] as KeptChanges | undefined;
      const { changes: _, ...details } = line.details;
      const view: LogEntryView = {
        ...rowOf(call, line),
        back: toolHref(context.site, 'log'),
        facts: Object.entries(details).map(([name, value]) => ({
          name,
          value: typeof value === 'string' ? value : JSON.stringify(value),
        })),
        changes: kept && keptRows({ site: context.site, t }, kept),
      };
      const way = [{ label: t('log.title'), href: toolHref(context.site, 'log') }];
      const title = t('log.entry', { number: line.number });
      return toolPage(call, { template: 'log-entry', title, tab: 'log', area: 'log', way, view });
    },
  }),
];

function rowOf({ context, t }: PageCall<unknown>, { number, at, subject, text, kind, level }: ListedLogLine): LogRow {
  return {
    number,
    at,
    subject,
    text: t.said(text),
    kind: t(`log.kind.${kind}`),
    level: { word: t(`log.level.${level}`), look: looks[level] },
    href: toolHref(context.site, 'log', String(number)),
  };
}
