import { setTimeout as sleep } from 'node:timers/promises';
import type { Composition } from '../src/compose/compose.ts';
import { compose } from '../src/compose/compose.ts';
import type { ReportFault } from '../src/compose/log.ts';
import { startBeats } from '../src/compose/beats.ts';
import { openObserver } from '../src/compose/observer.ts';
import { refuseUnfit } from '../src/compose/start.ts';
import { startWatch } from '../src/compose/watch.ts';
import { processEnvironment } from '../src/configuration/environment.ts';
import { readConfiguration } from '../src/configuration/read-configuration.ts';
import { ConcordError, ConfigurationError } from '../src/errors/concord-error.ts';

/** Which of the processes that share the work this is. */
export type Part = 'web' | 'worker' | 'mail' | 'clock';

/** What a process does until it is stopped. */
export type Start = (composition: Composition, reportFault: ReportFault) => AsyncDisposable | Promise<AsyncDisposable>;

// EX_CONFIG of sysexits.h: nothing was started.
const wrongConfiguration = 78;
const failure = 1;
// What is being done is finished first, but not for ever: whoever asked us to stop will kill us otherwise.
const graceMs = 30_000;

/** The life of a process: read the configuration, put everything together, start, wait for SIGINT or SIGTERM, close. */
export async function runUntilStopped(part: Part, start: Start): Promise<void> {
  try {
    const stopped = untilSignal();
    const configuration = readConfiguration(processEnvironment());
    const observer = openObserver(configuration, part);
    const reportFault = observer.log.fault;
    await using composition = await compose(configuration, 'server', { observer, reportFault });
    await refuseUnfit(composition, reportFault);
    await using _work = await start(composition, reportFault);
    await using _watch = part === 'web' ? undefined : await startWatch(composition, reportFault);
    const roles = part === 'clock' || part === 'worker' ? [part] : [];
    await using _beats = startBeats(composition, roles, reportFault);
    await stopped;
    void forceStop();
  } catch (error) {
    console.error(error instanceof ConcordError ? `${error.message}\n${error.remedy} (${error.code})` : error);
    process.exitCode = error instanceof ConfigurationError ? wrongConfiguration : failure;
  }
}

function untilSignal(): Promise<void> {
  return new Promise((resolve) => {
    for (const name of ['SIGINT', 'SIGTERM'] as const) {
      process.once(name, () => {
        resolve();
      });
    }
  });
}

async function forceStop(): Promise<void> {
  await sleep(graceMs, undefined, { ref: false });
  process.exit(failure);
}
