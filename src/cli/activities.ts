import type { Command } from 'commander';
import { Argument } from 'commander';
import { z } from 'zod';
import type { Activity } from '../activities/activity.ts';
import type { Composition } from '../compose.ts';
import { RequestError } from '../errors/concord-error.ts';
import { invoke } from '../use-cases/administration/run-activities.ts';
import type { SiteContext } from '../use-cases/site-context.ts';
import type { Call, CommandActions } from './command-action.ts';
import { withSite } from './open-site.ts';
import { wholeNumber } from './option-values.ts';
import { formatTable, formatTime } from './table.ts';

const actions = ['list', 'restart', 'cancel', 'invoke'] as const;
const input = z.object({ site: z.string(), action: z.enum(actions), id: z.number().optional() });

/** `concord activities SITE list|restart|cancel|invoke`. */
export function registerActivities(program: Command, commands: CommandActions): void {
  program
    .command('activities')
    .description('work that is queued, runs or has failed')
    .argument('<site>', 'the site')
    .addArgument(new Argument('[action]', 'what to do').choices(actions).default('list'))
    .argument('[id]', 'the number of the activity to restart, cancel or invoke', wholeNumber(1))
    .action(
      commands.action(input, async ({ site, action, id }, call) => {
        await withSite(call, site, async (context, composition) => {
          if (action === 'list') await list(context, call);
          else await change({ action, id: numbered(id) }, { context, composition, call });
        });
        return undefined;
      }),
    );
}

function numbered(id: number | undefined): number {
  if (id === undefined) throw new RequestError('CON-C003', 'The number of the activity is missing');
  return id;
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
  readonly id: number;
}

interface Place {
  readonly context: SiteContext;
  readonly composition: Composition;
  readonly call: Call;
}

const done = { restart: 'will run now', cancel: 'is cancelled', invoke: 'has run' } as const;

async function change({ action, id }: Change, { context, composition, call }: Place): Promise<void> {
  if (action === 'invoke') await invoke(context, id, composition.runOptions(call.terminal.signal));
  else if (!(await context.queue[action](id)))
    throw new RequestError(
      'CON-R013',
      `There is no activity ${id} that could be ${action === 'cancel' ? 'cancelled' : 'restarted'}`,
    );
  call.print({ id, action }, `Activity ${id} ${done[action]}\n`);
}
