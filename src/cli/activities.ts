import type { Command } from 'commander';
import { Argument } from 'commander';
import { z } from 'zod';
import type { Activity } from '../activities/activity.ts';
import type { Composition } from '../compose/compose.ts';
import { RequestError } from '../errors/concord-error.ts';
import { activityCounts, changeActivities } from '../use-cases/administration/change-activities.ts';
import { invoke } from '../use-cases/administration/run-activities.ts';
import type { SiteContext } from '../use-cases/site-context.ts';
import type { Call, CommandActions } from './command-action.ts';
import { operator, withSite } from './open-site.ts';
import { count, formatTable, formatTime } from './table.ts';

const actions = ['list', 'counts', 'restart', 'cancel', 'invoke'] as const;
const input = z.object({
  site: z.string(),
  action: z.enum(actions),
  ids: z.array(z.string().regex(/^\d{1,15}$/, 'An activity is named by its number')).default([]),
  failed: z.boolean().default(false),
});
const hoursShown = 48;

/** `concord activities SITE list|counts|restart|cancel|invoke`. */
export function registerActivities(program: Command, commands: CommandActions): void {
  program
    .command('activities')
    .description('work that is queued, runs or has failed')
    .argument('<site>', 'the site')
    .addArgument(new Argument('[action]', 'what to do').choices(actions).default('list'))
    .argument('[ids...]', 'the numbers of the activities to restart, cancel or invoke')
    .option('--failed', 'restart or cancel all that have failed')
    .action(
      commands.action(input, async ({ site, action, ids, failed }, call) => {
        await withSite(call, site, async (context, composition) => {
          if (action === 'list') await list(context, call);
          else if (action === 'counts') await counts(context, call);
          else await change({ action, ids: ids.map(Number), failed }, { context, composition, call });
        });
        return undefined;
      }),
    );
}

async function counts(context: SiteContext, call: Call): Promise<void> {
  const found = await activityCounts(context, hoursShown);
  const rows = found.map(({ hour, work, outcome, count: number }) => [formatTime(hour), work, outcome, `${number}`]);
  const table = formatTable(['hour', 'work', 'outcome', 'how many'], rows);
  call.print(found, found.length === 0 ? `Nothing ran in the last ${hoursShown} hours\n` : table);
}

async function list(context: SiteContext, call: Call): Promise<void> {
  const activities = await context.queue.list();
  const rows = activities.map((activity) => [
    `${activity.id}`,
    activity.state,
    describeWork(activity),
    formatTime(activity.notBefore),
    `${activity.retries}`,
    activity.failure === undefined ? '' : `${activity.failure.message} (${activity.failure.code})`,
  ]);
  const table = formatTable(['id', 'state', 'work', 'not before', 'retries', 'last failure'], rows);
  call.print(activities, activities.length === 0 ? 'Nothing is queued\n' : table);
}

function describeWork({ work }: Activity): string {
  switch (work.name) {
    case 'synchronize':
      return `synchronize ${work.subscription}`;
    case 'deliver-answer':
      return `deliver an answer of ${work.publication} to ${work.to}`;
    case 'import':
      return `import ${work.file} to ${work.path}`;
    case 'collect-garbage':
      return work.name;
    default:
      return work satisfies never;
  }
}

interface Change {
  readonly action: 'restart' | 'cancel' | 'invoke';
  readonly ids: readonly number[];
  readonly failed: boolean;
}

interface Place {
  readonly context: SiteContext;
  readonly composition: Composition;
  readonly call: Call;
}

const done = { restart: 'will run now', cancel: 'cancelled', invoke: 'has run' } as const;

async function change({ action, ids, failed }: Change, { context, composition, call }: Place): Promise<void> {
  if ((ids.length === 0) !== failed)
    throw new RequestError('CON-C003', 'Give the numbers of the activities, or --failed for all that have failed');
  if (action !== 'invoke') {
    const request = failed ? { action, state: 'failed' as const } : { action, ids };
    const { changed, skipped } = await changeActivities(context, operator, request);
    const rest = skipped === 0 ? '' : `; ${skipped} left as they are`;
    call.print({ action, changed, skipped }, `${count(changed, 'activity', 'activities')} ${done[action]}${rest}\n`);
    return;
  }
  if (failed) throw new RequestError('CON-C003', 'Invoke takes numbers; --failed goes with restart and cancel');
  for (const id of ids) await invoke(context, id, composition.runOptions(call.terminal.signal));
  call.print({ ids, action }, `${ids.map((id) => `Activity ${id} ${done.invoke}`).join('\n')}\n`);
}
