import type { PlannedChange, SyncPlan } from '../use-cases/preview-sync.ts';
import { shellWord } from './shell-word.ts';
import { count, formatTable } from './table.ts';

const shownFields = 5;

/** What a sync would do, object by object. */
export function describePlan(plan: SyncPlan, subscription: { readonly site: string; readonly id: string }): string {
  const { send, receive, members, isComplete } = plan;
  const command = `concord sync ${subscription.site} ${shellWord(subscription.id)}`;
  const parts = [
    ...(members === undefined
      ? []
      : [
          `Everything is to be compared: ${count(members.publisher, 'object')} at the publisher, ${members.subscriber} here\n`,
        ]),
    send.length === 0 ? 'Nothing would be sent\n' : `Would be sent:\n${tableOf(send)}`,
    receive.length === 0 ? 'Nothing would be received\n' : `Would be received:\n${tableOf(receive)}`,
    ...(isComplete ? [] : ['There is more than one message could tell\n']),
    `Next: ${command} --plan=${plan.name} does just this, or nothing when something has moved; ${command} does what is to be done then\n`,
  ];
  return parts.join('');
}

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
