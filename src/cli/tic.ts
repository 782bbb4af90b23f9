import type { Command } from 'commander';
import { z } from 'zod';
import type { Composition } from '../compose/compose.ts';
import type { RunCounts } from '../use-cases/administration/run-activities.ts';
import { tic } from '../use-cases/administration/run-activities.ts';
import { distribute } from '../use-cases/administration/schedule.ts';
import type { SiteContext } from '../use-cases/site-context.ts';
import type { Call, CommandActions } from './command-action.ts';
import { withSite } from './open-site.ts';
import { wholeNumber } from './option-values.ts';
import { count } from './table.ts';

const input = z.object({ site: z.string(), loop: z.number().optional() });

/** `concord tic SITE [--loop SECONDS]`. */
export function registerTic(program: Command, actions: CommandActions): void {
  program
    .command('tic')
    .description('run the runnable activities')
    .argument('<site>', 'the site')
    .option('--loop <seconds>', 'distribute and run again and again, with this pause, until stopped', wholeNumber(1))
    .action(
      actions.action(input, async ({ site, loop }, call) => {
        await withSite(call, site, async (context, composition) => {
          if (loop === undefined) report(call, await tic(context, composition.runOptions(call.terminal.signal)));
          else await ticAgainAndAgain({ context, composition, call }, loop * 1000);
        });
        return undefined;
      }),
    );
}

interface Place {
  readonly context: SiteContext;
  readonly composition: Composition;
  readonly call: Call;
}

async function ticAgainAndAgain({ context, composition, call }: Place, pauseMs: number): Promise<void> {
  const { signal } = call.terminal;
  while (!signal.aborted) {
    await distribute(context, composition.calendar);
    const counts = await tic(context, composition.runOptions(signal));
    if (Object.values(counts).some((number) => number > 0)) report(call, counts);
    await context.clock.sleep(pauseMs, signal);
  }
}

function report(call: Call, counts: RunCounts): void {
  const { done, retried, failed } = counts;
  call.print(counts, `${count(done, 'activity', 'activities')} done, ${retried} to be tried again, ${failed} failed\n`);
}
