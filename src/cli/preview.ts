import type { PlannedChange, SyncPlan } from '../use-cases/subscriber/sync-plan.ts';
import { shellWord } from './shell-word.ts';
import { count, formatTable } from './table.ts';

const shownFields = 5;

/** What a preview was of: a sync, or a refresh from one side. */
export interface Previewed {
  readonly site: string;
  readonly id: string;
  readonly refreshFrom: 'publisher' | 'subscriber' | undefined;
  readonly isSlow: boolean;
}

/** What a sync would do, object by object. */
export function describePlan(plan: SyncPlan, { site, id, refreshFrom, isSlow }: Previewed): string {
  const refresh = refreshFrom === undefined ? '' : ` --refresh-from ${refreshFrom}`;
  const command = `concord sync ${site} ${shellWord(id)}${refresh}${isSlow ? ' --slow' : ''}`;
  const next = `Next: ${command} --plan=${plan.name} does just this, or nothing when something has moved; ${command} does what is to be done then\n`;
  return [...describeChanges(plan), next].join('');
}

function describeChanges({ kind, send, receive, members, isComplete }: SyncPlan): readonly string[] {
  const { ofThePublisher, ofThisSide } = titles[kind];
  return [
    ...(members === undefined
      ? []
      : [
          `Everything is compared: ${count(members.publisher, 'object')} at the publisher, ${members.subscriber} here\n`,
        ]),
    send.length === 0 ? `Nothing ${ofThisSide}\n` : `What ${ofThisSide}:\n${tableOf(send)}`,
    receive.length === 0 ? `Nothing ${ofThePublisher}\n` : `What ${ofThePublisher}:\n${tableOf(receive)}`,
    ...(isComplete ? [] : ['There is more than could be told\n']),
  ];
}

const toBoth = { ofThisSide: 'would be sent', ofThePublisher: 'would be received' } as const;

/** What becomes of the differences of each side. */
const titles = {
  changes: toBoth,
  comparison: toBoth,
  'refresh-from-publisher': {
    ofThisSide: 'would be sent',
    ofThePublisher: 'would change here; what is overwritten stays in the history',
  },
  'refresh-from-subscriber': {
    ofThisSide: 'would change at the publisher; what is overwritten stays in the history',
    ofThePublisher: 'would be received',
  },
} as const;

function tableOf(changes: readonly PlannedChange[]): string {
  const rows = changes.map(({ path, action, outcome, fields }) => [
    `  ${path}`,
    action,
    outcome === 'plain' ? '' : outcome,
    fields
      .slice(0, shownFields)
      .map(({ field }) => field)
      .join(', ') + (fields.length > shownFields ? ', …' : ''),
  ]);
  return formatTable(['  object', 'action', 'outcome', 'fields'], rows);
}
