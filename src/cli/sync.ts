import type { Command } from 'commander';
import { Option } from 'commander';
import { z } from 'zod';
import { planSync } from '../compose/engine.ts';
import { synchronizeWatched } from '../compose/watched-sync.ts';
import type { Composition } from '../compose/compose.ts';
import { RequestError } from '../errors/concord-error.ts';
import type { Tally } from '../synchronization/tally.ts';
import type { CancelledSyncs } from '../use-cases/administration/ask-for-sync.ts';
import { cancelSync, recordPermission } from '../use-cases/administration/ask-for-sync.ts';
import type { SyncReport } from '../use-cases/subscriber/run-sync.ts';
import type { SiteContext } from '../use-cases/site-context.ts';
import type { Call, CommandActions } from './command-action.ts';
import { operator, withSite } from './open-site.ts';
import { wholeNumber } from './option-values.ts';
import { describePlan } from './preview.ts';
import { showProgress } from './progress.ts';
import { shellWord } from './shell-word.ts';
import { stated } from './stated.ts';
import { describeWaiting } from './status.ts';
import { count } from './table.ts';

const sides = ['publisher', 'subscriber'] as const;
const input = z.object({
  site: z.string(),
  id: z.string(),
  preview: z.boolean().default(false),
  plan: z.string().optional(),
  slow: z.boolean().optional(),
  restart: z.boolean().optional(),
  cancel: z.boolean().default(false),
  refreshFrom: z.enum(sides).optional(),
  allowDeletions: z.number().optional(),
});

/** `concord sync SITE ID`. */
export function registerSync(program: Command, actions: CommandActions): void {
  program
    .command('sync')
    .description('synchronise a subscription now')
    .argument('<site>', 'the site that subscribes')
    .argument('<id>', 'the subscription')
    .option('--preview', 'show what would be exchanged, object by object, and exchange nothing')
    .option('--plan <plan>', 'do what a preview showed, or nothing when something has moved since')
    .option('--slow', 'compare everything with everything')
    .option('--cancel', 'stop the sync that runs or waits, wherever it was asked for')
    .option('--restart', 'give up a sync that was broken off, and begin a new one')
    .addOption(
      new Option(
        '--refresh-from <side>',
        'make the other side like this one; what it overwrites stays in the history',
      ).choices(sides),
    )
    .option('--allow-deletions <number>', 'so many deletions are meant', wholeNumber(0))
    .action(actions.action(input, run));
}

async function run({ site, preview, cancel, ...given }: z.infer<typeof input>, call: Call): Promise<undefined> {
  await withSite(call, site, async (context, composition) => {
    const place = { context, composition, call };
    if (cancel) {
      const done = await cancelSync(context, operator, given.id);
      call.print(done, describeCancelled(done));
      return;
    }
    if (preview) {
      if (given.plan !== undefined)
        throw new RequestError('CON-C003', 'A plan has been shown already: leave out --preview');
      const { id, slow, refreshFrom } = given;
      const place = { context, parts: composition };
      const plan = await planSync(place, { id, ...stated({ slow, refreshFrom }) }, call.terminal.signal);
      call.print(plan, describePlan(plan, { site, id, refreshFrom, isSlow: slow === true }));
      return;
    }
    const report = await syncShown(place, given);
    call.print(report, describe({ site, id: given.id }, report));
  });
  return undefined;
}

interface Place {
  readonly context: SiteContext;
  readonly composition: Composition;
  readonly call: Call;
}

async function syncShown(
  { context, composition, call }: Place,
  { id, ...options }: Omit<z.infer<typeof input>, 'site' | 'preview' | 'cancel'>,
): Promise<SyncReport> {
  using progress = showProgress(call.terminal, `Synchronising ${id}`);
  const request = { id, options: stated(options) };
  await recordPermission(context, operator, { id, wishes: request.options });
  return await synchronizeWatched({ context, parts: composition }, request, {
    signal: call.terminal.signal,
    onProgress: ({ sent, received }) => {
      progress.update(total(sent) + total(received), sent.expected + received.expected);
    },
  });
}

function describeCancelled({ cancelled, isStopping }: CancelledSyncs): string {
  const waiting = cancelled === 0 ? '' : `${count(cancelled, 'sync', 'syncs')} taken out of the queue\n`;
  return isStopping
    ? `${waiting}The sync that runs will stop within seconds; the next one goes on from there\n`
    : waiting;
}

function total({ created, updated, deleted }: Tally): number {
  return created + updated + deleted;
}

function describe({ site, id }: { readonly site: string; readonly id: string }, report: SyncReport): string {
  const { sent, received, conflicts, exceptions, waiting, traffic, durationMs } = report;
  const lines = [
    outcomeLine({ site, id }, report),
    `  sent      ${inWords(sent)}`,
    `  received  ${inWords(received)}`,
    `  ${count(traffic.requests, 'request')}, ${traffic.octetsSent} octets sent and ${traffic.octetsReceived} received, ${(durationMs / 1000).toFixed(1)} s`,
  ];
  if (waiting !== undefined) lines.push(`  ${describeWaiting({ site, id, waiting })}`);
  if (conflicts > 0) lines.push(`  ${count(conflicts, 'conflict')} to settle. Next: concord conflicts ${site}`);
  if (exceptions > 0)
    lines.push(
      `  ${count(exceptions, 'exception')}, kept back, refused or waiting. Next: concord status ${site} ${shellWord(id)}`,
    );
  return `${lines.join('\n')}\n`;
}

function outcomeLine(
  { site, id }: { readonly site: string; readonly id: string },
  { outcome, waiting }: SyncReport,
): string {
  switch (outcome) {
    case 'done':
      return `${id} of ${site} is synchronised`;
    case 'waiting-for-permission':
      if (waiting?.for === 'comparison') return `${id} of ${site} is not synchronised yet`;
      return `${id} of ${site} is synchronised but for deletions, which are waiting for permission`;
    case 'handed-over':
      return `${id} of ${site}: the message is handed over; waiting for the answer`;
    default:
      return outcome satisfies never;
  }
}

function inWords({ created, updated, deleted }: Tally): string {
  return `${created} created, ${updated} changed, ${deleted} deleted`;
}
