import type { PlannedChange, SyncPlan } from '../use-cases/subscriber/preview-sync.ts';
import { shellWord } from './shell-word.ts';
import { count, formatTable } from './table.ts';

const shownFields = 5;

/** What a preview was of: a sync, or a refresh from one side. */
export interface Previewed {
  readonly site: string;
  readonly id: string;
  readonly refreshFrom: 'publisher' | 'subscriber' | undefined;
}

/** What a sync would do, object by object. */
export function describePlan(plan: SyncPlan, { site, id, refreshFrom }: Previewed): string {
  const refresh = refreshFrom === undefined ? '' : ` --refresh-from ${refreshFrom}`;
  const command = `concord sync ${site} ${shellWord(id)}${refresh}`;
  const next = `Next: ${command} --plan=${plan.name} does just this, or nothing when something has moved; ${command} does what is to be done then\n`;
  return [...describeChanges(plan, refreshFrom), next].join('');
}

function describeChanges(
  { send, receive, members, isComplete }: SyncPlan,
  refreshFrom: Previewed['refreshFrom'],
): readonly string[] {
  if (members !== undefined)
    return [
      `Everything is to be compared: ${count(members.publisher, 'object')} at the publisher, ${members.subscriber} here. What differs is known only then\n`,
    ];
  const { ofThePublisher, ofThisSide } = titles[refreshFrom ?? 'neither'];
  return [
    send.length === 0 ? `Nothing ${ofThisSide}\n` : `What ${ofThisSide}:\n${tableOf(send)}`,
    receive.length === 0 ? `Nothing ${ofThePublisher}\n` : `What ${ofThePublisher}:\n${tableOf(receive)}`,
    ...(isComplete ? [] : ['There is more than one message could tell\n']),
  ];
}

/** What becomes of the unsent changes of each side. */
const titles = {
  neither: { ofThisSide: 'would be sent', ofThePublisher: 'would be received' },
  publisher: { ofThisSide: 'would be overwritten here, and stay in the history', ofThePublisher: 'would be received' },
  subscriber: {
    ofThisSide: 'would be sent',
    ofThePublisher: 'would be overwritten at the publisher, and stay in the history',
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
