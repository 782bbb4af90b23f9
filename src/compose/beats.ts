import type { Composition } from './compose.ts';
import type { ReportFault } from './log.ts';
import type { BeatingRole } from '../use-cases/administration/heartbeats.ts';
import { Heartbeat } from '../use-cases/administration/heartbeats.ts';

const everyMs = 15_000;

/** Says for this process, until it is disposed of, that it does what these roles do: that is how others notice when nobody does. */
export function startBeats(
  { installation, clock }: Composition,
  roles: readonly BeatingRole[],
  reportFault: ReportFault,
): AsyncDisposable {
  const stop = new AbortController();
  const heartbeat = new Heartbeat(installation, clock);
  const beating = async (): Promise<void> => {
    while (!stop.signal.aborted) {
      for (const role of roles)
        await heartbeat.beat(role).catch((error: unknown) => {
          reportFault(error, { part: role });
        });
      await clock.sleep(everyMs, stop.signal);
    }
  };
  const ended = beating();
  return {
    [Symbol.asyncDispose]: () => {
      stop.abort();
      return ended;
    },
  };
}
