/**
 * A process of the benchmark that runs the activities of a site as a worker does, but for their work: they do nothing. Its argument is the data directory.
 */
import { compose } from '../src/compose/compose.ts';
import { readConfiguration } from '../src/configuration/read-configuration.ts';
import { addSite } from '../src/use-cases/administration/manage-sites.ts';
import type { ActivityHandlers } from '../src/use-cases/administration/activity-handlers.ts';
import type { RunOptions } from '../src/use-cases/administration/run-activities.ts';
import { runSome } from '../src/use-cases/administration/run-activities.ts';
import type { SiteContext } from '../src/use-cases/site-context.ts';
import type { ActivityRequest, ActivityRun } from './activity-messages.ts';
import { processorMs } from './processor-time.ts';

const site = 'bench';
const nothing = async (): Promise<void> => undefined;
const handlers: ActivityHandlers = {
  ...{ synchronize: nothing, 'deliver-answer': nothing, import: nothing, 'collect-garbage': nothing },
};

const composition = await compose(readConfiguration(process.env, { data: process.argv[2] ?? '', port: 0 }));
const isThere = (await composition.installation.sites()).some(({ id }) => id === site);
if (!isThere) await addSite(composition.installation, { id: site, title: '' });
const context = await composition.site(site);
const lanes = composition.configuration.activities.concurrency;
const options: RunOptions = { ...composition.runOptions(new AbortController().signal), handlers };

process.on('message', (message) => {
  // Only the benchmark writes to this channel.
  const request = message as ActivityRequest;
  void carryOut(request, context).then((result) => {
    process.send?.(result ?? {});
    if (request.do === 'close') process.disconnect();
  });
});
process.send?.({});

async function carryOut(request: ActivityRequest, { queue }: SiteContext): Promise<ActivityRun | undefined> {
  switch (request.do) {
    case 'fill':
      for (let at = 0; at < request.count; at++) await queue.add({ work: { name: 'collect-garbage' } });
      return undefined;
    case 'run':
      return run();
    case 'close':
      await composition[Symbol.asyncDispose]();
      return undefined;
    default:
      return request satisfies never;
  }
}

async function run(): Promise<ActivityRun> {
  const [cpu, begin] = [processorMs(), performance.now()];
  const counts = await Promise.all(Array.from({ length: lanes }, () => runSome(context, options)));
  const done = counts.reduce((sum, one) => sum + one.done, 0);
  return { done, cpuMs: processorMs() - cpu, ms: performance.now() - begin };
}
